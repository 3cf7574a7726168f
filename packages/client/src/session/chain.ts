// What one piece of a session's work passes to the next: bookmarks and the name of the home database. Turns the
// session's settings into requests for connections and into the `extra` field of RUN and BEGIN.
import type { AuthToken, Metadata, TransactionExtra } from "@bolt/protocol";
import { toToken } from "../auth.ts";
import type { Connection } from "../connection/connection.ts";
import { answerOf } from "../deadline.ts";
import { abortError, ServerFailure } from "../errors.ts";
import type { AccessMode, AcquireRequest, Needs } from "../pool/provider.ts";
import { toBookmarks } from "./bookmarks.ts";
import type { SessionConfig, Shared, TransactionConfig } from "./work.ts";

/** A connection, and the request it was acquired with. */
export interface Acquired {
  readonly connection: Connection;
  readonly request: AcquireRequest;
}

export class Chain {
  readonly shared: Shared;
  readonly config: SessionConfig;
  bookmarks: readonly string[];
  readonly #configured: readonly string[];
  readonly #auth: AuthToken | undefined;
  readonly #learnHome = (name: string): void => void (this.#database = name);
  #database: string | undefined;

  constructor(shared: Shared, config: SessionConfig) {
    const { auth, bookmarks, database } = config;
    this.shared = shared;
    this.config = config;
    this.#auth = auth === undefined ? undefined : toToken(auth);
    this.#database = database || undefined;
    this.bookmarks = this.#configured = toBookmarks(bookmarks);
  }

  /** Rows per PULL. */
  get fetchSize(): number | undefined {
    return this.config.fetchSize ?? this.shared.config.fetchSize;
  }

  /** Acquires a connection, without a promise if one is idle. Never throws. */
  acquire(mode: AccessMode, signal: AbortSignal | undefined, needs?: Needs): Acquired | Promise<Acquired> {
    try {
      if (signal?.aborted) throw abortError(signal, "waiting for a connection");
      const asking = this.#ask(signal);
      if (asking) return asking.then(() => this.#acquire(this.request(mode, signal, needs)));
      return this.#acquire(this.request(mode, signal, needs));
    } catch (error) {
      // The error may come from the program's own manager or balancer.
      return Promise.reject(error);
    }
  }

  /** Gives a connection back, in any state. Never throws. */
  release({ connection }: Acquired): void {
    this.shared.provider.release(connection);
  }

  /** Passes a server's FAILURE to the provider; returns a promise if the provider does. */
  judge({ connection, request }: Acquired, error: unknown): void | Promise<void> {
    if (error instanceof ServerFailure)
      return this.shared.provider.onServerFailure(connection, error, request);
  }

  /** The `extra` field of RUN or BEGIN. */
  extra({ mode, bookmarks, impersonatedUser }: AcquireRequest, config: TransactionConfig): TransactionExtra {
    const filter = this.config.notifications;
    return {
      bookmarks,
      txTimeoutMs: config.timeoutMs,
      txMetadata: config.metadata,
      mode: mode === "read" ? "r" : undefined,
      db: this.#database,
      impUser: impersonatedUser,
      notificationsMinimumSeverity: filter?.minimumSeverity,
      notificationsDisabledClassifications: filter?.disabledClassifications,
    };
  }

  /** Keeps the bookmark of committed work. Returns a promise if the bookmark manager does. */
  learn({ bookmark }: Metadata, request: AcquireRequest): void | Promise<void> {
    if (bookmark === undefined) return;
    this.bookmarks = [bookmark];
    try {
      const taken = this.config.bookmarkManager?.updateBookmarks(request.bookmarks, this.bookmarks);
      return taken && this.#answer(taken);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Keeps the name of the home database, if this SUCCESS of RUN or BEGIN contains it (5.8+). */
  learnDatabase(metadata: Metadata | undefined, request: AcquireRequest): void {
    const name = metadata?.db;
    const { provider } = this.shared;
    if (request.database !== undefined || name === undefined || !provider.onHomeDatabase) return;
    provider.onHomeDatabase(name, request);
    this.#database = name;
  }

  /** The request for a connection; its bookmarks are those that the session has now. */
  request(mode: AccessMode, signal?: AbortSignal, needs?: Needs): AcquireRequest {
    return {
      mode,
      database: this.#database,
      bookmarks: this.bookmarks,
      impersonatedUser: this.config.impersonatedUser,
      auth: this.#auth,
      freshLogin: needs?.freshLogin,
      probe: needs?.probe,
      signal,
      onDatabase: this.#learnHome,
      stack: this.shared.config.pool.trackHolders ? new Error("acquired").stack : undefined,
    };
  }

  #acquire(request: AcquireRequest): Acquired | Promise<Acquired> {
    const connection = this.shared.provider.acquire(request);
    return connection instanceof Promise ? this.#wait(connection, request) : { connection, request };
  }

  async #wait(acquiring: Promise<Connection>, request: AcquireRequest): Promise<Acquired> {
    const connection = await acquiring;
    if (!this.config.bookmarkManager) return { connection, request };
    // Acquiring may have taken long: work that others committed meanwhile counts too.
    try {
      await this.#ask(request.signal);
    } catch (error) {
      this.shared.provider.release(connection);
      throw error;
    }
    return { connection, request: { ...request, bookmarks: this.bookmarks } };
  }

  /** Fetches the manager's bookmarks. Returns a promise if the manager does. */
  #ask(signal: AbortSignal | undefined): void | Promise<void> {
    const known = this.config.bookmarkManager?.getBookmarks();
    if (!known) return;
    if ("then" in known) return this.#answer(known, signal).then((late) => this.#take(late));
    this.#take(known);
  }

  #take(known: readonly string[]): void {
    const configured = this.#configured;
    this.bookmarks = configured.length === 0 ? known : [...new Set([...known, ...configured])];
  }

  /** Waits for a manager, which may be remote, no longer than for a connection. */
  #answer<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    return answerOf("the bookmark manager", answer, this.shared.config, signal);
  }
}
