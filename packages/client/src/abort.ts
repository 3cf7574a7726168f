// Listening to a signal that somebody else owns. Knows nothing of what it ends.

/** Calls `act` once when the signal fires, if there is one; what comes back takes the listener away. */
export function onceAborted(signal: AbortSignal | undefined, act: (signal: AbortSignal) => void): () => void {
  if (!signal) return nothing;
  const fired = (): void => act(signal);
  signal.addEventListener("abort", fired, { once: true });
  return () => signal.removeEventListener("abort", fired);
}

const nothing = (): void => {};
