// What can be observed of a running server: events to listen to, and counts to read at any time. Made for
// metrics and tracing; nothing here influences the server.
import type { Client } from "./backend.ts";
import { attempt } from "./maybe-promise.ts";
import type { DuplexInfo } from "./transport/transport.ts";

/** Events by name, with what they say. */
export interface ServerEvents {
  /** A connection was accepted. */
  connect: { readonly connectionId: string; readonly info: DuplexInfo };
  /** A client has logged in, or logged in again. */
  login: { readonly client: Client; readonly scheme: string; readonly user: string | undefined };
  /** LOGOFF (5.1+): the connection has no user until the next login. */
  logoff: { readonly client: Client };
  /** A login was refused. */
  loginFailed: {
    readonly client: Client;
    readonly scheme: string;
    readonly user: string | undefined;
    readonly code: string;
  };
  /** A query has ended, one way or another. `durationMs` runs from RUN to the last summary. */
  query: {
    readonly client: Client;
    readonly query: string;
    readonly database: string | undefined;
    readonly rows: number;
    readonly durationMs: number;
    readonly outcome: "success" | "failure" | "interrupted";
    /** Inside an explicit transaction. */
    readonly inTransaction: boolean;
  };
  /** An explicit transaction has ended. */
  transaction: {
    readonly client: Client;
    readonly outcome: "committed" | "rolled back" | "failed" | "interrupted";
    readonly durationMs: number;
  };
  /** A client was told of a failure. `errorId` is set when the real reason is only in the log. */
  failure: {
    readonly client: Client;
    readonly code: string;
    readonly message: string;
    readonly errorId: string | undefined;
  };
  /** A connection is gone. */
  disconnect: {
    readonly connectionId: string;
    readonly info: DuplexInfo;
    readonly reason: string;
    readonly durationMs: number;
    readonly bytesReceived: number;
    readonly bytesSent: number;
  };
}

/** Called with each event of its kind. */
export type Listener<K extends keyof ServerEvents> = (event: ServerEvents[K]) => void;

/** A very small emitter: typed and synchronous; a listener that throws, now or later, affects nothing else. */
export class Events {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Returns a function that removes the listener. */
  on<K extends keyof ServerEvents>(name: K, listener: Listener<K>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** The event is made only when it has a listener. */
  emit<K extends keyof ServerEvents>(name: K, make: () => ServerEvents[K]): void {
    const listeners = this.#listeners.get(name);
    if (!listeners?.size) return;
    const event = make();
    for (const listener of listeners) void attempt(() => listener(event as never), this.#failed);
  }
}

/** Gauges (now) and counters (since the start). */
export interface Metrics {
  /** Gauge: connections that are open, whatever protocol they speak. */
  connections: number;
  /** Gauge: connections that have logged in. */
  loggedIn: number;
  /** Gauge: explicit transactions and auto-commit queries that are open. */
  transactions: number;
  /** Gauge: results that have not been read to their end. */
  openResults: number;
  /** Gauge: connections whose client does not read as fast as the backend answers. */
  blocked: number;
  connectionsTotal: number;
  connectionsRefused: number;
  loginsFailed: number;
  queriesTotal: number;
  rowsSent: number;
  failuresTotal: number;
  bytesReceived: number;
  bytesSent: number;
}

export const noMetrics = (): Metrics => ({
  connections: 0,
  loggedIn: 0,
  transactions: 0,
  openResults: 0,
  blocked: 0,
  connectionsTotal: 0,
  connectionsRefused: 0,
  loginsFailed: 0,
  queriesTotal: 0,
  rowsSent: 0,
  failuresTotal: 0,
  bytesReceived: 0,
  bytesSent: 0,
});
