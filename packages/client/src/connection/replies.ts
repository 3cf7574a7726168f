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

// Served handlers are removed from the front of the array once there are this many, and as many as wait.
const SERVED_LIMIT = 1024;
// Emptying an array frees its memory, only for the next request to allocate it again: up to this length the array is
// kept.
const KEPT = 16;

/** First in, first out, at constant cost per handler. */
export class HandlerQueue {
  #handlers: (ReplyHandler | undefined)[] = [];
  #served = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#served;
  }

  push(added: ReplyHandler): void {
    this.#handlers[this.#end++] = added;
  }

  /** The handler to be served next. */
  first(): ReplyHandler | undefined {
    return this.#handlers[this.#served];
  }

  take(): ReplyHandler {
    const taken = this.#handlers[this.#served]!;
    this.#handlers[this.#served++] = undefined;
    if (this.#served === this.#end) this.#clear();
    else if (this.#served >= SERVED_LIMIT && this.#served * 2 >= this.#end) {
      this.#handlers = this.#handlers.slice(this.#served, this.#end);
      this.#end -= this.#served;
      this.#served = 0;
    }
    return taken;
  }

  /** Removes and returns all waiting handlers. */
  takeAll(): ReplyHandler[] {
    const waiting = this.#handlers.slice(this.#served, this.#end) as ReplyHandler[];
    this.#handlers = [];
    this.#clear();
    return waiting;
  }

  #clear(): void {
    this.#served = this.#end = 0;
    if (this.#handlers.length > KEPT) this.#handlers = [];
  }
}
