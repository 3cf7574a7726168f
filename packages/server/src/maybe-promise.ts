// Values that may be promises, as backends return them.

/** A value, now or later. */
export type MaybePromise<T> = T | PromiseLike<T>;

export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Calls a function that must not harm its caller: what it throws, now or later, goes to `failed` only. Returns a
 * promise to wait for, if there is one; it never rejects.
 */
export function attempt(call: () => unknown, failed: (error: unknown) => void): Promise<unknown> | undefined {
  try {
    const result = call();
    return isPromiseLike(result) ? Promise.resolve(result).catch(failed) : undefined;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
