// What an engine implements to be reached over Bolt. Types only: nothing here knows of connections,
// versions or bytes.
import type {
  AuthToken,
  BoltAgent,
  Dictionary,
  GqlStatusObject,
  MaybePromise,
  Notification,
} from "./types.ts";
import type { DuplexInfo } from "./transport/transport.ts";

/**
 * An engine behind a server: an object, or an instance of a class. Only `run` has to be there; every method
 * may answer at once or with a promise.
 *
 * Throw `Failure` (or `failure(kind, …)`) for what the client should know. Anything else that is thrown is
 * logged with an id, and the client is told that id and nothing more.
 */
export interface Backend<P = unknown> {
  /**
   * Checks a login and says who it is; null, undefined and false refuse it, and so does throwing. The result
   * is `context.principal` from then on. An object with `credentialsExpired: true` lets the client in and
   * tells it to change its password.
   *
   * Without this method **everybody is let in**, whatever scheme and password they send, and the principal is
   * the name that they gave, if any.
   */
  authenticate?(token: AuthToken, client: Client): MaybePromise<P | null | undefined | false>;

  /**
   * Whether this principal may act as another user: returns who that is, which is `context.principal` of the work
   * that was asked for in that name; null, undefined and false refuse it, and so does throwing. Without this method
   * clients are told that nobody may: to work on with the rights of the one who has logged in would be worse.
   */
  impersonate?(user: string, principal: P, client: Client): MaybePromise<P | null | undefined | false>;

  /** Runs a query that is a transaction of its own: it commits when its last row was read or discarded. */
  run(query: Query, context: Context<P>): MaybePromise<QueryResult>;

  /** Begins a transaction. Without this method clients are told that there are none. */
  begin?(options: TransactionOptions, context: Context<P>): MaybePromise<Transaction<P>>;

  /** The servers of a database. Without this method the table is this server, in all roles. */
  route?(request: RouteRequest, context: Context<P>): MaybePromise<Routes>;

  /** The server has closed: no connection is left. */
  close?(): MaybePromise<void>;
}

/**
 * An open transaction. Exactly one of `commit` and `rollback` is called, once, after `run` has settled:
 * rollback also when the client goes, resets, fails or runs out of time.
 */
export interface Transaction<P = unknown> {
  /** The home database, when it was that: clients of 5.8 and later are told. Default: the server's default. */
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

/** What a query gives: columns, rows, and what there is to say about it. */
export interface QueryResult {
  /** Names of the columns; may be empty. */
  readonly keys: readonly string[];
  /** Auto-commit queries only: as `Transaction.database`. */
  readonly database?: string | undefined;
  /**
   * The rows, read only as the client pulls. An array tells by itself whether more are left; of anything else
   * one row is read ahead, unless the iterator has a method `hasMore(): boolean`. The iterator's `return()` is
   * called on every way out but its own end: DISCARD, RESET, failure, timeout, a lost connection.
   */
  readonly records?: Iterable<Row> | AsyncIterable<Row> | undefined;
  /**
   * What there is to say at the end. A function is called once, when the last row was read or the rest was
   * discarded, and not at all when the result was interrupted.
   */
  readonly summary?: Summary | (() => MaybePromise<Summary | undefined | void>) | undefined;
}

/** Everything is optional. */
export interface Summary {
  /** Read, read and write, write, schema. Default: by the counters, `"r"` without. */
  readonly type?: "r" | "rw" | "w" | "s" | undefined;
  readonly counters?: Counters | undefined;
  /** For EXPLAIN. */
  readonly plan?: Plan | undefined;
  /** For PROFILE. */
  readonly profile?: Plan | undefined;
  /** Remarks in the form of Bolt up to 5.4; newer clients get them as statuses. */
  readonly notifications?: readonly Notification[] | undefined;
  /** Remarks in the form of Bolt 5.6 and later; older clients get them as notifications. */
  readonly statuses?: readonly GqlStatusObject[] | undefined;
  /** The database that the query ran in. Default: the one asked for, else the server's default. */
  readonly database?: string | undefined;
  /** Auto-commit queries only: what a later transaction names to see this one's work. */
  readonly bookmark?: string | undefined;
  /** What else there is to say, under names of your own, as Memgraph's `planning_time`. */
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

/** What a client asks of a transaction, or of a query that is one. */
export interface TransactionOptions {
  /** The database; undefined for the user's home database. */
  readonly database: string | undefined;
  /** What the client intends; a server may refuse writes in a transaction for reading. */
  readonly accessMode: "read" | "write";
  /** The work that this transaction must see. */
  readonly bookmarks: readonly string[];
  /** What the client wants logged with the transaction. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Milliseconds, enforced by the server unless its option `timeouts` leaves that to the backend; undefined for
   * none. 0, which says that not even the backend's own limit holds, is only seen by such a backend.
   */
  readonly timeoutMs: number | undefined;
  /** The user in whose name to act, whom `impersonate` has let it be. */
  readonly impersonatedUser: string | undefined;
  /** Remarks that the client does not want. They are left out anyway; a backend may save itself the work. */
  readonly notificationFilter: NotificationFilter;
}

/** Which remarks the client wants to hear of; it may be ignored. */
export interface NotificationFilter {
  /** `OFF` for no remarks at all. */
  readonly minimumSeverity?: "WARNING" | "INFORMATION" | "OFF" | (string & {}) | undefined;
  readonly disabledClassifications?: readonly string[] | undefined;
}

/** Where a query runs. One object for the life of a transaction. */
export interface Context<P = unknown> extends TransactionOptions {
  /** Who has logged in: what `authenticate` returned, or `impersonate` where the client wants to be somebody else. */
  readonly principal: P;
  /**
   * Aborted when the work must stop; its `reason` is an `Interruption` whose `reason` is `"reset"`,
   * `"timeout"`, `"connection-lost"`, `"server-closing"` or `"failed"`. Not aborted when all goes well.
   */
  readonly signal: AbortSignal;
  readonly client: Client;
}

/** Who is connected. */
export interface Client extends DuplexInfo {
  /** `bolt-17`, as in the log. */
  readonly connectionId: string;
  /** The Bolt version, as `"5.4"`. */
  readonly version: string;
  /** What the program calls itself. */
  readonly userAgent: string;
  /** Bolt 5.3 and later: the driver. */
  readonly boltAgent: BoltAgent | undefined;
  /** Clients with `neo4j://`: the routing context, its `address` being the one that the user gave. */
  readonly routing: Readonly<Record<string, string>> | undefined;
}

/** Who asks for a routing table, and for which database. */
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
