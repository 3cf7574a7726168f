// Guards against callbacks of the program that only listen. Knows nothing of what they receive.

/** Wraps a listener so that it cannot fail the caller: what it throws becomes an uncaught error of the program. */
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
