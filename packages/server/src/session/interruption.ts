// Why work stops before its end: the reason of every AbortSignal that a backend is given, and what the
// client is told about it.
import { BoltError, type BoltVersion, Failure } from "@bolt/protocol";
import { failure } from "../failures.ts";

/**
 * `reset`: the client sent RESET; `timeout`: the transaction's time is up; `connection-lost`: the client is gone;
 * `server-closing`: the deadline of `server.close()` has passed; `failed`: another request of the same
 * transaction has failed.
 */
export type InterruptionReason = "reset" | "timeout" | "connection-lost" | "server-closing" | "failed";

const TEXTS: Readonly<Record<InterruptionReason, string>> = {
  reset: "The transaction has been terminated by the client.",
  timeout: "The transaction has not completed within its timeout.",
  "connection-lost": "The connection to the client is lost.",
  "server-closing": "The server is closing.",
  failed: "The transaction has failed.",
};

/** The `reason` of an aborted `context.signal`, which `signal.throwIfAborted()` throws. Code `INTERRUPTED`. */
export class Interruption extends BoltError {
  readonly reason: InterruptionReason;
  /** For `timeout`: it was the client's own, not the server's default. */
  readonly byClient: boolean;

  constructor(reason: InterruptionReason, byClient = false) {
    super("INTERRUPTED", TEXTS[reason]);
    this.name = "Interruption";
    this.reason = reason;
    this.byClient = byClient;
  }
}

/** The answer to the request that was running, or to the next one of the same transaction. */
export function interruptionFailure(
  { reason, byClient, message }: Interruption,
  version: BoltVersion,
): Failure {
  switch (reason) {
    case "timeout":
      // The longer code came with 5.x.
      return failure(byClient && version.atLeast(5) ? "timedOutByClient" : "timedOut", message);
    case "server-closing":
      return failure("databaseUnavailable", message);
    default:
      // Clients of 4.x expect the transient form (and take it as a client error).
      return version.atLeast(5)
        ? failure("terminated", message)
        : new Failure("Neo.TransientError.Transaction.Terminated", message);
  }
}
