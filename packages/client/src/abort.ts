// Listens to an AbortSignal of the caller. Knows nothing of the work that it ends.

/** Calls `act` once when the signal fires, if there is one; returns a function that removes the listener. */
export function onceAborted(signal: AbortSignal | undefined, act: (signal: AbortSignal) => void): () => void {
  if (!signal) return nothing;
  const { acts, fire } = watched.get(signal) ?? watch(signal);
  const mine = (): void => act(signal);
  acts.add(mine);
  return () => {
    if (!acts.delete(mine) || acts.size > 0) return;
    signal.removeEventListener("abort", fire);
    watched.delete(signal);
  };
}

/** What a signal ends, and the one listener for all of it. */
interface Watch {
  readonly acts: Set<() => void>;
  readonly fire: () => void;
}

// Not a listener for each: Node 20 takes the eleventh on a signal, such as that of a whole program, for a leak.
const watched = new WeakMap<AbortSignal, Watch>();

function watch(signal: AbortSignal): Watch {
  const acts = new Set<() => void>();
  const fire = (): void => {
    for (const act of acts) act();
  };
  signal.addEventListener("abort", fire, { once: true });
  watched.set(signal, { acts, fire });
  return { acts, fire };
}

const nothing = (): void => {};
