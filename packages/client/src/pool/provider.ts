// The seam between the users of connections (sessions, transactions, the driver) and their keepers (the
// pool, routing). Interfaces only: knows neither sockets nor queries.
import type { AuthToken } from "@bolt/protocol";
import type { Connection } from "../connection/connection.ts";
import type { ServerFailure } from "../errors.ts";
import type { Holder, PoolMetrics } from "./server-pool.ts";

/** Where work goes: `"read"` may be served by a follower. */
export type AccessMode = "read" | "write";

/** What a connection is needed for. One object per unit of work; `onServerFailure` and `onHomeDatabase` get it back. */
export interface AcquireRequest {
  readonly mode: AccessMode;
  /** Undefined is the user's home database. */
  readonly database: string | undefined;
  /** Bookmarks that the server must have caught up with; routing passes them to ROUTE. */
  readonly bookmarks: readonly string[];
  readonly impersonatedUser?: string | undefined;
  /** The session's own login; undefined is the driver's. */
  readonly auth?: AuthToken | undefined;
  /** Log in with `auth` even where it is already logged in, to find out whether it is valid. */
  readonly freshLogin?: boolean | undefined;
  /** Check an idle connection by RESET, however short its idle time; a new one needs no check. */
  readonly probe?: boolean | undefined;
  /** Ends the wait. Its reason is thrown unchanged if it is a BoltError. */
  readonly signal?: AbortSignal | undefined;
  /** The caller's stack, if it is wanted: when the connection is lent, the stack no longer shows the caller. */
  readonly stack?: string | undefined;
  /** Called before `acquire` resolves when routing has learned the name of the home database. */
  readonly onDatabase?: ((name: string) => void) | undefined;
}

/** Requirements on the connection itself, whichever server it leads to. */
export type Needs = Pick<AcquireRequest, "freshLogin" | "probe">;

export interface Provider {
  /**
   * Lends a connection to the caller alone, in READY or about to be (RESET or LOGOFF and LOGON may be queued
   * before); without a promise when one is idle right now. Rejects with TimeoutError, AbortError,
   * ServiceUnavailableError, ServerFailure (login) … Throws whatever the program's balancer throws.
   */
  acquire(request: AcquireRequest): Connection | Promise<Connection>;
  /**
   * Takes the connection back, in any state. The provider calls `connection.recycle()`: open work is
   * reset, a broken connection forgotten. Never throws.
   */
  release(connection: Connection): void;
  /**
   * Handles a server's FAILURE: drops a writer that takes no writes, marks expired logins, asks the auth manager.
   * May set `failure.retryable`. If it returns a promise, the user gets the failure only when that settles.
   */
  onServerFailure(
    connection: Connection,
    failure: ServerFailure,
    request: AcquireRequest,
  ): void | Promise<void>;
  /** Remembers the home database of the request's user, as the server named it (RUN or BEGIN, 5.8+). */
  onHomeDatabase?(name: string, request: AcquireRequest): void;
  metrics(): PoolMetrics[];
  holders(): Holder[];
  /** Closes every connection; from then on `acquire` rejects with ClosedError. */
  close(): Promise<void>;
}
