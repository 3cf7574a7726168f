// The seam between those who need a connection (sessions, transactions, the driver) and those who keep
// them (the pool, routing). Interfaces only: this file knows neither sockets nor queries.
import type { AuthToken } from "@bolt/protocol";
import type { Connection } from "../connection/connection.ts";
import type { ServerFailure } from "../errors.ts";

/** Where work goes: `"read"` may be served by a follower. */
export type AccessMode = "read" | "write";

/** What a connection is wanted for. One object per unit of work; `release` and the reports get it back. */
export interface AcquireRequest {
  readonly mode: AccessMode;
  /** Undefined is the user's home database. */
  readonly database: string | undefined;
  /** What the server must have caught up with; routing passes them to ROUTE. */
  readonly bookmarks: readonly string[];
  readonly impersonatedUser?: string | undefined;
  /** The session's own login; undefined is the driver's. */
  readonly auth?: AuthToken | undefined;
  /** Log in with `auth` even where it is logged in already: to find out whether it is good. */
  readonly freshLogin?: boolean | undefined;
  /** An idle connection has to show that it lives (RESET), however short it has rested; a new one has. */
  readonly probe?: boolean | undefined;
  /** Gives up waiting. Its reason is thrown as it is when it is a BoltError. */
  readonly signal?: AbortSignal | undefined;
  /** Where in the program it was asked for, if that is wanted: by the time of lending nothing leads back there. */
  readonly stack?: string | undefined;
  /** Told before `acquire` resolves when routing has found out the name of the home database. */
  readonly onDatabase?: ((name: string) => void) | undefined;
}

/** What is asked of the connection itself, apart from where it leads. */
export type Needs = Pick<AcquireRequest, "freshLogin" | "probe">;

export interface ConnectionProvider {
  /**
   * A connection for the caller alone, in READY or about to be (a RESET or LOGOFF+LOGON may be queued in
   * front); without a promise when one is idle right now. Rejects with TimeoutError, AbortError,
   * ServiceUnavailableError, ServerFailure (login) … Throws what a balancer of the program's throws.
   */
  acquire(request: AcquireRequest): Connection | Promise<Connection>;
  /**
   * Gives it back, in whatever state. The provider calls `connection.recycle()`: what is left open is
   * reset, a broken connection forgotten. Never throws.
   */
  release(connection: Connection): void;
  /**
   * A request failed at the server: forget a writer that is none, mark expired logins, ask the auth
   * manager. May set `failure.retryable`. A promise holds the failure back from the user until it settles.
   */
  onServerFailure(
    connection: Connection,
    failure: ServerFailure,
    request: AcquireRequest,
  ): void | Promise<void>;
  /** The server named the home database of the request's user (RUN or BEGIN, 5.8+): for the cache. */
  onHomeDatabase?(name: string, request: AcquireRequest): void;
  /** Closes every connection; acquire rejects with ClosedError from now on. */
  close(): Promise<void>;
}
