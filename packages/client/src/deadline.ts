// One limit over a chain of waits: a point in time, the caller's AbortSignal, and the driver's own end, in
// one signal. Knows nothing of what is waited for but the words for it.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "./abort.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { TimeoutError, abortError } from "./errors.ts";

export interface DeadlineOptions {
  readonly clock: Clock;
  /** From now; Infinity is no limit. */
  readonly afterMs: number;
  /** What else ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error when the time is over; `doing` says what was being waited for, `server` where. */
  readonly error: (doing: string, server: string | undefined) => BoltError;
}

/** Does `work` within a limit; the deadline is over with it. */
export async function within<T>(
  options: DeadlineOptions,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(options);
  try {
    return await work(deadline);
  } finally {
    deadline.end();
  }
}

/** What somebody answers, who has as much time for it as a connection has to be there. */
export function answerOf<T>(
  who: string,
  answer: Promise<T>,
  { clock, timeouts }: Pick<Config, "clock" | "timeouts">,
  signal?: AbortSignal,
  server?: string,
): Promise<T> {
  const afterMs = timeouts.acquireMs;
  const error = (): BoltError =>
    new TimeoutError(`no answer of ${who} within ${afterMs} ms`, { afterMs, server });
  return within({ clock, afterMs, signal, error }, (deadline) => {
    deadline.doing = `waiting for ${who}`;
    deadline.server = server;
    return deadline.race(answer);
  });
}

/**
 * A signal whose reason is always a BoltError. Call `end()` when the work is done: timers and listeners are taken away
 * then.
 */
export class Deadline extends AbortController {
  /** What is being done, for the error message: "waiting for a free connection"; or whose work is waited for. */
  doing: string | Deadline = "waiting";
  /** `host:port` of where that is, if it is at a server. */
  server: string | undefined;
  readonly #clock: Clock;
  readonly #at: number;
  readonly end: () => void;

  constructor({ clock, afterMs, signal, error }: DeadlineOptions) {
    super();
    this.#clock = clock;
    this.#at = clock.now() + afterMs;
    const abort = (fired: AbortSignal): void =>
      this.abort(this.#told((doing, server) => abortError(fired, doing, server)));
    const timer =
      afterMs === Infinity
        ? undefined
        : clock.setTimeout(() => this.abort(this.#told(error)), Math.max(0, afterMs));
    const unlisten = onceAborted(signal, abort);
    this.end = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      unlisten();
    };
    if (signal?.aborted) abort(signal);
  }

  #told(error: DeadlineOptions["error"]): BoltError {
    const { doing, server } = this;
    return typeof doing === "string" ? error(doing, server) : doing.#told(error);
  }

  override abort(error: BoltError): void {
    this.end();
    super.abort(error);
  }

  check(): void {
    this.signal.throwIfAborted();
  }

  /**
   * Does `work` within it; in a hurry within one half of the time that is left, so that there is some for a second try
   * elsewhere. Running out of that half is a TimeoutError that is `retryable`.
   */
  share<T>(inHurry: boolean, work: (part: Deadline) => Promise<T>): Promise<T> {
    if (!inHurry) return work(this);
    const clock = this.#clock;
    const afterMs = (this.#at - clock.now()) / 2;
    const error: DeadlineOptions["error"] = (doing, server) =>
      new TimeoutError(`no answer within ${Math.round(afterMs)} ms, while ${doing}`, {
        afterMs,
        server,
        retryable: true,
      });
    return within({ clock, afterMs, signal: this.signal, error }, (part) => {
      part.server = this.server;
      this.doing = part;
      return work(part);
    });
  }

  /** The promise, or the deadline's error when that comes first; the promise goes on unheard then. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) abort();
      promise.then(resolve, reject).finally(onceAborted(signal, abort));
    });
  }
}
