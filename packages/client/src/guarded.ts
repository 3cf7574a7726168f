// Callbacks of the program that only listen. Knows nothing of what they are told.

/** A listener that must not hinder us: what it throws is the program's error, as in an event listener. */
export function guarded<Facts extends unknown[]>(
  listener: (...facts: Facts) => void,
): (...facts: Facts) => void {
  return (...facts) => {
    try {
      listener(...facts);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
