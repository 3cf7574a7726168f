// The engine of one result: RUN and PULL out, rows in, batches asked for ahead of the reader, the socket held
// back when the reader is slow. Knows its connection while it runs; knows no session, and no promise.
import type { BoltError, Metadata, Request, TransactionExtra } from "@bolt/protocol";
import type { Connection, ServerInfo } from "./connection.ts";
import { type TraceContext, traces } from "./diagnostics.ts";
import { abortError, maskPasswords, ResultConsumedError } from "./errors.ts";
import type { ReplyHandler } from "./replies.ts";
import { isIdempotent } from "./retry.ts";
import { RowLayout } from "./row.ts";
import { Summary } from "./summary.ts";

/** Who runs results: a session, a transaction or a pipeline. */
export interface StreamOwner {
  /** The result is complete. A promise holds that back from the readers; its rejection makes it a failure. */
  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void>;
  /** It failed, or was aborted while it ran. A promise holds the error back from the readers. */
  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void>;
  /** It was aborted or failed before it was sent. */
  streamUnsent(stream: ResultStream): void;
  /** Whether another RUN came after it on the same connection, so that PULL must name the result. */
  isBehind?(stream: ResultStream): boolean;
  /** Whether a refused RUN is worth sending again, as it is; then the owner does so. */
  resend?(stream: ResultStream, error: BoltError): boolean;
}

/** What a result needs to know besides its query. */
export interface StreamOptions {
  /** Rows per PULL: -1 for all; undefined begins with 1000 and grows while the reader keeps up. */
  readonly fetchSize: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What becomes of each row; the reader gets what it returns. */
  readonly map?: ((row: Record<string, unknown>) => unknown) | undefined;
}

const FIRST_BATCH = 1000;
const LARGEST_BATCH = 16_000;
/** Bytes of unread rows above which the socket is paused, and below which it is resumed. */
const PAUSE_ABOVE = 1 << 20;
const RESUME_BELOW = 1 << 18;

export class ResultStream implements ReplyHandler {
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly layout: RowLayout = new RowLayout();
  readonly owner: StreamOwner;
  readonly map: StreamOptions["map"];
  readonly signal: AbortSignal | undefined;
  /** The RUN's SUCCESS. */
  started: Metadata | undefined;
  /** Complete, failed or aborted: nothing more comes from the connection. */
  ended = false;
  /** As ended, and the readers may know of it. */
  settled = false;
  error: BoltError | undefined;
  /** What the reader's own function threw out of pour(). */
  thrown: { readonly error: unknown } | undefined;
  /** Rows received and not taken. */
  unread = 0;
  /** Somebody has begun to read. */
  reading = false;
  /** Somebody waits, or has waited, for what becomes of it. */
  heard = false;

  readonly #adaptive: boolean;
  #starved = false;
  #batchSize: number;
  /** When so many rows are left, the next batch is asked for. */
  #low: number;
  #connection: Connection | undefined;
  #server: ServerInfo | undefined;
  #last: Metadata = {};
  // Batches as they came, what each weighs in bytes, and the place of the reader in the first of them.
  #batches: unknown[][] = [];
  #weights: number[] = [];
  #at = 0;
  #unreadBytes = 0;
  #bytesMark = 0;
  #rows = 0;
  /** A PULL or DISCARD is on its way. */
  #asked = false;
  #hasMore = false;
  /** Take everything: the reader collects, or somebody waits behind this result. */
  #all = false;
  /** Rows are not kept. */
  #discarding = false;
  /** What is asked for is kept, but no more is to be asked for. */
  #abandoned = false;
  #dropped = false;
  #wanted = 0;
  #sink: ((row: never) => void) | undefined;
  #changed: (() => void)[] = [];
  #refused: BoltError | undefined;
  #onAbort: (() => void) | undefined;
  readonly #trace: TraceContext | undefined;

  constructor(
    owner: StreamOwner,
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    { fetchSize, signal, map }: StreamOptions,
  ) {
    this.owner = owner;
    this.query = query;
    this.parameters = parameters;
    this.signal = signal;
    this.map = map;
    this.#adaptive = fetchSize === undefined;
    this.#batchSize = fetchSize ?? FIRST_BATCH;
    this.#low = lowMark(this.#batchSize);
    this.#trace = traces.query.begin(() => ({ query: maskPasswords(query) }));
    if (signal) this.#listen(signal);
  }

  /** Queues RUN and PULL; flushing is the caller's. Throws, with nothing queued, what packing throws. */
  send(connection: Connection, extra: TransactionExtra): void {
    connection.run(this.query, this.parameters, extra, this);
    this.#connection = connection;
    this.#server = connection.server;
    this.#bytesMark = connection.bytesReceived;
    if (!connection.supports(4)) this.#batchSize = -1;
    this.#asked = true;
    connection.pull({ n: this.#batchSize, rows: this.layout.read }, this);
  }

  /** Everything is to be fetched at once, and the socket never held back: others wait for the connection. */
  hurry(): void {
    this.#all = true;
    if (this.ended) return;
    this.#connection?.resume();
    this.#demand();
  }

  /**
   * Nobody will read what is left. A result that comes whole can be read all the same; of any other nothing, lest
   * a part of it passes for the whole.
   */
  abandon(): void {
    if (this.ended || this.#all || this.#sink) return;
    this.#abandoned = true;
    this.#discarding = this.unbounded;
    this.#connection?.resume();
    this.#demand();
  }

  /** Nobody reads any more. */
  discard(): void {
    this.#dropped ||= this.unread > 0;
    this.#drop();
    if (this.ended) return;
    this.#discarding = true;
    this.#connection?.resume();
    this.#demand();
  }

  /** Whether rows were lost to abandon() or discard(). */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** Whether another reader has had it: rows were dropped, or all of them taken. */
  get consumed(): boolean {
    return this.#dropped || (this.settled && !this.error && this.unread === 0 && this.#rows > 0);
  }

  /** `host:port` of where it runs or ran. */
  get server(): string | undefined {
    return this.#server?.address;
  }

  /** A PULL for everything is on its way: leaving it takes as long as the rest of the result. */
  get unbounded(): boolean {
    return this.#asked && (this.#all || this.#batchSize === -1);
  }

  // The reader's side.

  /** The next row as read() built it; only when `unread` is not 0. */
  take(): unknown {
    const batch = this.#batches[0]!;
    const row = batch[this.#at];
    this.unread--;
    if (++this.#at === batch.length) this.#nextBatch();
    if (this.unread === this.#low) this.#demand();
    return row;
  }

  /** The row that take() would return. */
  peek(): unknown {
    return this.#batches[0]![this.#at];
  }

  /** All rows that are here. */
  takeAll(): unknown[] {
    const batches = this.#batches;
    let rows: unknown[];
    if (batches.length === 1 && this.#at === 0) {
      rows = batches[0]!;
    } else {
      rows = [];
      for (let i = 0; i < batches.length; i++) {
        const batch = batches[i]!;
        for (let j = i === 0 ? this.#at : 0; j < batch.length; j++) rows.push(batch[j]);
      }
    }
    this.#drop();
    return rows;
  }

  /** What take() or peek() gave, as the reader wants it. */
  rowOf(built: unknown): unknown {
    const row = this.layout.arrays ? this.layout.toRow(built) : built;
    return this.map ? this.map(row as Record<string, unknown>) : row;
  }

  /** Rows go to `sink` as they are decoded, those that are here first. What it throws discards the rest. */
  pour(sink: (row: never) => void): void {
    this.#sink = sink;
    const here = this.takeAll();
    this.collect();
    this.#drain(here);
  }

  /** Calls once when something has happened: rows, keys, the end. `rows` are needed until then. */
  wait(changed: () => void, rows: number): void {
    if (rows > 0) {
      this.reading = true;
      // The reader is faster than the batches come.
      if (this.#asked && this.#rows > 0) this.#starved = true;
    }
    this.#changed.push(changed);
    this.#wanted = Math.max(this.#wanted, rows);
    this.#demand();
  }

  /** All rows will be taken at the end. */
  collect(): void {
    this.reading = true;
    this.#all = true;
    this.#connection?.resume();
    this.#demand();
  }

  /** After a success only. */
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

  /** Ends it with an error. A running one is the owner's to clean up after. */
  fail(error: BoltError): void {
    if (this.ended) return;
    this.ended = true;
    this.#hasMore = false;
    this.#unlisten();
    const sent = this.#detach();
    const held = sent ? this.owner.streamFailed(this, error) : this.owner.streamUnsent(this);
    const tell = (): void => this.#settle(error);
    if (held) held.then(tell, tell);
    else tell();
  }

  // The connection's side.

  onRecords(records: unknown[]): void {
    this.#rows += records.length;
    if (this.ended) return;
    if (this.#discarding) {
      this.#dropped = true;
      // What came before would pass for the whole.
      this.#drop();
      return;
    }
    if (this.#sink) return this.#drain(records);
    const connection = this.#connection!;
    const weight = connection.bytesReceived - this.#bytesMark;
    this.#bytesMark = connection.bytesReceived;
    this.#batches.push(records);
    this.#weights.push(weight);
    this.unread += records.length;
    this.#unreadBytes += weight;
    if (this.#unreadBytes > PAUSE_ABOVE && !this.#all && !this.#abandoned) connection.pause();
    this.#wake();
  }

  onSuccess(metadata: Metadata, request: Request): void {
    if (request.name === "RUN") {
      // Also when it was aborted: rows that are on their way must be read to be passed over.
      this.started = metadata;
      this.layout.setKeys(metadata.fields ?? []);
      this.#wake();
      return;
    }
    if (this.ended) return;
    this.#asked = false;
    this.#hasMore = metadata.hasMore === true;
    if (this.#hasMore) {
      this.#demand();
      return;
    }
    this.#last = metadata;
    this.ended = true;
    this.#unlisten();
    this.#detach();
    const held = this.owner.streamEnded(this, metadata);
    if (held)
      held.then(
        () => this.#settle(undefined),
        (error: BoltError) => this.#settle(error),
      );
    else this.#settle(undefined);
  }

  onFailure(error: BoltError, request: Request | undefined): void {
    if (this.ended) return;
    if (this.#refused) {
      // The PULL behind the refused RUN: now nothing of the first attempt can come any more.
      const first = this.#refused;
      this.#refused = undefined;
      if (request === undefined || !this.owner.resend?.(this, first)) this.fail(first);
      return;
    }
    if (request?.name === "RUN" && this.#resendable(error)) this.#refused = error;
    else this.fail(error);
  }

  #resendable(error: BoltError): boolean {
    return this.owner.resend !== undefined && "diagnosticRecord" in error && isIdempotent(error);
  }

  #drain(records: unknown[]): void {
    const sink = this.#sink as (row: unknown) => void;
    try {
      if (this.map || this.layout.arrays) {
        for (let i = 0; i < records.length; i++) sink(this.rowOf(records[i]));
      } else {
        for (let i = 0; i < records.length; i++) sink(records[i]);
      }
    } catch (error) {
      this.thrown = { error };
      this.discard();
    }
  }

  // The connection may be another's from now on; whether there was one.
  #detach(): boolean {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.resume();
    return connection !== undefined;
  }

  #nextBatch(): void {
    this.#batches.shift();
    this.#unreadBytes -= this.#weights.shift()!;
    this.#at = 0;
    if (this.#unreadBytes < RESUME_BELOW) this.#connection?.resume();
  }

  #drop(): void {
    this.#batches = [];
    this.#weights = [];
    this.#at = this.unread = this.#unreadBytes = 0;
  }

  // Asks for more when it is there to be asked for, and time to.
  #demand(): void {
    if (this.#asked || !this.#hasMore) return;
    const leaving = this.#discarding || this.#abandoned;
    const starving = this.unread < this.#wanted;
    if (!leaving && !this.#all && !starving && !(this.reading && this.unread <= this.#low)) return;
    const connection = this.#connection!;
    const qid = this.owner.isBehind?.(this) ? this.started!.qid : undefined;
    this.#asked = true;
    this.#hasMore = false;
    try {
      if (leaving) {
        this.#dropped = true;
        this.#drop();
        connection.discard({ n: -1, qid }, this);
      } else {
        connection.pull({ n: this.#all ? -1 : this.#nextSize(), qid, rows: this.layout.read }, this);
      }
      connection.flush();
    } catch (error) {
      // The connection broke while nothing was asked of it.
      this.fail(error as BoltError);
    }
  }

  #nextSize(): number {
    if (this.#starved && this.#adaptive) {
      this.#batchSize = Math.min(2 * this.#batchSize, LARGEST_BATCH);
      this.#low = lowMark(this.#batchSize);
    }
    this.#starved = false;
    return this.#batchSize;
  }

  #settle(error: BoltError | undefined): void {
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
    const waiting = this.#changed;
    if (waiting.length === 0) return;
    this.#changed = [];
    this.#wanted = 0;
    for (const changed of waiting) changed();
  }

  #listen(signal: AbortSignal): void {
    this.#onAbort = () => {
      this.#drop();
      this.fail(abortError(signal, "running a query"));
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  #unlisten(): void {
    if (this.#onAbort) this.signal!.removeEventListener("abort", this.#onAbort);
    this.#onAbort = undefined;
  }
}

// Half a batch in hand covers the round trip; with tiny batches only a waiting reader counts.
const lowMark = (batchSize: number): number => (batchSize >= 10 ? batchSize >> 1 : -1);

/** What reading beyond the end of an abandoned result says. */
export function consumed(): ResultConsumedError {
  return new ResultConsumedError("the result was read already, or what was left of it discarded");
}
