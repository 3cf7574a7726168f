// Stack traces that lead to the caller's line. A server's failure is made where its bytes arrive, with nobody's call beneath
// it; who waits for it is known to the engine alone. It is asked when an error leaves, so what goes well pays nothing.
import { BoltError } from "@bolt/protocol";

const { captureStackTrace } = Error as {
  captureStackTrace?: (error: object, above: (...args: never[]) => unknown) => void;
};

/** Errors whose stack is as it shall be. */
const placed = new WeakSet<object>();

/** Says that `error` was made in the caller's own call, where its stack is the best one, and returns it. */
export function madeHere<T extends object>(error: T): T {
  placed.add(error);
  return error;
}

/**
 * What to resolve or return where a promise is to reject with `error`, so that it has the stack of whoever awaits it by
 * then; where the engine does not tell, it stays as it was. Costs nothing when the promise was settled before.
 */
export function rejection(error: unknown): PromiseLike<never> {
  // oxlint-disable-next-line unicorn/no-thenable -- called by the promise that takes it, if it still does
  return { then: (resolve, reject) => throwPlaced(error).then(resolve, reject) };
}

async function throwPlaced(error: unknown): Promise<never> {
  if (captureStackTrace && error instanceof BoltError && !placed.has(error)) {
    placed.add(error);
    // Now somebody listens to the promise of this call: the way to whoever awaits is complete.
    await Promise.resolve();
    captureStackTrace(error, throwPlaced);
  }
  throw error;
}
