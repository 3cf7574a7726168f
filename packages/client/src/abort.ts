// Listening to a signal that somebody else owns. Knows nothing of what it ends.

/** Calls `act` once when the signal fires; what comes back takes the listener away. */
export function onceAborted(signal: AbortSignal, act: () => void): () => void {
  signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
}
