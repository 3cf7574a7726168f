// Translates the driver's errors to what TestKit expects of the JavaScript driver. Where ours has a class and a code,
// the official driver has one class and a message: the tables here map between them.
import {
  BoltError,
  ConnectionLostError,
  CommitUnknownError,
  Failure,
  HandshakeError,
  isRetryable,
  MessageTooLargeError,
  ResultConsumedError,
  ServiceUnavailableError,
  TimeoutError,
  UnpackError,
  RemoteProtocolError,
  UnsupportedError,
} from "@bolt/client";
import { answer, type Context, type Data } from "./context.ts";
import type { Message } from "./lines.ts";
import { UntellableError } from "./temporal-values.ts";
import { fromDictionary } from "./values.ts";

/** The test's own code threw, which is what RetryableNegative without an error means. */
export class FrontendFailure extends Error {}

/** An error that the driver threw, kept so that RetryableNegative can name it. */
export class KeptError {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** The answer to a request that failed. */
export function failed(error: unknown, context: Context): Message {
  if (error instanceof FrontendFailure) return answer("FrontendError", { msg: error.message });
  const untellable = error instanceof UntellableError;
  if (!(error instanceof BoltError || untellable)) {
    return answer("BackendError", { msg: error instanceof Error ? (error.stack ?? "") : String(error) });
  }
  return answer("DriverError", {
    id: context.keep(new KeptError(error)),
    errorType: "Neo4jError",
    msg: untellable ? error.message : messageOf(error),
    code: untellable ? "N/A" : codeOf(error),
    retryable: isRetryable(error),
    ...(error instanceof Failure && factsOf(error)),
  });
}

function factsOf(failure: Failure): Data {
  const { gqlStatus, description, diagnosticRecord, cause } = failure;
  const raw = diagnosticRecord["_classification"];
  return {
    gqlStatus,
    statusDescription: description,
    diagnosticRecord: fromDictionary(diagnosticRecord),
    classification: CLASSIFICATIONS.has(raw) ? raw : "UNKNOWN",
    rawClassification: typeof raw === "string" ? raw : null,
    cause: cause ? { name: "GqlError", data: { msg: cause.message, ...factsOf(cause) } } : null,
  };
}

const CLASSIFICATIONS: ReadonlySet<unknown> = new Set(["CLIENT_ERROR", "DATABASE_ERROR", "TRANSIENT_ERROR"]);

const UNAVAILABLE = [
  CommitUnknownError,
  ConnectionLostError,
  HandshakeError,
  MessageTooLargeError,
  RemoteProtocolError,
  ServiceUnavailableError,
  TimeoutError,
  UnpackError,
];

function codeOf(error: BoltError): string {
  if (error instanceof Failure) return error.code;
  return UNAVAILABLE.some((type) => error instanceof type) ? "ServiceUnavailable" : "N/A";
}

function messageOf(error: BoltError): string {
  if (error instanceof ResultConsumedError) return "Result is already consumed";
  if (error instanceof UnsupportedError && /own login/.test(error.message)) {
    return "Driver is connected to a database that does not support user switch.";
  }
  const silence = error.cause instanceof TimeoutError ? error.cause : undefined;
  if (error instanceof ConnectionLostError && silence) {
    return `Server didn't respond in ${silence.afterMs}ms`;
  }
  return error.message;
}
