// Who is told of the answers on a connection: one handler per request, in the order of the requests. Knows
// nothing of what the requests are.
import type { BoltError, Metadata, Request } from "@bolt/protocol";

/** Receives what comes back for one request. Called in the order of the requests, from the socket's callback. */
export interface ReplyHandler {
  /** The query that the request belongs to, for the facts of a ServerFailure. */
  readonly query?: string | undefined;
  /** Rows of a PULL, as its RowReader built them; any number of calls before the end. */
  onRecords?(records: unknown[]): void;
  onSuccess(metadata: Metadata, request: Request): void;
  /** ServerFailure, IgnoredError (`cause` is the failure it is due to), or what broke the connection. */
  onFailure(error: BoltError, request: Request | undefined): void;
}

export const nothing = (): void => {};

/** For requests whose failure shows in what follows them. */
export const UNHEARD: ReplyHandler = { onSuccess: nothing, onFailure: nothing };

/** A handler made of two functions. */
export function handler(
  onFailure: (error: BoltError) => void,
  onSuccess: (metadata: Metadata) => void = nothing,
): ReplyHandler {
  return { onSuccess, onFailure };
}

// Handlers that have been served stay in front of the queue until there are this many of them, and as many as wait.
const SERVED_LIMIT = 1024;
// An array that is emptied gives its memory back, to be asked for again by the next request: up to this length it
// is kept as it is.
const KEPT = 16;

/** First in, first out, at the same cost however many there are. */
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

  /** The next one to be served. */
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

  /** Everybody who still waits; the queue is empty afterwards. */
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
