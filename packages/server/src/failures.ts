// The failures that a backend is likely to need, by name: Neo4j code, GQL status and what drivers make of it.
// A table, so that all of it can be read at a glance.
import { Failure, type FailureDetails } from "@bolt/protocol";

/**
 * What an official driver does on its own when it meets a code:
 * `retry` run the transaction again, with back-off; `reroute` forget this writer, then retry;
 * `reauthenticate` log in again on every connection to this server, then retry; `refresh-token` ask its token
 * source once, then retry; `none` hand the error to its user.
 */
export type DriverReaction = "retry" | "reroute" | "reauthenticate" | "refresh-token" | "none";

// By kind: the code without its `Neo.`, and the GQL status.
const CODES = {
  // The query.
  syntaxError: "ClientError.Statement.SyntaxError 42001",
  semanticError: "ClientError.Statement.SemanticError 42001",
  typeError: "ClientError.Statement.TypeError 22G03",
  argumentError: "ClientError.Statement.ArgumentError 22N00",
  arithmeticError: "ClientError.Statement.ArithmeticError 22000",
  parameterMissing: "ClientError.Statement.ParameterMissing 42N51",
  entityNotFound: "ClientError.Statement.EntityNotFound 22N00",
  unsupported: "ClientError.Statement.UnsupportedOperationError 51N30",
  writeInReadMode: "ClientError.Statement.AccessMode 42N02",
  procedureNotFound: "ClientError.Procedure.ProcedureNotFound 42N08",
  procedureFailed: "ClientError.Procedure.ProcedureCallFailed 52N02",
  // The schema.
  constraintViolation: "ClientError.Schema.ConstraintValidationFailed 22N79",
  constraintExists: "ClientError.Schema.ConstraintAlreadyExists 22N65",
  constraintNotFound: "ClientError.Schema.ConstraintNotFound 22N64",
  indexExists: "ClientError.Schema.IndexAlreadyExists 22N70",
  indexNotFound: "ClientError.Schema.IndexNotFound 22N69",
  // The protocol.
  invalidRequest: "ClientError.Request.Invalid 08N06",
  invalidFormat: "ClientError.Request.InvalidFormat 08N11",
  // Who may.
  unauthorized: "ClientError.Security.Unauthorized 42NFF",
  forbidden: "ClientError.Security.Forbidden 42NFF",
  rateLimited: "ClientError.Security.AuthenticationRateLimit 42NFF",
  credentialsExpired: "ClientError.Security.CredentialsExpired 42NFD",
  authorizationExpired: "ClientError.Security.AuthorizationExpired 42NFE",
  tokenExpired: "ClientError.Security.TokenExpired 42NFE",
  // Where.
  databaseNotFound: "ClientError.Database.DatabaseNotFound 22N51",
  databaseUnavailable: "TransientError.General.DatabaseUnavailable 08N09",
  notALeader: "ClientError.Cluster.NotALeader 08N07",
  readOnlyDatabase: "ClientError.General.ForbiddenOnReadOnlyDatabase 08N08",
  // Transactions.
  invalidBookmark: "ClientError.Transaction.InvalidBookmark 08N12",
  bookmarkTimeout: "TransientError.Transaction.BookmarkTimeout 08N13",
  terminated: "ClientError.Transaction.Terminated 25N05",
  timedOut: "ClientError.Transaction.TransactionTimedOut 25N05",
  timedOutByClient: "ClientError.Transaction.TransactionTimedOutClientConfiguration 25N05",
  transactionNotFound: "ClientError.Transaction.TransactionNotFound 25N04",
  transactionStartFailed: "DatabaseError.Transaction.TransactionStartFailed 25N06",
  commitFailed: "DatabaseError.Transaction.TransactionCommitFailed 2DN01",
  deadlock: "TransientError.Transaction.DeadlockDetected 50N05",
  conflict: "TransientError.Transaction.Outdated 25N11",
  lockTimeout: "TransientError.Transaction.LockAcquisitionTimeout 50N05",
  tooManyTransactions: "TransientError.Transaction.MaximumTransactionLimitReached 51N66",
  // This server.
  overloaded: "TransientError.Request.NoThreadsAvailable 51N66",
  outOfMemory: "TransientError.General.OutOfMemoryError 51N36",
  internal: "DatabaseError.General.UnknownError 50N42",
} as const;

// The texts of the GQL standard and of Neo4j for these, without their `error: `: the class, by the first two
// characters of a status, and its condition.
const CLASSES: Readonly<Record<string, string>> = {
  "08": "connection exception",
  "22": "data exception",
  "25": "invalid transaction state",
  "2D": "invalid transaction termination",
  "42": "syntax error or access rule violation",
  "50": "general processing exception",
  "51": "system configuration or operation exception",
  "52": "procedure exception",
};
const CONDITIONS: Readonly<Record<string, string>> = {
  "08N06": "protocol error",
  "08N07": "not the leader",
  "08N08": "database is read only",
  "08N09": "database unavailable",
  "08N11": "request error",
  "08N12": "failed to parse bookmark",
  "08N13": "database not up to requested bookmark",
  "22G03": "invalid value type",
  "22N00": "unsupported value",
  "22N51": "database or alias does not exist",
  "22N64": "constraint does not exist",
  "22N65": "equivalent constraint already exists",
  "22N69": "index does not exist",
  "22N70": "equivalent index already exists",
  "22N79": "property uniqueness constraint violated",
  "25N04": "specified transaction does not exist",
  "25N05": "transaction terminated or closed",
  "25N06": "transaction start failed",
  "25N11": "conflicting transaction state",
  "2DN01": "commit failed",
  "42001": "invalid syntax",
  "42N02": "writing in read access mode",
  "42N08": "no such procedure or function",
  "42N51": "invalid parameter",
  "42NFD": "credentials expired",
  "42NFE": "auth info expired",
  "42NFF": "permission/access denied",
  "50N05": "deadlock detected",
  "50N42": "unexpected error",
  "51N30": "not supported with this configuration",
  "51N36": "out of memory",
  "51N66": "resource exhaustion",
  "52N02": "procedure execution client error",
};

/** The names of the failures that `failure()` makes. @useDeclaredType */
export type FailureKind = keyof typeof CODES;

/**
 * A failure by its kind, with the Neo4j code, GQL status and classification that belong to it:
 * `throw failure("deadlock", "Try again")`. Any other code is `new Failure(code, message)`.
 */
export function failure(kind: FailureKind, message: string, details: FailureDetails = {}): Failure {
  const [code = "", gqlStatus = ""] = CODES[kind].split(" ");
  const condition = CONDITIONS[gqlStatus];
  const status = `${CLASSES[gqlStatus.slice(0, 2)]}${condition ? ` - ${condition}` : ""}`;
  return new Failure(`Neo.${code}`, message, {
    gqlStatus,
    description: `error: ${status}. ${message}`,
    ...details,
    diagnosticRecord: { _classification: classification(code), ...details.diagnosticRecord },
  });
}

/** `CLIENT_ERROR` of `ClientError.Statement.SyntaxError`. */
const classification = (code: string): string => code.split(/Error\./, 1)[0]!.toUpperCase() + "_ERROR";

const REACTIONS: Readonly<Record<string, DriverReaction>> = {
  "Neo.ClientError.Cluster.NotALeader": "reroute",
  "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": "reroute",
  "Neo.TransientError.General.DatabaseUnavailable": "reroute",
  "Neo.ClientError.Security.AuthorizationExpired": "reauthenticate",
  "Neo.ClientError.Security.TokenExpired": "refresh-token",
  // Old servers' codes for what a client did itself: drivers take them as client errors.
  "Neo.TransientError.Transaction.Terminated": "none",
  "Neo.TransientError.Transaction.LockClientStopped": "none",
};

/** What official drivers do on their own when they meet the code. */
export function driverReaction(code: string): DriverReaction {
  return REACTIONS[code] ?? (code.startsWith("Neo.TransientError.") ? "retry" : "none");
}

/** `Neo.<Classification>.<Category>.<Title>`. */
const CODE = /^Neo\.(?:Client|Transient|Database)Error\.\w+\.\w+$/;

/**
 * The error as a Failure when it is meant as one: a Failure, or any error that carries a Neo4j status code as
 * its `code`, which is how errors of database drivers look. Undefined otherwise.
 */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, gqlStatus, gqlStatusDescription } = error as Error & Readonly<Record<string, unknown>>;
  if (typeof code !== "string" || !CODE.test(code)) return undefined;
  return new Failure(code, error.message, {
    ...(typeof gqlStatus === "string" && { gqlStatus }),
    ...(typeof gqlStatusDescription === "string" && { description: gqlStatusDescription }),
  });
}
