// Stack traces that lead to the caller's line. A server's failure is created where its bytes arrive, with no caller on
// the stack; only the engine knows what awaits it. It is asked when an error leaves, so successful calls pay nothing.
import { BoltError } from "@bolt/protocol";

const { captureStackTrace } = Error as {
  captureStackTrace?: (error: object, above: (...args: never[]) => unknown) => void;
};

/** Errors whose stack is final. */
const placed = new WeakSet<object>();

/** Marks `error` as created inside the caller's own call, where its stack is already the best one. Returns it. */
export function madeHere<T extends object>(error: T): T {
  placed.add(error);
  return error;
}

/**
 * Resolve or return this in place of rejecting with `error`: the error gets the stack of whatever awaits the promise by
 * then, or keeps its own where the engine cannot tell. Costs nothing if the promise is already settled.
 */
export function rejection(error: unknown): PromiseLike<never> {
  // oxlint-disable-next-line unicorn/no-thenable -- called by the promise that takes it, if it still does
  return { then: (resolve, reject) => throwPlaced(error).then(resolve, reject) };
}

async function throwPlaced(error: unknown): Promise<never> {
  if (captureStackTrace && error instanceof BoltError && !placed.has(error)) {
    placed.add(error);
    // By now this call's promise has its listener, so the chain of awaiting calls is complete.
    await Promise.resolve();
    captureStackTrace(error, throwPlaced);
  }
  throw error;
}
