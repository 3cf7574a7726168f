// The engine of one result: sends RUN and PULL, receives rows, requests batches ahead of the reader, pauses the
// socket when the reader is slow. Knows its connection while it runs; knows no session and no promise.
import {
  type BoltError,
  type Metadata,
  RemoteProtocolError,
  type Request,
  type TransactionExtra,
} from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import type { Connection } from "../connection/connection.ts";
import type { ServerInfo } from "../connection/dialogue.ts";
import type { ReplyHandler } from "../connection/replies.ts";
import { type TraceContext, traces } from "../diagnostics.ts";
import { abortError, isIdempotent, maskPasswords } from "../errors.ts";
import { BatchSize } from "./batch-size.ts";
import { RowBuffer } from "./row-buffer.ts";
import { rowMapper } from "./row-mapper.ts";
import { RowLayout } from "./row.ts";
import type { StreamConfig, StreamOwner } from "./stream-owner.ts";
import { Summary } from "./summary.ts";
import { Waiters } from "./waiters.ts";

/** Bytes of unread rows above which the socket is paused, and below which it is resumed. */
const PAUSE_ABOVE = 1 << 20;
const RESUME_BELOW = 1 << 18;

// What is wanted of the rows to come; it only ever grows.
const NOTHING = 0;
/** A reader takes them at its own pace. */
const SOME = 1;
/** Fetch everything: the reader collects all rows, or later work waits for this result. */
const ALL = 2;
/** Keep the rows already requested, and have the server discard the rest. */
const NO_MORE = 3;
/** Keep none. */
const NONE = 4;

export class ResultStream implements ReplyHandler {
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly layout: RowLayout;
  /** Rows that have arrived but are not yet taken, as layout.read built them. */
  readonly buffer: RowBuffer = new RowBuffer();
  /** The metadata of RUN's SUCCESS. */
  started: Metadata | undefined;
  /** Complete, failed or aborted: nothing more comes from the connection. */
  ended = false;
  /** Ended, and the readers may know it. */
  settled = false;
  error: BoltError | undefined;
  /** What the reader's function threw in pour(). */
  thrown: { readonly error: unknown } | undefined;
  /** Rows were lost to abandon() or discard(). */
  dropped = false;
  /** A reader has received its failure. */
  told = false;

  readonly #owner: StreamOwner;
  readonly #batch: BatchSize;
  #connection: Connection | undefined;
  #server: ServerInfo | undefined;
  #last: Metadata = {};
  #bytesMark = 0;
  #rows = 0;
  /** Rows that arrived before the current batch. */
  #rowsBefore = 0;
  /** The PULL or DISCARD that awaits its answer, by what it asked for; or whether one may be sent. */
  #asked: "batch" | "all" | "may" | "not" = "not";
  #aim = NOTHING;
  #wanted = 0;
  #sink: ((row: never) => void) | undefined;
  readonly #waiters: Waiters = new Waiters();
  #refused: BoltError | undefined;
  #unlisten: (() => void) | undefined;
  readonly #trace: TraceContext | undefined;

  /** @param fetchSize rows per PULL: -1 for all; undefined begins with 1000 and grows while the reader keeps up */
  constructor(
    owner: StreamOwner,
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    fetchSize: number | undefined,
    config: StreamConfig,
  ) {
    this.#owner = owner;
    this.query = query;
    this.parameters = parameters;
    this.layout = new RowLayout(rowMapper(config));
    this.#batch = new BatchSize(fetchSize);
    this.#trace = traces.query.heard ? traces.query.begin({ query: maskPasswords(query) }) : undefined;
    if (config.signal) this.#listen(config.signal);
  }

  /** Queues RUN and PULL; the caller flushes. If packing throws, this rethrows with nothing queued. */
  send(connection: Connection, extra: TransactionExtra): void {
    connection.run(this.query, this.parameters, extra, this);
    this.#connection = connection;
    this.#server = connection.server;
    this.#bytesMark = connection.bytesReceived;
    if (!connection.supports(4)) this.#batch.rows = -1;
    this.#asked = this.#batch.rows === -1 ? "all" : "batch";
    connection.pull({ n: this.#batch.rows, rows: this.layout.read }, this);
  }

  /** Fetches everything at once and never pauses the socket: others wait for the connection. */
  hurry(): void {
    this.#seek(ALL);
  }

  /**
   * The rest will not be read. A result that arrives completely can still be read. Any other is emptied, so that a part
   * is never taken for the whole.
   */
  abandon(): void {
    if (this.#aim === ALL) return;
    // A PULL for everything is under way: the rest arrives in any case, and is dropped.
    this.#seek(this.#asked === "all" ? NONE : NO_MORE);
  }

  /** Discards the rest: there is no reader any more. */
  discard(): void {
    this.dropped ||= this.buffer.unread > 0;
    this.buffer.drop();
    this.#seek(NONE);
  }

  /** Whether another reader had the rows: some were dropped, or all taken. A failure is for every reader. */
  get consumed(): boolean {
    return !this.error && (this.dropped || (this.settled && this.buffer.unread === 0 && this.#rows > 0));
  }

  /** All of its rows have been requested. */
  get isAskedForAll(): boolean {
    return this.#asked === "all";
  }

  /** Whether a reader has received its failure, or waits and will receive it. */
  get heard(): boolean {
    return this.told || this.#waiters.any;
  }

  /** `host:port` of the server it runs on or ran on. */
  get server(): string | undefined {
    return this.#server?.address;
  }

  // For the reader:

  /** Takes the next row; call only if the buffer has one. */
  take(): unknown {
    const { buffer } = this;
    const before = buffer.bytes;
    const row = buffer.take();
    if (buffer.bytes !== before && buffer.bytes < RESUME_BELOW) this.#connection?.resume();
    if (buffer.unread === this.#batch.low) this.#demand();
    return row;
  }

  /** Passes rows to `sink` as they are decoded, after those already buffered. If it throws, the rest is discarded. */
  pour(sink: (row: never) => void): void {
    this.#sink = sink;
    const here = this.buffer.takeAll();
    this.collect();
    this.#drain(here);
  }

  /** Calls `changed` once at the next event: rows, keys, the end. Requests rows if fewer than `rows` are buffered. */
  wait(changed: () => void, rows: number): void {
    if (rows > 0) {
      if (this.#aim === NOTHING) this.#aim = SOME;
      if (this.#isAsked && this.#rows > 0) this.#batch.starved();
    }
    this.#waiters.add(changed);
    this.#wanted = Math.max(this.#wanted, rows);
    this.#demand();
  }

  /** Fetches all rows, to be taken at the end. */
  collect(): void {
    this.#seek(ALL);
  }

  /** Call only after a success. */
  summary(): Summary {
    return new Summary({
      query: this.query,
      parameters: this.parameters,
      server: this.#server!,
      started: this.started ?? {},
      ended: this.#last,
      rows: this.#rows > 0,
    });
  }

  /** Ends it with an error. If it was running, its owner cleans up. */
  fail(error: BoltError): void {
    if (this.ended) return;
    this.#settle(this.#owner.streamFailed(this, error, this.#end()), error);
  }

  // For the connection:

  onRecords(records: unknown[]): void {
    this.#rows += records.length;
    if (this.ended) return;
    if (this.#aim === NONE) {
      this.dropped = true;
      // The rows before would be taken for the whole result.
      this.buffer.drop();
      return;
    }
    if (this.#sink) return this.#drain(records);
    const connection = this.#connection!;
    const weight = connection.bytesReceived - this.#bytesMark;
    this.#bytesMark = connection.bytesReceived;
    this.buffer.add(records, weight);
    if (this.buffer.bytes > PAUSE_ABOVE && this.#aim < ALL) connection.pause();
    this.#wake();
  }

  onSuccess(metadata: Metadata, request: Request): void {
    if (request.name === "RUN") {
      // Even after an abort: rows that still arrive must be read to be skipped.
      this.started = metadata;
      this.layout.setKeys(metadata.fields ?? []);
      this.#wake();
      return;
    }
    if (this.ended) return;
    const asked = this.#asked;
    this.#asked = "not";
    if (metadata.hasMore === true) {
      if (asked === "all") return this.#moreThanAll();
      this.#asked = "may";
      this.#batch.came(this.#rows - this.#rowsBefore);
      this.#demand();
      return;
    }
    this.#last = metadata;
    this.#end();
    this.#settle(this.#owner.streamEnded(this, metadata));
  }

  onFailure(error: BoltError, request: Request | undefined): void {
    if (this.ended) return;
    if (this.#refused) {
      // The PULL after the refused RUN: nothing more of the first attempt can arrive.
      const first = this.#refused;
      this.#refused = undefined;
      if (request === undefined || !this.#owner.resend?.()) this.fail(first);
      return;
    }
    if (request?.name === "RUN" && this.#owner.resend && isIdempotent(error)) this.#refused = error;
    else this.fail(error);
  }

  #drain(records: unknown[]): void {
    const sink = this.#sink as (row: unknown) => void;
    try {
      const { layout } = this;
      if (layout.converts) {
        for (let i = 0; i < records.length; i++) sink(layout.rowOf(records[i]));
      } else {
        for (let i = 0; i < records.length; i++) sink(records[i]);
      }
    } catch (error) {
      this.thrown = { error };
      this.discard();
    }
  }

  // Lets go of the connection, which others may use from now on. Returns whether there was one.
  #end(): boolean {
    const connection = this.#connection;
    this.#connection = undefined;
    this.ended = true;
    this.#asked = "not";
    this.#unlisten?.();
    connection?.resume();
    return connection !== undefined;
  }

  get #isAsked(): boolean {
    return this.#asked === "batch" || this.#asked === "all";
  }

  #seek(aim: number): void {
    if (this.ended) return;
    this.#aim = Math.max(this.#aim, aim);
    this.#connection?.resume();
    this.#demand();
  }

  // Requests more rows if there are any and they are due.
  #demand(): void {
    const aim = this.#aim;
    if (this.#asked !== "may" || aim === NOTHING) return;
    const { unread } = this.buffer;
    if (aim === SOME && unread >= this.#wanted && unread > this.#batch.low) return;
    const connection = this.#connection!;
    const qid = this.#owner.isBehind?.(this) ? this.started!.qid : undefined;
    this.#asked = aim === SOME ? "batch" : "all";
    this.#rowsBefore = this.#rows;
    try {
      if (aim > ALL) {
        this.dropped = true;
        this.buffer.drop();
        connection.discard({ n: -1, qid }, this);
      } else {
        connection.pull({ n: aim === ALL ? -1 : this.#batch.next(), qid, rows: this.layout.read }, this);
      }
      connection.flush();
    } catch (error) {
      // The connection broke while no request was pending.
      this.fail(error as BoltError);
    }
  }

  /** Fails the result: requesting again could go on forever. */
  #moreThanAll(): void {
    const connection = this.#connection!;
    const message = "the server was asked for all rows and says that there are more";
    const error = new RemoteProtocolError(message, connection.state, "SUCCESS with has_more");
    connection.broken(error);
    this.fail(error);
  }

  #listen(signal: AbortSignal): void {
    this.#unlisten = onceAborted(signal, () => {
      this.buffer.drop();
      const doing = this.#server ? "running a query" : "waiting to run a query";
      this.fail(abortError(signal, doing, this.server));
    });
  }

  /** Settles after `held`, which may reject itself. */
  #settleLater(held: Promise<void>, error: BoltError | undefined): void {
    held.then(
      () => this.#settle(undefined, error),
      (late: BoltError) => this.#settle(undefined, error ?? late),
    );
  }

  /** Lets the readers know, once `held` has settled. */
  #settle(held: void | Promise<void>, error?: BoltError): void {
    if (held) return this.#settleLater(held, error);
    this.settled = true;
    this.error = error;
    const trace = this.#trace;
    if (trace) {
      traces.query.done(
        Object.assign(trace, { server: this.server, database: this.#last.db, rows: this.#rows }),
        error,
      );
    }
    this.#wake();
  }

  #wake(): void {
    this.#wanted = 0;
    this.#waiters.wake();
  }
}
