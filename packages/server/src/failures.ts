// The failures that a backend is likely to need, by name: Neo4j code, GQL status and what drivers make of it.
// A table, so that all of it can be read at a glance.
import { Failure, type FailureDetails } from "@bolt/protocol";
import { ConfigError } from "./option-checks.ts";

/**
 * What an official driver does on its own when it receives a code:
 * `retry`: run the transaction again, with back-off; `reroute`: forget this writer, then retry;
 * `reauthenticate`: log in again on every connection to this server, then retry; `refresh-token`: ask its token
 * source once, then retry; `none`: hand the error to its user.
 */
export type DriverReaction = "retry" | "reroute" | "reauthenticate" | "refresh-token" | "none";

// By kind: the code without its `Neo.`, then the GQL status and the text that the standard or Neo4j gives it.
const CODES = {
  // The query.
  syntaxError: "ClientError.Statement.SyntaxError 42001 - invalid syntax",
  semanticError: "ClientError.Statement.SemanticError 42001 - invalid syntax",
  typeError: "ClientError.Statement.TypeError 22G03 - invalid value type",
  argumentError: "ClientError.Statement.ArgumentError 22N00 - unsupported value",
  arithmeticError: "ClientError.Statement.ArithmeticError 22000",
  parameterMissing: "ClientError.Statement.ParameterMissing 42N51 - invalid parameter",
  entityNotFound: "ClientError.Statement.EntityNotFound 22N00 - unsupported value",
  unsupported:
    "ClientError.Statement.UnsupportedOperationError 51N30 - not supported with this configuration",
  writeInReadMode: "ClientError.Statement.AccessMode 42N02 - writing in read access mode",
  procedureNotFound: "ClientError.Procedure.ProcedureNotFound 42N08 - no such procedure or function",
  procedureFailed: "ClientError.Procedure.ProcedureCallFailed 52N02 - procedure execution client error",
  // The schema.
  constraintViolation:
    "ClientError.Schema.ConstraintValidationFailed 22N79 - property uniqueness constraint violated",
  constraintExists: "ClientError.Schema.ConstraintAlreadyExists 22N65 - equivalent constraint already exists",
  constraintNotFound: "ClientError.Schema.ConstraintNotFound 22N64 - constraint does not exist",
  indexExists: "ClientError.Schema.IndexAlreadyExists 22N70 - equivalent index already exists",
  indexNotFound: "ClientError.Schema.IndexNotFound 22N69 - index does not exist",
  // The protocol.
  invalidRequest: "ClientError.Request.Invalid 08N06 - protocol error",
  invalidFormat: "ClientError.Request.InvalidFormat 08N11 - request error",
  // Security.
  unauthorized: "ClientError.Security.Unauthorized 42NFF - permission/access denied",
  forbidden: "ClientError.Security.Forbidden 42NFF - permission/access denied",
  rateLimited: "ClientError.Security.AuthenticationRateLimit 42NFF - permission/access denied",
  credentialsExpired: "ClientError.Security.CredentialsExpired 42NFD - credentials expired",
  authorizationExpired: "ClientError.Security.AuthorizationExpired 42NFE - auth info expired",
  tokenExpired: "ClientError.Security.TokenExpired 42NFE - auth info expired",
  // Databases and servers.
  databaseNotFound: "ClientError.Database.DatabaseNotFound 22N51 - database or alias does not exist",
  databaseUnavailable: "TransientError.General.DatabaseUnavailable 08N09 - database unavailable",
  notALeader: "ClientError.Cluster.NotALeader 08N07 - not the leader",
  readOnlyDatabase: "ClientError.General.ForbiddenOnReadOnlyDatabase 08N08 - database is read only",
  // Transactions.
  invalidBookmark: "ClientError.Transaction.InvalidBookmark 08N12 - failed to parse bookmark",
  bookmarkTimeout: "TransientError.Transaction.BookmarkTimeout 08N13 - database not up to requested bookmark",
  terminated: "ClientError.Transaction.Terminated 25N05 - transaction terminated or closed",
  timedOut: "ClientError.Transaction.TransactionTimedOut 25N05 - transaction terminated or closed",
  timedOutByClient:
    "ClientError.Transaction.TransactionTimedOutClientConfiguration 25N05 - transaction terminated or closed",
  transactionNotFound:
    "ClientError.Transaction.TransactionNotFound 25N04 - specified transaction does not exist",
  transactionStartFailed: "DatabaseError.Transaction.TransactionStartFailed 25N06 - transaction start failed",
  commitFailed: "DatabaseError.Transaction.TransactionCommitFailed 2DN01 - commit failed",
  deadlock: "TransientError.Transaction.DeadlockDetected 50N05 - deadlock detected",
  conflict: "TransientError.Transaction.Outdated 25N11 - conflicting transaction state",
  lockTimeout: "TransientError.Transaction.LockAcquisitionTimeout 50N05 - deadlock detected",
  tooManyTransactions:
    "TransientError.Transaction.MaximumTransactionLimitReached 51N66 - resource exhaustion",
  // This server.
  overloaded: "TransientError.Request.NoThreadsAvailable 51N66 - resource exhaustion",
  outOfMemory: "TransientError.General.OutOfMemoryError 51N36 - out of memory",
  internal: "DatabaseError.General.UnknownError 50N42 - unexpected error",
} as const;

// How the text of a status begins, by the first two characters of the status.
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

/** The names of the failures that `failure()` makes. @useDeclaredType */
export type FailureKind = keyof typeof CODES;

/**
 * A failure by its kind, with the Neo4j code, GQL status and classification that belong to it:
 * `throw failure("deadlock", "Try again")`. For any other code use `new Failure(code, message)`. Throws ConfigError for
 * an unknown kind.
 */
export function failure(kind: FailureKind, message: string, details: FailureDetails = {}): Failure {
  if (!Object.hasOwn(CODES, kind))
    throw new ConfigError(`unknown kind of failure: ${kind}; known: ${Object.keys(CODES).join(", ")}`);
  const [, code, side = "", gqlStatus = "", condition] = /((\w+)Error\S+) (\S+)(.*)/.exec(CODES[kind])!;
  return new Failure(`Neo.${code}`, message, {
    gqlStatus,
    description: `error: ${CLASSES[gqlStatus.slice(0, 2)]}${condition}. ${message}`,
    ...details,
    diagnosticRecord: { _classification: `${side.toUpperCase()}_ERROR`, ...details.diagnosticRecord },
  });
}

const REACTIONS: Readonly<Record<string, DriverReaction>> = {
  "Neo.ClientError.Cluster.NotALeader": "reroute",
  "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": "reroute",
  "Neo.TransientError.General.DatabaseUnavailable": "reroute",
  "Neo.ClientError.Security.AuthorizationExpired": "reauthenticate",
  "Neo.ClientError.Security.TokenExpired": "refresh-token",
  // Old servers' codes for what the client itself caused: drivers treat them as client errors.
  "Neo.TransientError.Transaction.Terminated": "none",
  "Neo.TransientError.Transaction.LockClientStopped": "none",
};

/** What official drivers do on their own when they receive the code. */
export function driverReaction(code: string): DriverReaction {
  if (Object.hasOwn(REACTIONS, code)) return REACTIONS[code]!;
  return code.startsWith("Neo.TransientError.") ? "retry" : "none";
}

/** `Neo.<Classification>.<Category>.<Title>`. */
const CODE = /^Neo\.(?:Client|Transient|Database)Error\.\w+\.\w+$/;

/**
 * The error as a Failure when it is meant as one: a Failure, or any error that carries a Neo4j status code as
 * its `code`, which is how errors of database drivers look. Undefined otherwise.
 */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) {
    // A gateway may pass on a driver's error, which has another name: observers expect the message's.
    return error.name === "FAILURE" ? error : new Failure(error.code, error.message, error);
  }
  if (!(error instanceof Error)) return undefined;
  const { code, gqlStatus, gqlStatusDescription } = error as Error & Readonly<Record<string, unknown>>;
  if (typeof code !== "string" || !CODE.test(code)) return undefined;
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return new Failure(code, error.message, {
    gqlStatus: text(gqlStatus),
    description: text(gqlStatusDescription),
  });
}
