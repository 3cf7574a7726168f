// What an engine implements to be reached over Bolt. Types only: nothing here knows of connections,
// versions or bytes.
import type { AuthToken, BoltAgent, Dictionary, GqlStatusObject, Notification } from "@bolt/protocol";
import type { MaybePromise } from "./maybe-promise.ts";
import type { DuplexInfo } from "./transport/transport.ts";

/**
 * An engine behind a server: an object, or an instance of a class. Only `run` has to be there; every method
 * may answer at once or with a promise.
 *
 * Throw `Failure` (or `failure(kind, …)`) for what the client should know. Anything else that is thrown is
 * logged with an id, and the client is told only that id.
 */
export interface Backend<P = unknown> {
  /**
   * Checks a login and returns the principal, which is `context.principal` from then on; null, undefined and
   * false refuse the login, and so does throwing. An object with `credentialsExpired: true` lets the client in
   * and tells it to change its password.
   *
   * Without this method **everybody is let in**, whatever scheme and password they send, and the principal is
   * the name that they gave, if any.
   */
  authenticate?(token: AuthToken, client: Client): MaybePromise<P | null | undefined | false>;

  /**
   * Decides whether this principal may act as another user. Returns that user's principal, which is
   * `context.principal` of the work requested in that name; null, undefined and false refuse it, and so does
   * throwing. Without this method it is always refused: to run the work with the rights of the logged-in user would
   * be worse.
   */
  impersonate?(user: string, principal: P, client: Client): MaybePromise<P | null | undefined | false>;

  /** Runs a query that is a transaction of its own: it commits when its last row has been read or discarded. */
  run(query: Query, context: Context<P>): MaybePromise<QueryResult>;

  /** Begins a transaction. Without this method explicit transactions are refused. */
  begin?(options: TransactionOptions, context: Context<P>): MaybePromise<Transaction<P>>;

  /** Returns the servers of a database. Without this method the table is this server, in all roles. */
  route?(request: RouteRequest, context: Context<P>): MaybePromise<Routes>;

  /** Called when the server has closed and no connection is left. */
  close?(): MaybePromise<void>;
}

/**
 * An open transaction. Exactly one of `commit` and `rollback` is called, once, after `run` has settled:
 * rollback also when the client disconnects or resets, a request fails or the time runs out.
 */
export interface Transaction<P = unknown> {
  /** The database, when the client named none: told to clients of 5.8 and later. Default: the server's default. */
  readonly database?: string | undefined;
  run(query: Query, context: Context<P>): MaybePromise<QueryResult>;
  commit(): MaybePromise<{ readonly bookmark?: string | undefined } | void>;
  rollback(): MaybePromise<void>;
}

/** A query as the client sent it. */
export interface Query {
  readonly query: string;
  /** Integers are numbers while they are safe and bigints beyond. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Rows: arrays with a value for each key. */
export type Row = readonly unknown[];

/** The result of a query: columns, rows and a summary. */
export interface QueryResult {
  /** Names of the columns; may be empty. */
  readonly keys: readonly string[];
  /** Auto-commit queries only: as `Transaction.database`. */
  readonly database?: string | undefined;
  /**
   * The rows, read only as the client pulls. To know whether more are left, one row is read ahead, except from an
   * array or an iterator with a method `hasMore(): boolean`. Unless the iterator ends or throws by itself, its
   * `return()` is called: after DISCARD, RESET, a failure, a timeout or a lost connection.
   */
  readonly records?: Iterable<Row> | AsyncIterable<Row> | undefined;
  /**
   * What to report at the end. A function is called once, when the last row was read or the rest was
   * discarded, and not at all when the result was interrupted.
   */
  readonly summary?: Summary | (() => MaybePromise<Summary | undefined | void>) | undefined;
}

/** Everything is optional. */
export interface Summary {
  /** Read, read and write, write, or schema. Default: inferred from the counters, `"r"` without any. */
  readonly type?: "r" | "rw" | "w" | "s" | undefined;
  readonly counters?: Counters | undefined;
  /** For EXPLAIN. */
  readonly plan?: Plan | undefined;
  /** For PROFILE. */
  readonly profile?: Plan | undefined;
  /** Notifications in the form of Bolt up to 5.4; newer clients get them as statuses. */
  readonly notifications?: readonly Notification[] | undefined;
  /** The same in the form of Bolt 5.6 and later; older clients get them as notifications. */
  readonly statuses?: readonly GqlStatusObject[] | undefined;
  /** The database that the query ran in. Default: the one asked for, else the server's default. */
  readonly database?: string | undefined;
  /** Auto-commit queries only: a later transaction that names it sees this one's work. */
  readonly bookmark?: string | undefined;
  /** Further metadata under your own names, such as Memgraph's `planning_time`. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** Only those that are not zero are sent. */
export interface Counters {
  readonly nodesCreated?: number | undefined;
  readonly nodesDeleted?: number | undefined;
  readonly relationshipsCreated?: number | undefined;
  readonly relationshipsDeleted?: number | undefined;
  readonly propertiesSet?: number | undefined;
  readonly labelsAdded?: number | undefined;
  readonly labelsRemoved?: number | undefined;
  readonly indexesAdded?: number | undefined;
  readonly indexesRemoved?: number | undefined;
  readonly constraintsAdded?: number | undefined;
  readonly constraintsRemoved?: number | undefined;
  readonly systemUpdates?: number | undefined;
}

/** An operator of a plan, and those that feed it. */
export interface Plan {
  readonly operatorType: string;
  readonly identifiers?: readonly string[] | undefined;
  readonly args?: Readonly<Dictionary> | undefined;
  readonly children?: readonly Plan[] | undefined;
  readonly dbHits?: number | undefined;
  readonly rows?: number | undefined;
  readonly pageCacheHits?: number | undefined;
  readonly pageCacheMisses?: number | undefined;
  readonly pageCacheHitRatio?: number | undefined;
  readonly time?: number | undefined;
}

/** What a client asks of a transaction, or of an auto-commit query. */
export interface TransactionOptions {
  /** The database; undefined for the user's home database. */
  readonly database: string | undefined;
  /** What the client intends; a server may refuse writes in a transaction for reading. */
  readonly accessMode: "read" | "write";
  /** Bookmarks of earlier transactions whose work this one must see. */
  readonly bookmarks: readonly string[];
  /** What the client wants logged with the transaction. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Milliseconds; undefined for none. The server enforces it, unless its option `timeouts` leaves that to the
   * backend. Only such a backend sees 0, which lifts even the backend's own limit.
   */
  readonly timeoutMs: number | undefined;
  /** The user to act as; `impersonate` has allowed it. */
  readonly impersonatedUser: string | undefined;
  /** Which notifications the client wants. The server drops the others; a backend may save itself the work. */
  readonly notificationFilter: NotificationFilter;
}

/** Which notifications the client wants; a backend may ignore this. */
export interface NotificationFilter {
  /** `OFF` for no notifications at all. */
  readonly minimumSeverity?: "WARNING" | "INFORMATION" | "OFF" | (string & {}) | undefined;
  readonly disabledClassifications?: readonly string[] | undefined;
}

/** Where a query runs. One object for the life of a transaction. */
export interface Context<P = unknown> extends TransactionOptions {
  /** What `authenticate` returned, or `impersonate` where the client acts as another user. */
  readonly principal: P;
  /**
   * Aborted when the work must stop; its `reason` is an `Interruption` whose `reason` is `"reset"`,
   * `"timeout"`, `"connection-lost"`, `"server-closing"` or `"failed"`. Not aborted when all goes well.
   */
  readonly signal: AbortSignal;
  readonly client: Client;
}

/** The client that is connected. */
export interface Client extends DuplexInfo {
  /** `bolt-17`, as in the log. */
  readonly connectionId: string;
  /** The Bolt version, such as `"5.4"`. */
  readonly version: string;
  /** What the client calls itself. */
  readonly userAgent: string;
  /** Bolt 5.3 and later: the driver. */
  readonly boltAgent: BoltAgent | undefined;
  /** Clients with `neo4j://`: the routing context; its `address` is the one that the user gave. */
  readonly routing: Readonly<Record<string, string>> | undefined;
}

/** What a client's request for a routing table says. */
export interface RouteRequest {
  /** The routing context: `address` and the entries of the URI's query. */
  readonly routing: Readonly<Record<string, string>>;
  readonly database: string | undefined;
  readonly bookmarks: readonly string[];
  readonly impersonatedUser: string | undefined;
}

/** Addresses as `host:port`, reachable by the client. */
export interface Routes {
  readonly routers: readonly string[];
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** Default 300. */
  readonly ttlSeconds?: number | undefined;
  /** The database that the table is for: resolves the home database. */
  readonly database?: string | undefined;
}
