// What one piece of a session's work leaves to the next: bookmarks and the name of the home database. Turns the
// session's settings into requests for connections and into the extra of RUN and BEGIN.
import { AuthToken, type BoltError, type Metadata, type TransactionExtra } from "@bolt/protocol";
import type { Connection } from "./connection.ts";
import { abortError } from "./errors.ts";
import type { AcquireRequest, Needs } from "./provider.ts";
import type { AccessMode, Core, SessionConfig, TransactionConfig } from "./work.ts";

/** Gets a connection and what it was asked for with. */
export type Acquired = (connection: Connection, request: AcquireRequest) => void;

export class Chain {
  readonly core: Core;
  readonly config: SessionConfig;
  bookmarks: readonly string[];
  readonly #configured: readonly string[];
  readonly #auth: AuthToken | undefined;
  readonly #filter: TransactionExtra | undefined;
  #database: string | undefined;

  constructor(core: Core, config: SessionConfig) {
    const { auth, bookmarks, database, notifications } = config;
    this.core = core;
    this.config = config;
    this.#auth = auth && AuthToken.from(auth);
    this.#database = database || undefined;
    this.bookmarks = this.#configured = bookmarks ? [...bookmarks] : [];
    this.#filter = notifications && {
      notificationsMinimumSeverity: notifications.minimumSeverity,
      notificationsDisabledClassifications: notifications.disabledClassifications,
    };
  }

  /** Rows per PULL. */
  get fetchSize(): number | undefined {
    return this.config.fetchSize ?? this.core.config.fetchSize;
  }

  /** Calls one of the two, at once when a connection is idle. */
  acquire(
    mode: AccessMode,
    signal: AbortSignal | undefined,
    acquired: Acquired,
    failed: (error: BoltError) => void,
    needs?: Needs,
  ): void {
    if (signal?.aborted) return failed(abortError(signal, "waiting for a connection"));
    const known = this.config.bookmarkManager?.getBookmarks();
    if (known && "then" in known) {
      known
        .then((bookmarks) => this.#acquire(mode, signal, bookmarks, acquired, failed, needs))
        .catch(failed);
    } else {
      this.#acquire(mode, signal, known, acquired, failed, needs);
    }
  }

  /** RUN's or BEGIN's. */
  extra({ mode, bookmarks, impersonatedUser }: AcquireRequest, config: TransactionConfig): TransactionExtra {
    return {
      bookmarks,
      txTimeoutMs: config.timeoutMs,
      txMetadata: config.metadata,
      mode: mode === "r" ? mode : undefined,
      db: this.#database,
      impUser: impersonatedUser,
      ...this.#filter,
    };
  }

  /** Takes the bookmark of what was committed. A promise when the bookmark manager wants time. */
  learn({ bookmark }: Metadata, request: AcquireRequest): void | Promise<void> {
    if (bookmark === undefined) return;
    this.bookmarks = [bookmark];
    return this.config.bookmarkManager?.updateBookmarks(request.bookmarks, this.bookmarks);
  }

  /** Takes the name of the home database, if this SUCCESS of RUN or BEGIN tells it (5.8+). */
  learnDatabase(metadata: Metadata | undefined, request: AcquireRequest): void {
    const name = metadata?.db;
    const { provider } = this.core;
    if (request.database !== undefined || name === undefined || !provider.onHomeDatabase) return;
    provider.onHomeDatabase(name, request);
    this.#database = name;
  }

  /** What a connection is asked for with; the bookmarks are the session's own. */
  request(mode: AccessMode, signal?: AbortSignal, needs?: Needs): AcquireRequest {
    return {
      mode: mode === "read" ? "r" : "w",
      database: this.#database,
      bookmarks: this.bookmarks,
      impersonatedUser: this.config.impersonatedUser,
      auth: this.#auth,
      ...needs,
      signal,
      onDatabase: this.#database === undefined ? (name) => (this.#database = name) : undefined,
    };
  }

  #acquire(
    mode: AccessMode,
    signal: AbortSignal | undefined,
    managed: readonly string[] | undefined,
    acquired: Acquired,
    failed: (error: BoltError) => void,
    needs: Needs | undefined,
  ): void {
    if (managed) this.#merge(managed);
    const request = this.request(mode, signal, needs);
    const ready = this.core.provider.tryAcquire?.(request);
    if (ready) acquired(ready, request);
    else void this.#wait(request, acquired).catch(failed);
  }

  async #wait(request: AcquireRequest, acquired: Acquired): Promise<void> {
    const { provider } = this.core;
    const { bookmarkManager: manager } = this.config;
    const connection = await provider.acquire(request);
    if (!manager) return acquired(connection, request);
    // It may have taken long: what others have written since then counts too.
    try {
      this.#merge(await manager.getBookmarks());
    } catch (error) {
      provider.release(connection);
      throw error;
    }
    acquired(connection, { ...request, bookmarks: this.bookmarks });
  }

  #merge(managed: readonly string[]): void {
    this.bookmarks = [...new Set([...managed, ...this.#configured])];
  }
}
