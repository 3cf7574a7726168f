// Listens to an AbortSignal of the caller. Knows nothing of the work that it ends.

/** Calls `act` once when the signal fires, if there is one; returns a function that removes the listener. */
export function onceAborted(signal: AbortSignal | undefined, act: (signal: AbortSignal) => void): () => void {
  if (!signal) return nothing;
  const mine = (): void => act(signal);
  let acts = watched.get(signal);
  if (!acts) {
    watched.set(signal, (acts = new Set()));
    signal.addEventListener("abort", fire);
  }
  acts.add(mine);
  return () => {
    if (!acts.delete(mine) || acts.size > 0) return;
    signal.removeEventListener("abort", fire);
    watched.delete(signal);
  };
}

// What a signal ends. Not a listener for each: Node 20 takes the eleventh on a signal, such as that of a whole program,
// for a leak.
const watched = new WeakMap<EventTarget, Set<() => void>>();

function fire({ target }: Event): void {
  for (const act of watched.get(target!) ?? []) act();
}

const nothing = (): void => {};
