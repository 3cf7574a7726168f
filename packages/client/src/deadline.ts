// One limit for a chain of waits: a point in time, the caller's AbortSignal and the end of the driver, in one
// signal. Knows nothing of the awaited work but its description.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "./abort.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { TimeoutError, abortError } from "./errors.ts";

export interface DeadlineOptions {
  readonly clock: Clock;
  /** From now; Infinity is no limit. */
  readonly afterMs: number;
  /** Also ends it when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error when the time is up; `doing` says what was awaited, `server` where. */
  readonly error: (doing: string, server: string | undefined) => BoltError;
}

/** Does `work` within a limit. Its deadline ends when the work does. */
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

/** Waits for an answer, at most `timeouts.acquireMs`. `who` names the source in the TimeoutError. */
export function answerOf<T>(
  who: string,
  answer: Promise<T>,
  { clock, timeouts }: Pick<Config, "clock" | "timeouts">,
  signal?: AbortSignal,
  server?: string,
): Promise<T> {
  const afterMs = timeouts.acquireMs;
  const error = (): BoltError =>
    new TimeoutError(`no answer from ${who} within ${afterMs} ms`, { afterMs, server });
  return within({ clock, afterMs, signal, error }, (deadline) => {
    deadline.doing = `waiting for ${who}`;
    deadline.server = server;
    return deadline.race(answer);
  });
}

/**
 * An abort signal whose reason is always a BoltError. Call `end()` when the work is done, to remove timers and
 * listeners.
 */
export class Deadline extends AbortController {
  /** The current work, for the error message: "waiting for a free connection"; or the deadline of the awaited work. */
  doing: string | Deadline = "waiting";
  /** `host:port` of the server involved, if there is one. */
  server: string | undefined;
  readonly #clock: Clock;
  readonly #at: number;
  readonly end: () => void;

  constructor({ clock, afterMs, signal, error }: DeadlineOptions) {
    super();
    this.#clock = clock;
    this.#at = clock.now() + afterMs;
    const abort = (fired: AbortSignal): void =>
      this.abort(this.#errorBy((doing, server) => abortError(fired, doing, server)));
    const timer =
      afterMs === Infinity
        ? undefined
        : clock.setTimeout(() => this.abort(this.#errorBy(error)), Math.max(0, afterMs));
    const unlisten = onceAborted(signal, abort);
    this.end = () => {
      if (timer !== undefined) clock.clearTimeout(timer);
      unlisten();
    };
    if (signal?.aborted) abort(signal);
  }

  #errorBy(make: DeadlineOptions["error"]): BoltError {
    const { doing, server } = this;
    return typeof doing === "string" ? make(doing, server) : doing.#errorBy(make);
  }

  override abort(error: BoltError): void {
    this.end();
    super.abort(error);
  }

  check(): void {
    this.signal.throwIfAborted();
  }

  /**
   * Does `work` within the deadline; in a hurry, within half of the time left, so that some remains for a second try
   * elsewhere. Running out of that half is a `retryable` TimeoutError.
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

  /** Settles like `promise`, or rejects with the deadline's error if that comes first; `promise` is ignored then. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) abort();
      promise.then(resolve, reject).finally(onceAborted(signal, abort));
    });
  }
}
