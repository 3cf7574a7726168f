// Auto-commit queries as a session's jobs: one alone, or several written in one go. Knows how they take, use
// and give back a connection; the results themselves are streams.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import type { Chain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import type { AcquireRequest } from "./provider.ts";
import type { ResultStream, StreamOwner } from "./stream.ts";
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
export interface JobOptions {
  readonly chain: Chain;
  readonly mode: AccessMode;
  readonly config: TransactionConfig;
  /** Called once, when the next job may start. */
  readonly finished: (job: Job) => void;
  /** One of its results has failed. */
  readonly failed: (stream: ResultStream) => void;
}

/** One query. */
export class AutoCommit implements Job, StreamOwner {
  readonly #options: JobOptions;
  #stream: ResultStream | undefined;
  #connection: Connection | undefined;
  #request: AcquireRequest | undefined;
  #resent = false;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  set stream(stream: ResultStream) {
    this.#stream = stream;
  }

  start(): void {
    const { chain, mode } = this.#options;
    const stream = this.#stream!;
    const acquired = (connection: Connection, request: AcquireRequest): void => {
      // Aborted in the meantime.
      if (stream.ended) chain.core.provider.release(connection);
      else this.#send(stream, connection, request);
    };
    chain.acquire(mode, stream.signal, acquired, (error) => stream.fail(error));
  }

  hurry(): void {
    this.#stream!.hurry();
  }

  abandon(): void {
    this.#stream!.abandon();
  }

  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void> {
    const { chain } = this.#options;
    const request = this.#request!;
    chain.learnDatabase(stream.started, request);
    const learning = chain.learn(metadata, request);
    this.#release();
    if (learning) return learning.finally(() => this.#finish());
    this.#finish();
  }

  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void> {
    this.#options.failed(stream);
    const connection = this.#connection;
    const judged = connection && judge(this.#options.chain.core, connection, error, this.#request!);
    this.#release();
    this.#finish();
    return judged;
  }

  streamUnsent(stream: ResultStream): void {
    this.#options.failed(stream);
    this.#finish();
  }

  resend(): boolean {
    if (this.#resent || !this.#options.chain.core.config.retry.autoCommit) return false;
    this.#resent = true;
    this.#release();
    this.start();
    return true;
  }

  #send(stream: ResultStream, connection: Connection, request: AcquireRequest): void {
    const { chain, config } = this.#options;
    const { core } = chain;
    this.#connection = connection;
    this.#request = request;
    try {
      if (core.config.telemetry && !this.#resent) connection.telemetry(API.autoCommit);
      stream.send(connection, sayable(chain.extra(request, config), connection));
      connection.flush();
    } catch (error) {
      stream.fail(unsendable(error, connection));
      this.#release();
    }
  }

  #release(): void {
    if (this.#connection) this.#options.chain.core.provider.release(this.#connection);
    this.#connection = undefined;
  }

  #finish(): void {
    this.#options.finished(this);
  }
}

/** Several queries on one connection, written before the first answer is read. */
export class Pipeline implements Job, StreamOwner {
  readonly #options: JobOptions;
  readonly #streams: ResultStream[] = [];
  #open = 0;
  #connection: Connection | undefined;
  #request: AcquireRequest | undefined;
  #learning: Promise<void> | undefined;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  add(stream: ResultStream): void {
    this.#streams.push(stream);
    this.#open++;
    // The answers behind it must not wait for its reader.
    stream.hurry();
  }

  start(): void {
    const { chain, mode, config } = this.#options;
    if (this.#open === 0) return this.#options.finished(this);
    chain.acquire(
      mode,
      config.signal,
      (connection, request) => this.#send(connection, request),
      (error) => this.#each((stream) => stream.fail(error)),
    );
  }

  hurry(): void {}

  abandon(): void {}

  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void> {
    const { chain } = this.#options;
    chain.learnDatabase(stream.started, this.#request!);
    const learning = chain.learn(metadata, this.#request!);
    if (learning) this.#learning = learning;
    this.#closed();
    return learning;
  }

  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void> {
    this.#options.failed(stream);
    const judged = judge(this.#options.chain.core, this.#connection!, error, this.#request!);
    this.#closed();
    return judged;
  }

  streamUnsent(stream: ResultStream): void {
    this.#options.failed(stream);
    this.#closed();
  }

  #send(connection: Connection, request: AcquireRequest): void {
    const { chain, config } = this.#options;
    if (this.#open === 0) return chain.core.provider.release(connection);
    this.#connection = connection;
    this.#request = request;
    const extra = sayable(chain.extra(request, config), connection);
    if (chain.core.config.telemetry) connection.telemetry(API.autoCommit);
    this.#each((stream) => {
      if (stream.ended) return;
      try {
        stream.send(connection, extra);
      } catch (error) {
        stream.fail(unsendable(error, connection));
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
      if (this.#connection) this.#options.chain.core.provider.release(this.#connection);
      this.#connection = undefined;
      this.#options.finished(this);
    };
    if (this.#learning) void this.#learning.then(finish, finish);
    else finish();
  }
}

/** Bolt 1 and 2 take bookmarks with BEGIN only: queries outside of transactions go without, as ever. */
const sayable = (extra: TransactionExtra, connection: Connection): TransactionExtra =>
  connection.supports(3) ? extra : { ...extra, bookmarks: undefined };
