// Auto-commit queries as a session's jobs: one alone, or several written in one go. Knows how they take, use
// and give back a connection; the results themselves are streams.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import type { Chain, Taker } from "./chain.ts";
import type { Connection } from "../connection/connection.ts";
import { IgnoredError } from "../errors.ts";
import type { AcquireRequest } from "../pool/provider.ts";
import type { ResultStream } from "../result/stream.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { type AccessMode, API, judge, type TransactionConfig, unsendable } from "./work.ts";

/** One piece of a session's work. */
export interface Job {
  start(): void;
  /** Others wait behind it. */
  hurry(): void;
  /** The session closes: what nobody reads need not be fetched. */
  abandon(): void;
}

/** Where jobs come from and end. */
export interface JobHost {
  readonly chain: Chain;
  readonly mode: AccessMode;
  /** Called once, when the next job may start. */
  readonly finished: (job: Job) => void;
  /** One of its results has failed. */
  readonly failed: (stream: ResultStream) => void;
}

/** One query. */
export class AutoCommit implements Job, StreamOwner, Taker {
  readonly #host: JobHost;
  readonly #config: TransactionConfig;
  #stream: ResultStream | undefined;
  #connection: Connection | undefined;
  #request: AcquireRequest | undefined;
  #resent = false;

  constructor(host: JobHost, config: TransactionConfig) {
    this.#host = host;
    this.#config = config;
  }

  set stream(stream: ResultStream) {
    this.#stream = stream;
  }

  start(): void {
    this.#host.chain.acquire(this.#host.mode, this.#stream!.signal, this);
  }

  acquired(connection: Connection, request: AcquireRequest): void {
    const stream = this.#stream!;
    // Aborted in the meantime.
    if (stream.ended) this.#host.chain.core.provider.release(connection);
    else this.#send(stream, connection, request);
  }

  notAcquired(error: BoltError): void {
    this.#stream!.fail(error);
  }

  hurry(): void {
    this.#stream!.hurry();
  }

  abandon(): void {
    this.#stream!.abandon();
  }

  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void> {
    const { chain } = this.#host;
    const request = this.#request!;
    chain.learnDatabase(stream.started, request);
    const learning = chain.learn(metadata, request);
    this.#release();
    if (learning) return learning.finally(() => this.#finish());
    this.#finish();
  }

  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void> {
    this.#host.failed(stream);
    const connection = this.#connection;
    const judged = connection && judge(this.#host.chain.core, connection, error, this.#request!);
    this.#release();
    this.#finish();
    return judged;
  }

  streamUnsent(stream: ResultStream): void {
    this.#host.failed(stream);
    this.#finish();
  }

  resend(): boolean {
    if (this.#resent || !this.#host.chain.core.config.retry.autoCommit) return false;
    this.#resent = true;
    this.#release();
    this.start();
    return true;
  }

  #send(stream: ResultStream, connection: Connection, request: AcquireRequest): void {
    const { chain } = this.#host;
    const { core } = chain;
    this.#connection = connection;
    this.#request = request;
    try {
      if (core.config.telemetry && !this.#resent) connection.telemetry(API.autoCommit);
      stream.send(connection, sayable(chain.extra(request, this.#config), connection));
      connection.flush();
    } catch (error) {
      stream.fail(unsendable(error, connection));
      this.#release();
    }
  }

  #release(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#host.chain.core.provider.release(connection);
  }

  #finish(): void {
    this.#host.finished(this);
  }
}

/** Several queries on one connection, written before the first answer is read. */
export class Pipeline implements Job, StreamOwner, Taker {
  readonly #host: JobHost;
  readonly #config: TransactionConfig;
  readonly #streams: ResultStream[] = [];
  #open = 0;
  #connection: Connection | undefined;
  #request: AcquireRequest | undefined;
  #learning: Promise<void> | undefined;

  constructor(host: JobHost, config: TransactionConfig) {
    this.#host = host;
    this.#config = config;
  }

  add(stream: ResultStream): void {
    this.#streams.push(stream);
    this.#open++;
    // The answers behind it must not wait for its reader.
    stream.hurry();
  }

  start(): void {
    if (this.#open === 0) return this.#host.finished(this);
    this.#host.chain.acquire(this.#host.mode, this.#config.signal, this);
  }

  notAcquired(error: BoltError): void {
    this.#each((stream) => stream.fail(error));
  }

  hurry(): void {}

  abandon(): void {}

  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void> {
    const { chain } = this.#host;
    chain.learnDatabase(stream.started, this.#request!);
    const learning = chain.learn(metadata, this.#request!);
    if (learning) this.#learning = learning;
    this.#closed();
    return learning;
  }

  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void> {
    this.#host.failed(stream);
    const judged = judge(this.#host.chain.core, this.#connection!, error, this.#request!);
    this.#closed();
    return judged;
  }

  streamUnsent(stream: ResultStream): void {
    this.#host.failed(stream);
    this.#closed();
  }

  acquired(connection: Connection, request: AcquireRequest): void {
    const { chain } = this.#host;
    if (this.#open === 0) return chain.core.provider.release(connection);
    this.#connection = connection;
    this.#request = request;
    const extra = sayable(chain.extra(request, this.#config), connection);
    if (chain.core.config.telemetry) connection.telemetry(API.autoCommit);
    let unsent: BoltError | undefined;
    this.#each((stream) => {
      unsent ??= stream.error;
      if (stream.ended) return;
      try {
        // As the server would have it, had it seen the one that failed.
        if (unsent) throw new IgnoredError("a query before it could not be sent", { cause: unsent });
        stream.send(connection, extra);
      } catch (error) {
        stream.fail((unsent = unsendable(error, connection)));
      }
    });
    connection.flush();
  }

  #each(act: (stream: ResultStream) => void): void {
    for (const stream of this.#streams) act(stream);
  }

  #closed(): void {
    if (--this.#open > 0) return;
    const finish = (): void => {
      if (this.#connection) this.#host.chain.core.provider.release(this.#connection);
      this.#connection = undefined;
      this.#host.finished(this);
    };
    if (this.#learning) void this.#learning.then(finish, finish);
    else finish();
  }
}

/** Bolt 1 and 2 take bookmarks with BEGIN only: queries outside of transactions go without, as ever. */
const sayable = (extra: TransactionExtra, connection: Connection): TransactionExtra =>
  connection.supports(3) ? extra : { ...extra, bookmarks: undefined };
