// One limit over a chain of waits: a point in time, the caller's AbortSignal, and the driver's own end, in
// one signal. Knows nothing of what is waited for but the words for it.
import type { BoltError } from "@bolt/protocol";
import type { Clock } from "./clock.ts";
import { TimeoutError, abortError } from "./errors.ts";

export interface DeadlineOptions {
  readonly clock: Clock;
  /** From now; Infinity is no limit. */
  readonly afterMs: number;
  /** What else ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error when the time is over; `doing` says what was being waited for. */
  readonly error: (doing: string) => BoltError;
}

/** Call `end()` when the work is done: timers and listeners are taken away then. */
export class Deadline {
  /** What is being done, for the error message: "waiting for a free connection"; or whose work is waited for. */
  doing: string | Deadline = "waiting";
  readonly #controller: AbortController = new AbortController();
  readonly #clock: Clock;
  readonly #at: number;
  readonly #end: () => void;

  constructor({ clock, afterMs, signal, error }: DeadlineOptions) {
    this.#clock = clock;
    this.#at = clock.now() + afterMs;
    const abort = (): void => this.abort(abortError(signal!, this.#words));
    const timer =
      afterMs === Infinity
        ? undefined
        : clock.setTimeout(() => this.abort(error(this.#words)), Math.max(0, afterMs));
    signal?.addEventListener("abort", abort, { once: true });
    this.#end = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    if (signal?.aborted) abort();
  }

  /** Its reason is always a BoltError. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get #words(): string {
    return typeof this.doing === "string" ? this.doing : this.doing.#words;
  }

  abort(error: BoltError): void {
    this.#end();
    this.#controller.abort(error);
  }

  end(): void {
    this.#end();
  }

  check(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }

  /**
   * Gives `work` one half of the time that is left, so that there is some for a second try elsewhere. Running
   * out of it is a TimeoutError that is `retryable`.
   */
  share<T>(work: (part: Deadline) => Promise<T>): Promise<T> {
    const clock = this.#clock;
    const afterMs = (this.#at - clock.now()) / 2;
    const part = new Deadline({
      clock,
      afterMs,
      signal: this.signal,
      error: (doing) =>
        new TimeoutError(`no answer within ${Math.round(afterMs)} ms, while ${doing}`, {
          afterMs,
          retryable: true,
        }),
    });
    this.doing = part;
    return work(part).finally(() => part.end());
  }

  /** The promise, or the deadline's error when that comes first; the promise goes on unheard then. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }
}
