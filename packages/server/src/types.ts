// Names of the layer beneath that the faces of this package are written in, in one place, and what comes now or later.
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

/** Now or later. */
export type MaybePromise<T> = T | PromiseLike<T>;

export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** The kind of a value: values are nothing for a log. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return isPromiseLike(value) ? "a promise" : `{ ${Object.keys(value).slice(0, 9).join(", ")} }`;
}

/**
 * Calls what must not harm its caller: what it throws, now or later, is told to `failed` and to nobody else. Returns
 * what is to be waited for, if anything is; it never rejects.
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
