// The errors that users of the driver meet: one class per cause, a stable code, facts as fields.
// Knows no connection and no timer; no secret may enter a message or a field here.
import { BoltError, Failure } from "@bolt/protocol";

/** Facts that an error may carry besides its message. */
export interface ErrorFacts {
  /** `host:port` of the server involved. */
  readonly server?: string | undefined;
  readonly cause?: unknown;
}

/** Base class of the driver's own errors, as opposed to a server's FAILURE. */
export abstract class DriverError extends BoltError {
  /** `host:port`, if a server was involved. */
  readonly server: string | undefined;
  /** Whether the same work may succeed when repeated; managed transactions repeat it by themselves. */
  readonly retryable: boolean;

  constructor(name: string, code: string, message: string, facts: ErrorFacts = {}, retryable = false) {
    // Without a cause there is no `cause` field.
    super(code, message, facts.cause === undefined ? undefined : { cause: facts.cause });
    // Not the class's own name: bundlers may change that.
    this.name = name;
    this.server = facts.server;
    this.retryable = retryable;
  }
}

/** An option, a URI or an argument is wrong: fix the program. Code `CONFIG_ERROR`. */
export class ConfigError extends DriverError {
  declare readonly code: "CONFIG_ERROR";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("ConfigError", "CONFIG_ERROR", message, facts);
  }
}

/** The call is not allowed now, such as a query in a session with an open transaction. Code `USAGE_ERROR`. */
export class UsageError extends DriverError {
  declare readonly code: "USAGE_ERROR";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("UsageError", "USAGE_ERROR", message, facts);
  }
}

/** The server's Bolt version lacks the requested feature. Code `UNSUPPORTED`. */
export class UnsupportedError extends DriverError {
  declare readonly code: "UNSUPPORTED";
  /** The negotiated version, as `"4.3"`. */
  readonly version: string;

  constructor(message: string, facts: ErrorFacts & { readonly version: string }) {
    super("UnsupportedError", "UNSUPPORTED", message, facts);
    this.version = facts.version;
  }
}

/** The connection broke: cut, reset, or closed by the server. Code `CONNECTION_LOST`. */
export class ConnectionLostError extends DriverError {
  declare readonly code: "CONNECTION_LOST";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("ConnectionLostError", "CONNECTION_LOST", message, facts, true);
  }
}

/** No server can be reached, or none can do the work now. Code `SERVICE_UNAVAILABLE`. */
export class ServiceUnavailableError extends DriverError {
  declare readonly code: "SERVICE_UNAVAILABLE";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("ServiceUnavailableError", "SERVICE_UNAVAILABLE", message, facts, true);
  }
}

/**
 * `verifyServer` refused this server; `cause` is what it threw, if it did. Never retried with the same server; with
 * routing, another server is tried. Code `SERVER_REFUSED`.
 */
export class ServerRefusedError extends DriverError {
  declare readonly code: "SERVER_REFUSED";
  /** The server's name for itself: `Neo4j/5.26.0`. */
  readonly agent: string;
  /** The negotiated version, as `"5.4"`. */
  readonly version: string;

  constructor(message: string, facts: ErrorFacts & { readonly agent: string; readonly version: string }) {
    super("ServerRefusedError", "SERVER_REFUSED", message, facts);
    this.agent = facts.agent;
    this.version = facts.version;
  }
}

/** An operation took longer than allowed. Code `TIMEOUT`. */
export class TimeoutError extends DriverError {
  declare readonly code: "TIMEOUT";
  /** The limit that was reached, in milliseconds. */
  readonly afterMs: number;

  constructor(
    message: string,
    facts: ErrorFacts & { readonly afterMs: number; readonly retryable?: boolean },
  ) {
    super("TimeoutError", "TIMEOUT", message, facts, facts.retryable ?? false);
    this.afterMs = facts.afterMs;
  }
}

/** The caller's AbortSignal fired; `cause` is the signal's reason. Name `AbortError`, code `ABORTED`. */
export class AbortError extends DriverError {
  declare readonly code: "ABORTED";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("AbortError", "ABORTED", message, facts);
  }
}

/** The driver or the session was closed. Code `CLOSED`. */
export class ClosedError extends DriverError {
  declare readonly code: "CLOSED";
  /** What was closed. */
  readonly what: "driver" | "session";

  constructor(what: ClosedError["what"], message: string = `the ${what} is closed`, facts: ErrorFacts = {}) {
    super("ClosedError", "CLOSED", message, facts);
    this.what = what;
  }
}

/**
 * The transaction has ended: committed, rolled back, or failed (then `cause` is the first failure).
 * Code `TRANSACTION_ENDED`.
 */
export class TransactionEndedError extends DriverError {
  declare readonly code: "TRANSACTION_ENDED";
  readonly state: "committed" | "rolled back" | "failed";

  /** Retryable if the failure that ended it is. */
  constructor(state: TransactionEndedError["state"], message: string, facts: ErrorFacts = {}) {
    super("TransactionEndedError", "TRANSACTION_ENDED", message, facts, isRetryable(facts.cause));
    this.state = state;
  }
}

/**
 * The connection broke between COMMIT and its answer, so it is unknown whether the transaction was
 * committed. Never retried by the driver. Reads have nothing to commit: theirs is a ConnectionLostError. Code `COMMIT_UNKNOWN`.
 */
export class CommitUnknownError extends DriverError {
  declare readonly code: "COMMIT_UNKNOWN";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("CommitUnknownError", "COMMIT_UNKNOWN", message, facts);
  }
}

/** The result was already read, or the rest of it was discarded. Code `RESULT_CONSUMED`. */
export class ResultConsumedError extends DriverError {
  declare readonly code: "RESULT_CONSUMED";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("ResultConsumedError", "RESULT_CONSUMED", message, facts);
  }
}

/** `single()` did not get exactly one row. Code `NOT_SINGLE`. */
export class NotSingleError extends DriverError {
  declare readonly code: "NOT_SINGLE";
  /** 0, or 2 for two or more. */
  readonly rows: 0 | 2;

  constructor(rows: 0 | 2, facts: ErrorFacts = {}) {
    super("NotSingleError", "NOT_SINGLE", `expected one row, got ${rows === 0 ? "none" : "more"}`, facts);
    this.rows = rows;
  }
}

/** A row does not fit the schema that the caller gave. Code `ROW_INVALID`. */
export class RowInvalidError extends DriverError {
  declare readonly code: "ROW_INVALID";
  /** The issues as the schema reports them. */
  readonly issues: readonly unknown[];

  constructor(message: string, issues: readonly unknown[]) {
    super("RowInvalidError", "ROW_INVALID", message);
    this.issues = issues;
  }
}

/**
 * The server ignored the request, because an earlier one in the same pipeline failed (`cause`) or a RESET
 * came in between. The request had no effect. Code `IGNORED`.
 */
export class IgnoredError extends DriverError {
  declare readonly code: "IGNORED";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("IgnoredError", "IGNORED", message, facts);
  }
}

/** TLS could not be negotiated, or a certificate was refused. Trying again does not help. Code `TLS_ERROR`. */
export class TlsError extends DriverError {
  declare readonly code: "TLS_ERROR";

  constructor(message: string, facts: ErrorFacts = {}) {
    super("TlsError", "TLS_ERROR", message, facts);
  }
}

/** Every error that the driver itself makes: `switch (error.code)` tells them apart. */
export type AnyDriverError =
  | AbortError
  | ClosedError
  | CommitUnknownError
  | ConfigError
  | ConnectionLostError
  | IgnoredError
  | NotSingleError
  | ResultConsumedError
  | RowInvalidError
  | ServerRefusedError
  | ServiceUnavailableError
  | TimeoutError
  | TlsError
  | TransactionEndedError
  | UnsupportedError
  | UsageError;

// Caused by the client itself, though old servers call it transient: not worth a retry.
const OWN_DOING = /^Neo\.Transient(?=Error\.Transaction\.(Terminated|LockClientStopped)$)/;

/** The server has dropped the login; a new connection helps. */
export const AUTHORIZATION_EXPIRED = "Neo.ClientError.Security.AuthorizationExpired";

/** Codes of a server that was taken for the leader but is not. */
export const NOT_A_WRITER: ReadonlySet<string> = new Set([
  "Neo.ClientError.Cluster.NotALeader",
  "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
]);

/** Where a FAILURE occurred. */
export interface FailureFacts {
  readonly server?: string | undefined;
  /** The query's text; string literals are masked if it mentions a password. */
  readonly query?: string | undefined;
}

/**
 * A server's FAILURE. It is also a Failure of `@bolt/protocol`, so a gateway can pass it on unchanged.
 * `code` is the Neo4j code (`Neo.<Classification>.<Category>.<Title>`), `gqlStatus` the GQL status.
 */
export class ServerFailure extends Failure {
  declare readonly name: "ServerFailure";
  /** `host:port`. */
  readonly server: string | undefined;
  readonly query: string | undefined;
  /** Whether a transaction that failed with this may succeed when run again. */
  retryable: boolean;

  constructor(failure: Failure, facts: FailureFacts = {}) {
    const code = failure.code.replace(OWN_DOING, "Neo.Client");
    const told = withoutLiterals(failure, facts.query);
    super(code, told.message, told);
    this.name = "ServerFailure";
    this.server = facts.server;
    this.query = facts.query === undefined ? undefined : maskPasswords(facts.query);
    this.retryable =
      this.classification === "TransientError" || code === AUTHORIZATION_EXPIRED || NOT_A_WRITER.has(code);
  }

  /** The second part of the code: `ClientError`, `TransientError`, `DatabaseError`; empty for codes of another form. */
  get classification(): string {
    return /^Neo\.(\w+)\.\w+\.\w+$/.exec(this.code)?.[1] ?? "";
  }

  /** The login, or its rights, were refused: `Neo.ClientError.Security.*`. */
  get isSecurity(): boolean {
    return this.code.startsWith("Neo.ClientError.Security.");
  }
}

/** Matches what mentions a password, or would if it were spelled right. */
const SENSITIVE = /\bpassword\b|\b(?:create|alter)\s+(?:or\s+replace\s+)?(?:current\s+)?user\b/i;
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;
const MASK = "'*****'";

/** The query, with its string literals masked if it mentions a password. */
export const maskPasswords = (query: string): string =>
  SENSITIVE.test(query) ? query.replace(LITERAL, MASK) : query;

/** The failure with the query's masked literals masked too: servers quote the line in which they found a mistake. */
function withoutLiterals(failure: Failure, query: string | undefined): Failure {
  if (query === undefined || !SENSITIVE.test(query)) return failure;
  const literals = query.match(LITERAL) ?? [];
  const mask = (text: string): string =>
    literals.reduce((masked, literal) => masked.replaceAll(literal, MASK), text);
  const masked = ({ code, message, description, gqlStatus, diagnosticRecord, cause }: Failure): Failure =>
    new Failure(code, mask(message), {
      description: mask(description),
      gqlStatus,
      diagnosticRecord,
      cause: cause && masked(cause),
    });
  return masked(failure);
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether running the same unit of work again may succeed. */
export function isRetryable(error: unknown): boolean {
  return (error instanceof ServerFailure || error instanceof DriverError) && error.retryable;
}

/** Whether the server states that the failed query had no effect, so that it may be sent again unchanged. */
export function isIdempotent(error: unknown): boolean {
  return error instanceof ServerFailure && error.diagnosticRecord["_idempotent"] === true;
}

/** The error for an aborted signal: the reason itself if it is a BoltError (a deadline), else an AbortError. */
export function abortError(signal: AbortSignal, doing: string, server?: string): BoltError {
  const reason: unknown = signal.reason;
  if (reason instanceof BoltError) return reason;
  return new AbortError(`aborted while ${doing}`, { server, cause: reason });
}
