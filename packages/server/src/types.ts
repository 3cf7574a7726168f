// The types of the layer below that this package's interfaces use, and helpers for values that may be promises.
export type {
  AuthToken,
  BoltAgent,
  BoltVersion,
  Dictionary,
  GqlStatusObject,
  MessageObserver,
  Metadata,
  Notification,
  State,
  Value,
} from "@bolt/protocol";

/** A value, now or later. */
export type MaybePromise<T> = T | PromiseLike<T>;

export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Describes a value by its kind: the values themselves do not belong in a log. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return isPromiseLike(value) ? "a promise" : `{ ${Object.keys(value).slice(0, 9).join(", ")} }`;
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
