// Names of the layer beneath that the faces of this package are written in, in one place.
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
  return (
    value !== null && typeof value === "object" && typeof (value as { then?: unknown }).then === "function"
  );
}
