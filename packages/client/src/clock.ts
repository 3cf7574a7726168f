// The clock of everything in this package: time, timers and random numbers, so that tests and
// simulations can control all three. Knows nothing of connections.

/** Time as the driver sees it. Replace it (`{ clock }`) to run a driver on simulated time. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls `callback` once, `delayMs` from now; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** A number in [0, 1), for jitter; default `Math.random`. */
  random?(): number;
}

/**
 * The machine's clock: wall time. A monotonic clock stands still while a laptop sleeps or a function is
 * frozen, which is exactly when idle connections die and must be checked.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Every runtime turns longer delays into 1 ms.
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, 0x7fff_ffff)),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** Lets the process exit in spite of the timer, for housekeeping; a runtime without `unref` has no need of it. */
export function detachTimer(timer: unknown): void {
  (timer as { unref?(): void } | undefined)?.unref?.();
}
