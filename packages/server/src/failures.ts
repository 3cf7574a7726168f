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

type Row = readonly [code: string, gqlStatus: string, description: string];

const ACCESS = "syntax error or access rule violation";
const CONNECTION = "connection exception";
const DATA = "data exception";
const STATE = "invalid transaction state";
const SYSTEM = "system configuration or operation exception";

const ROWS: Readonly<Record<FailureKind, Row>> = {
  // The query.
  syntaxError: ["ClientError.Statement.SyntaxError", "42001", `${ACCESS} - invalid syntax`],
  semanticError: ["ClientError.Statement.SemanticError", "42001", `${ACCESS} - invalid syntax`],
  typeError: ["ClientError.Statement.TypeError", "22G03", `${DATA} - invalid value type`],
  argumentError: ["ClientError.Statement.ArgumentError", "22N00", `${DATA} - unsupported value`],
  arithmeticError: ["ClientError.Statement.ArithmeticError", "22000", DATA],
  parameterMissing: ["ClientError.Statement.ParameterMissing", "42N51", `${ACCESS} - invalid parameter`],
  entityNotFound: ["ClientError.Statement.EntityNotFound", "22N00", `${DATA} - unsupported value`],
  unsupported: ["ClientError.Statement.UnsupportedOperationError", "51N30", `${SYSTEM} - not supported with this configuration`],
  writeInReadMode: ["ClientError.Statement.AccessMode", "42N02", `${ACCESS} - writing in read access mode`],
  procedureNotFound: ["ClientError.Procedure.ProcedureNotFound", "42N08", `${ACCESS} - no such procedure or function`],
  procedureFailed: ["ClientError.Procedure.ProcedureCallFailed", "52N02", "procedure exception - procedure execution client error"],
  // The schema.
  constraintViolation: ["ClientError.Schema.ConstraintValidationFailed", "22N80", `${DATA} - index entry conflict`],
  constraintExists: ["ClientError.Schema.ConstraintAlreadyExists", "22N65", `${DATA} - constraint already exists`],
  constraintNotFound: ["ClientError.Schema.ConstraintNotFound", "22N66", `${DATA} - constraint does not exist`],
  indexExists: ["ClientError.Schema.IndexAlreadyExists", "22N70", `${DATA} - index already exists`],
  indexNotFound: ["ClientError.Schema.IndexNotFound", "22N69", `${DATA} - index does not exist`],
  // The protocol.
  invalidRequest: ["ClientError.Request.Invalid", "08N06", `${CONNECTION} - protocol error`],
  invalidFormat: ["ClientError.Request.InvalidFormat", "08N11", `${CONNECTION} - request error`],
  // Who may.
  unauthorized: ["ClientError.Security.Unauthorized", "42NFF", `${ACCESS} - permission/access denied`],
  forbidden: ["ClientError.Security.Forbidden", "42NFF", `${ACCESS} - permission/access denied`],
  rateLimited: ["ClientError.Security.AuthenticationRateLimit", "42NFF", `${ACCESS} - permission/access denied`],
  credentialsExpired: ["ClientError.Security.CredentialsExpired", "42NFD", `${ACCESS} - credentials expired`],
  authorizationExpired: ["ClientError.Security.AuthorizationExpired", "42NFE", `${ACCESS} - auth info expired`],
  tokenExpired: ["ClientError.Security.TokenExpired", "42NFE", `${ACCESS} - auth info expired`],
  // Where.
  databaseNotFound: ["ClientError.Database.DatabaseNotFound", "22N51", `${DATA} - database or alias does not exist`],
  databaseUnavailable: ["TransientError.General.DatabaseUnavailable", "08N09", `${CONNECTION} - database unavailable`],
  notALeader: ["ClientError.Cluster.NotALeader", "08N07", `${CONNECTION} - not the leader`],
  readOnlyDatabase: ["ClientError.General.ForbiddenOnReadOnlyDatabase", "08N08", `${CONNECTION} - database is read only`],
  // Transactions.
  invalidBookmark: ["ClientError.Transaction.InvalidBookmark", "08N12", `${CONNECTION} - failed to parse bookmark`],
  bookmarkTimeout: ["TransientError.Transaction.BookmarkTimeout", "08N13", `${CONNECTION} - database not up to requested bookmark`],
  terminated: ["ClientError.Transaction.Terminated", "25N05", `${STATE} - transaction terminated or closed`],
  timedOut: ["ClientError.Transaction.TransactionTimedOut", "25N05", `${STATE} - transaction terminated or closed`],
  timedOutByClient: ["ClientError.Transaction.TransactionTimedOutClientConfiguration", "25N05", `${STATE} - transaction terminated or closed`],
  transactionNotFound: ["ClientError.Transaction.TransactionNotFound", "25N04", `${STATE} - specified transaction does not exist`],
  transactionStartFailed: ["DatabaseError.Transaction.TransactionStartFailed", "25N06", `${STATE} - transaction start failed`],
  commitFailed: ["DatabaseError.Transaction.TransactionCommitFailed", "2DN01", "invalid transaction termination - commit failed"],
  deadlock: ["TransientError.Transaction.DeadlockDetected", "50N05", "general processing exception - deadlock detected"],
  conflict: ["TransientError.Transaction.Outdated", "25N11", `${STATE} - conflicting transaction state`],
  lockTimeout: ["TransientError.Transaction.LockAcquisitionTimeout", "50N05", "general processing exception - deadlock detected"],
  tooManyTransactions: ["TransientError.Transaction.MaximumTransactionLimitReached", "51N66", `${SYSTEM} - resource exhaustion`],
  // This server.
  overloaded: ["TransientError.Request.NoThreadsAvailable", "51N66", `${SYSTEM} - resource exhaustion`],
  outOfMemory: ["TransientError.General.OutOfMemoryError", "51N36", `${SYSTEM} - out of memory`],
  internal: ["DatabaseError.General.UnknownError", "50N42", "general processing exception - unexpected error"],
};

/** The names of the failures that `failure()` makes. */
export type FailureKind =
  | "syntaxError"
  | "semanticError"
  | "typeError"
  | "argumentError"
  | "arithmeticError"
  | "parameterMissing"
  | "entityNotFound"
  | "unsupported"
  | "writeInReadMode"
  | "procedureNotFound"
  | "procedureFailed"
  | "constraintViolation"
  | "constraintExists"
  | "constraintNotFound"
  | "indexExists"
  | "indexNotFound"
  | "invalidRequest"
  | "invalidFormat"
  | "unauthorized"
  | "forbidden"
  | "rateLimited"
  | "credentialsExpired"
  | "authorizationExpired"
  | "tokenExpired"
  | "databaseNotFound"
  | "databaseUnavailable"
  | "notALeader"
  | "readOnlyDatabase"
  | "invalidBookmark"
  | "bookmarkTimeout"
  | "terminated"
  | "timedOut"
  | "timedOutByClient"
  | "transactionNotFound"
  | "transactionStartFailed"
  | "commitFailed"
  | "deadlock"
  | "conflict"
  | "lockTimeout"
  | "tooManyTransactions"
  | "overloaded"
  | "outOfMemory"
  | "internal";

/**
 * A failure by its kind, with the Neo4j code, GQL status and classification that belong to it:
 * `throw failure("deadlock", "Try again")`. Any other code is `new Failure(code, message)`.
 */
export function failure(kind: FailureKind, message: string, details: FailureDetails = {}): Failure {
  const [code, gqlStatus, description] = ROWS[kind];
  return new Failure(`Neo.${code}`, message, {
    gqlStatus,
    description: `error: ${description}. ${message}`,
    ...details,
    diagnosticRecord: { _classification: CLASSIFICATIONS[code.split(".")[0]!]!, ...details.diagnosticRecord },
  });
}

const CLASSIFICATIONS: Readonly<Record<string, string>> = {
  ClientError: "CLIENT_ERROR",
  TransientError: "TRANSIENT_ERROR",
  DatabaseError: "DATABASE_ERROR",
};

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
