// One unit of work: an explicit transaction, or a query that is a transaction of its own. Knows what has to
// be undone when it stops, whyever it stops, and sees to it that this happens once.
import type { TransactionExtra } from "@bolt/protocol";
import type { Client, Context, NotificationFilter, Transaction, TransactionOptions } from "./backend.ts";
import { Alarm, type Clock } from "./clock.ts";
import { Interruption } from "./interruption.ts";
import type { ResultStream } from "./result-stream.ts";
import { isPromiseLike } from "./types.ts";

/** A context as the backend gets it. Its signal costs nothing until somebody looks at it. */
export class WorkContext implements Context {
  readonly principal: unknown;
  readonly client: Client;
  readonly database: string | undefined;
  readonly accessMode: "read" | "write";
  readonly bookmarks: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number | undefined;
  readonly impersonatedUser: string | undefined;
  readonly notificationFilter: NotificationFilter;
  #controller: AbortController | undefined;
  #interruption: Interruption | undefined;

  constructor(principal: unknown, client: Client, options: TransactionOptions) {
    this.principal = principal;
    this.client = client;
    this.database = options.database;
    this.accessMode = options.accessMode;
    this.bookmarks = options.bookmarks;
    this.metadata = options.metadata;
    this.timeoutMs = options.timeoutMs;
    this.impersonatedUser = options.impersonatedUser;
    this.notificationFilter = options.notificationFilter;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#interruption) this.#controller.abort(this.#interruption);
    }
    return this.#controller.signal;
  }

  abort(interruption: Interruption): void {
    this.#interruption ??= interruption;
    this.#controller?.abort(this.#interruption);
  }
}

/** What a client said in RUN or BEGIN, with this server's defaults. `defaults`: the connection's filter. */
export function optionsOf(
  extra: TransactionExtra,
  defaults: NotificationFilter,
  defaultTimeoutMs: number,
): TransactionOptions {
  // 0 is no timeout, and so is nonsense such as a negative one.
  const timeoutMs = extra.txTimeoutMs ?? defaultTimeoutMs;
  return {
    database: extra.db || undefined,
    accessMode: extra.mode === "r" ? "read" : "write",
    bookmarks: extra.bookmarks ?? [],
    metadata: extra.txMetadata ?? {},
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
    impersonatedUser: extra.impUser,
    notificationFilter: {
      minimumSeverity: extra.notificationsMinimumSeverity ?? defaults.minimumSeverity,
      disabledClassifications: extra.notificationsDisabledClassifications ?? defaults.disabledClassifications,
    },
  };
}

export class Work {
  readonly context: WorkContext;
  readonly explicit: boolean;
  readonly startedAt: number;
  /** Open results by qid. */
  readonly results: Map<number, ResultStream> = new Map();
  /** Once BEGIN has succeeded. */
  transaction: Transaction | undefined;
  /** COMMIT or ROLLBACK was asked of the backend: nothing is asked of it any more. */
  completing = false;
  /** Why it stopped before its end. */
  interruption: Interruption | undefined;
  ended = false;
  /** The call of the backend that has not settled. */
  inFlight: PromiseLike<unknown> | undefined;
  #alarm: Alarm | undefined;

  constructor(clock: Clock, context: WorkContext, explicit: boolean) {
    this.context = context;
    this.explicit = explicit;
    this.startedAt = clock.now();
  }

  /** Starts the transaction's own clock, if it has one. */
  watch(clock: Clock, timedOut: () => void): void {
    const { timeoutMs } = this.context;
    if (timeoutMs === undefined) return;
    this.#alarm = new Alarm(clock, timedOut);
    this.#alarm.set(timeoutMs);
  }

  /** COMMIT or ROLLBACK: from now on the time is the backend's. */
  complete(): Transaction | undefined {
    this.completing = true;
    this.#alarm?.dispose();
    return this.transaction;
  }

  /**
   * It is over: results are closed, a transaction that nobody completes is rolled back. Returns what is still
   * to be waited for; it never rejects. `failed` is told what goes wrong meanwhile.
   */
  end(interruption: Interruption | undefined, failed: (error: unknown) => void): Promise<unknown> | undefined {
    if (this.ended) return undefined;
    this.ended = true;
    this.#alarm?.dispose();
    if (interruption) {
      this.interruption = interruption;
      this.context.abort(interruption);
    }
    const waits: PromiseLike<unknown>[] = this.closeResults(failed);
    const { transaction, inFlight } = this;
    if (transaction && !this.completing) {
      this.completing = true;
      const rollback = (): unknown => attempt(() => transaction.rollback(), failed);
      // Not beside a query that is still running: the transaction is the backend's to use alone.
      const rolledBack = inFlight ? inFlight.then(rollback, rollback) : rollback();
      if (isPromiseLike(rolledBack)) waits.push(rolledBack);
    } else if (inFlight) waits.push(inFlight);
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  /** Closes all open results; returns what to wait for. */
  closeResults(failed: (error: unknown) => void): PromiseLike<unknown>[] {
    const waits: PromiseLike<unknown>[] = [];
    for (const result of this.results.values()) {
      const closed = attempt(() => result.close(), failed);
      if (isPromiseLike(closed)) waits.push(closed);
    }
    this.results.clear();
    return waits;
  }
}

/** Calls something that may fail now or later without concerning anybody but the operator. */
function attempt(call: () => unknown, failed: (error: unknown) => void): unknown {
  try {
    const result = call();
    return isPromiseLike(result) ? Promise.resolve(result).catch(failed) : undefined;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
