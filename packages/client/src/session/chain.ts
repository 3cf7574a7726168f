// What one piece of a session's work leaves to the next: bookmarks and the name of the home database. Turns the
// session's settings into requests for connections and into the extra of RUN and BEGIN.
import type { AuthToken, BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import { toToken } from "../auth.ts";
import { toBookmarks } from "./bookmarks.ts";
import type { Connection } from "../connection/connection.ts";
import type { NotificationSettings } from "../connection/connection-options.ts";
import { Deadline } from "../deadline.ts";
import { abortError, TimeoutError } from "../errors.ts";
import type { AcquireRequest, Needs } from "../pool/provider.ts";
import type { AccessMode, Core, SessionConfig, TransactionConfig } from "./work.ts";

/** Who waits for a connection: one of the two is called, once. */
export interface Taker {
  /** Gets a connection, and what it was asked for with. */
  acquired(connection: Connection, request: AcquireRequest): void;
  notAcquired(error: BoltError): void;
}

export class Chain {
  readonly core: Core;
  readonly config: SessionConfig;
  bookmarks: readonly string[];
  readonly #configured: readonly string[];
  readonly #auth: AuthToken | undefined;
  readonly #filter: NotificationSettings | undefined;
  readonly #learnHome = (name: string): void => void (this.#database = name);
  #database: string | undefined;

  constructor(core: Core, config: SessionConfig) {
    const { auth, bookmarks, database, notifications } = config;
    this.core = core;
    this.config = config;
    this.#auth = auth === undefined ? undefined : toToken(auth);
    this.#database = database || undefined;
    this.bookmarks = this.#configured = toBookmarks(bookmarks);
    this.#filter = notifications;
  }

  /** Rows per PULL. */
  get fetchSize(): number | undefined {
    return this.config.fetchSize ?? this.core.config.fetchSize;
  }

  /** Gives the taker a connection, at once when one is idle. */
  acquire(mode: AccessMode, signal: AbortSignal | undefined, taker: Taker, needs?: Needs): void {
    if (signal?.aborted) return taker.notAcquired(abortError(signal, "waiting for a connection"));
    try {
      const known = this.config.bookmarkManager?.getBookmarks();
      if (known && "then" in known) {
        this.#answer(known, signal)
          .then((bookmarks) => this.#acquire(mode, signal, bookmarks, taker, needs))
          .catch((error: BoltError) => taker.notAcquired(error));
      } else {
        this.#acquire(mode, signal, known, taker, needs);
      }
    } catch (error) {
      // Of a manager, a balancer … of the program's: whoever waits has to hear of it.
      taker.notAcquired(error as BoltError);
    }
  }

  /** RUN's or BEGIN's. */
  extra({ mode, bookmarks, impersonatedUser }: AcquireRequest, config: TransactionConfig): TransactionExtra {
    const filter = this.#filter;
    return {
      bookmarks,
      txTimeoutMs: config.timeoutMs,
      txMetadata: config.metadata,
      mode: mode === "r" ? mode : undefined,
      db: this.#database,
      impUser: impersonatedUser,
      notificationsMinimumSeverity: filter?.minimumSeverity,
      notificationsDisabledClassifications: filter?.disabledClassifications,
    };
  }

  /** Takes the bookmark of what was committed. A promise when the bookmark manager wants time. */
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
      freshLogin: needs?.freshLogin,
      probe: needs?.probe,
      signal,
      onDatabase: this.#database === undefined ? this.#learnHome : undefined,
      stack: this.core.config.pool.trackHolders ? new Error("acquired").stack : undefined,
    };
  }

  #acquire(
    mode: AccessMode,
    signal: AbortSignal | undefined,
    managed: readonly string[] | undefined,
    taker: Taker,
    needs: Needs | undefined,
  ): void {
    if (managed) this.#merge(managed);
    const request = this.request(mode, signal, needs);
    const ready = this.core.provider.tryAcquire?.(request);
    if (ready) taker.acquired(ready, request);
    else this.#wait(request, taker).catch((error: BoltError) => taker.notAcquired(error));
  }

  async #wait(request: AcquireRequest, taker: Taker): Promise<void> {
    const { provider } = this.core;
    const { bookmarkManager: manager } = this.config;
    const connection = await provider.acquire(request);
    if (!manager) return taker.acquired(connection, request);
    // It may have taken long: what others have written since then counts too.
    try {
      const known = manager.getBookmarks();
      this.#merge("then" in known ? await this.#answer(known, request.signal) : known);
    } catch (error) {
      provider.release(connection);
      throw error;
    }
    taker.acquired(connection, { ...request, bookmarks: this.bookmarks });
  }

  /** A manager may be far away: it has as much time as a connection has. */
  #answer<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    const { clock, timeouts } = this.core.config;
    const afterMs = timeouts.acquireMs;
    const error = (): BoltError =>
      new TimeoutError(`the bookmark manager did not answer within ${afterMs} ms`, { afterMs });
    const deadline = new Deadline({ clock, afterMs, signal, error });
    deadline.doing = "waiting for the bookmark manager";
    return deadline.race(answer).finally(() => deadline.end());
  }

  #merge(managed: readonly string[]): void {
    const configured = this.#configured;
    this.bookmarks = configured.length === 0 ? managed : [...new Set([...managed, ...configured])];
  }
}
