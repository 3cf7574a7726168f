// Time: the clock that tests replace, and the alarm that everything with a deadline uses.
// Knows nothing of connections.

/** Time as the server sees it. Replace it (`{ clock }`) to run a server on simulated time. */
export interface Clock {
  /** Milliseconds since any fixed moment; never runs backwards. */
  now(): number;
  /**
   * Calls `callback` once, `delayMs` from now, which may be Infinity; returns what `clearTimeout` takes. With `hold`
   * the timer alone keeps the process from exiting.
   */
  setTimeout(callback: () => void, delayMs: number, hold?: boolean): unknown;
  clearTimeout(timer: unknown): void;
  /** Calls `callback` soon, after waiting I/O has had its turn. */
  defer(callback: () => void): void;
}

/** Longer delays wrap around to 1 ms in every runtime. */
const MAX_DELAY_MS = 0x7fff_ffff;

// Workers and browsers have no setImmediate.
const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };

/** The machine's clock. Without `hold` its timers do not keep the process from exiting: sockets do that. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs, hold = false) => {
    const timer: unknown = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    if (!hold) (timer as { unref?(): void }).unref?.();
    return timer;
  },
  clearTimeout: (timer) => clearTimeout(timer as number),
  defer: (callback) => void (setImmediate ?? setTimeout)(callback),
};

/** Waits until `done` has settled; false when that takes longer than `timeoutMs`. `hold` as in {@link Clock}. */
export function within(
  clock: Clock,
  timeoutMs: number,
  done: Promise<unknown>,
  hold?: boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(false), timeoutMs, hold);
    const settled = (): void => {
      clock.clearTimeout(timer);
      resolve(true);
    };
    done.then(settled, settled);
  });
}

/**
 * A deadline that moves often and passes rarely. Moving it later costs no timer: the running one notices
 * when it fires, and is started again for the time that is left.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Infinity;
  #timer: unknown;
  #timerAt = Infinity;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings once, `delayMs` from now, in place of any earlier setting. Infinity is never. */
  set(delayMs: number): void {
    this.#at = this.#clock.now() + delayMs;
    if (this.#at < this.#timerAt) this.#start();
  }

  /** Keeps it from ringing. */
  cancel(): void {
    this.#at = Infinity;
  }

  /** Cancels, and clears the timer. */
  dispose(): void {
    this.cancel();
    this.#stop();
  }

  #start(): void {
    this.#stop();
    this.#timerAt = this.#at;
    this.#timer = this.#clock.setTimeout(this.#fired, Math.max(0, this.#at - this.#clock.now()));
  }

  #stop(): void {
    if (this.#timerAt !== Infinity) this.#clock.clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  readonly #fired = (): void => {
    this.#timerAt = Infinity;
    if (this.#at === Infinity) return;
    // Timers of some runtimes fire a fraction early; a whole millisecond more costs nothing.
    if (this.#clock.now() + 1 < this.#at) return this.#start();
    this.#at = Infinity;
    this.#ring();
  };
}
