// The handlers for answers on a connection: one per request, in the order of the requests. Knows nothing of
// what the requests are.
import type { BoltError, Metadata, Request } from "@bolt/protocol";

/** Receives the answer to one request. Called in the order of the requests, from the socket's callback. */
export interface ReplyHandler {
  /** The query that the request belongs to, for ServerFailure. */
  readonly query?: string | undefined;
  /** Rows of a PULL, as its RowReader built them; called any number of times before the summary. */
  onRecords?(records: unknown[]): void;
  onSuccess(metadata: Metadata, request: Request): void;
  /** Gets a ServerFailure, an IgnoredError (its `cause` is the earlier failure), or what broke the connection. */
  onFailure(error: BoltError, request: Request | undefined): void;
}

export const nothing = (): void => {};

/** For requests whose failure shows in the requests after them. */
export const UNHEARD: ReplyHandler = { onSuccess: nothing, onFailure: nothing };

/** Makes a handler of two functions. */
export function handler(
  onFailure: (error: BoltError) => void,
  onSuccess: (metadata: Metadata) => void = nothing,
): ReplyHandler {
  return { onSuccess, onFailure };
}
