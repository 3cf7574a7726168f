// Listens to an AbortSignal of the caller. Knows nothing of the work that it ends.

/** Calls `act` once when the signal fires, if there is one; returns a function that removes the listener. */
export function onceAborted(signal: AbortSignal | undefined, act: (signal: AbortSignal) => void): () => void {
  if (!signal) return nothing;
  const fired = (): void => act(signal);
  signal.addEventListener("abort", fired, { once: true });
  return () => signal.removeEventListener("abort", fired);
}

const nothing = (): void => {};
