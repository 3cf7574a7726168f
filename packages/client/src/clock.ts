// The clock that everything in this package reads: time, timers and chance, so that tests and
// simulations can hold all three. Knows nothing of connections.

/** Time as the driver sees it. Replace it (`{ clock }`) to run a driver on simulated time. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Calls `callback` once, `delayMs` from now; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** A number in [0, 1), for jitter; default `Math.random`. */
  random?(): number;
}

/**
 * The clock of the machine. Wall time, not a monotonic clock: those stand still while a laptop sleeps or a
 * function is frozen, which is exactly when idle connections die and have to be checked.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Longer delays wrap around to 1 ms in every runtime.
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, 0x7fff_ffff)),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** Housekeeping must not keep a process alive; where timers cannot be detached there is no such process. */
export function detachTimer(timer: unknown): void {
  (timer as { unref?(): void } | undefined)?.unref?.();
}
