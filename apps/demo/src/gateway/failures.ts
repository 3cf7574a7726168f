// What clients are told when our own driver, not the server behind it, says no.
import * as client from "@bolt/client";
import { failure } from "@bolt/server";

/** The server's own failures, and why the gateway's client stopped the work, go on as they are. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof client.BoltError) || error instanceof client.Failure) return error;
  const { message, cause } = error;
  switch (error.constructor) {
    // What the server's version has no form for.
    case client.PackError:
      return failure("typeError", message);
    case client.UnsupportedError:
      return failure("unsupported", message);
    case client.ConfigError:
      return failure("invalidRequest", message);
    // Not to be done again: it may have been done.
    case client.CommitUnknownError:
      return failure("commitFailed", message);
    // The first failure of the transaction.
    case client.TransactionEndedError:
    case client.IgnoredError:
      return cause === undefined ? failure("terminated", message) : toFailure(cause);
    case client.ConnectionLostError:
    case client.ServiceUnavailableError:
    case client.HandshakeError:
    case client.TimeoutError:
    case client.ClosedError:
    case client.TlsError:
      return failure("databaseUnavailable", message);
    default:
      return error;
  }
}
