// Auto-commit queries as a session's jobs: one alone, or several written in one go. Knows how they take, use
// and give back a connection; the results themselves are streams.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import type { Acquired, Chain } from "./chain.ts";
import type { Connection } from "../connection/connection.ts";
import { nothing } from "../connection/replies.ts";
import { AbortError, IgnoredError } from "../errors.ts";
import type { AccessMode } from "../pool/provider.ts";
import type { ResultStream } from "../result/stream.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { API, judge, type TransactionConfig, unsendable } from "./work.ts";

/** One piece of a session's work, done by itself or by whoever waits for its turn. */
export interface Job {
  start(): void;
  /** Others wait behind it. */
  hurry?(): void;
  /** The session closes: what nobody reads need not be fetched. */
  abandon?(): void;
}

/** Where jobs come from and end. */
export interface JobHost {
  readonly chain: Chain;
  readonly mode: AccessMode;
  /** Called once, when the next job may start. */
  readonly finished: (job: Job) => void;
  /** One of its results has failed, and not because its caller wanted that. */
  readonly failed: (job: AutoCommit) => void;
}

// Never written to. A list that begins with an item is as long as it must be: mostly there is one.
const NONE: ResultStream[] = [];

/** One query, or several (a pipeline) on one connection, written before the first answer is read. */
export class AutoCommit implements Job, StreamOwner {
  readonly #host: JobHost;
  readonly #config: TransactionConfig;
  #streams: ResultStream[] = NONE;
  /** So many of them have not come to their end. */
  #open = 0;
  #acquired: Acquired | undefined;
  #learning: Promise<void> | undefined;
  #resent = false;
  /** What went wrong first: the results behind it only share its fate. */
  failure: BoltError | undefined;

  constructor(host: JobHost, config: TransactionConfig) {
    this.#host = host;
    this.#config = config;
  }

  /** A reader of one of its results knows that it failed. */
  get heard(): boolean {
    return this.#streams.some((stream) => stream.heard);
  }

  add(stream: ResultStream): void {
    if (this.#streams.length === 0) this.#streams = [stream];
    else this.#streams.push(stream);
    this.#open++;
  }

  start(): void {
    if (this.#open === 0) return this.#host.finished(this);
    const acquired = this.#host.chain.acquire(this.#host.mode, this.#config.signal);
    if (acquired instanceof Promise) void this.#sendLater(acquired);
    else this.#send(acquired);
  }

  hurry(): void {
    for (const stream of this.#streams) stream.hurry();
  }

  abandon(): void {
    for (const stream of this.#streams) stream.abandon();
  }

  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void> {
    const { chain } = this.#host;
    const { request } = this.#acquired!;
    chain.learnDatabase(stream.started, request);
    const learning = chain.learn(metadata, request);
    if (learning) this.#learning = learning;
    this.#closed();
    return learning;
  }

  streamFailed(_stream: ResultStream, error: BoltError): void | Promise<void> {
    this.failure ??= error;
    if (!(error instanceof AbortError)) this.#host.failed(this);
    const judged = this.#acquired && judge(this.#host.chain.core, this.#acquired, error);
    this.#closed();
    return judged;
  }

  resend(): boolean {
    const { autoCommit } = this.#host.chain.core.config.retry;
    if (this.#resent || !autoCommit || this.#streams.length > 1) return false;
    this.#resent = true;
    this.#release();
    this.start();
    return true;
  }

  async #sendLater(acquiring: Promise<Acquired>): Promise<void> {
    try {
      this.#send(await acquiring);
    } catch (error) {
      for (const stream of this.#streams) stream.fail(error as BoltError);
    }
  }

  #send(acquired: Acquired): void {
    const { chain } = this.#host;
    const { config } = chain.core;
    const { connection, request } = (this.#acquired = acquired);
    // Aborted in the meantime.
    if (this.#open === 0) return this.#release();
    if (config.telemetry && !this.#resent) connection.telemetry(API.autoCommit);
    const extra = sayable(chain.extra(request, this.#config), connection);
    let unsent: BoltError | undefined;
    for (const stream of this.#streams) {
      unsent ??= stream.error;
      if (stream.ended) continue;
      try {
        // As the server would have it, had it seen the one that failed.
        if (unsent) throw new IgnoredError("a query before it could not be sent", { cause: unsent });
        stream.send(connection, extra);
      } catch (error) {
        stream.fail((unsent = unsendable(error, connection)));
      }
    }
    connection.flush();
  }

  #release(): void {
    const acquired = this.#acquired;
    this.#acquired = undefined;
    if (acquired) this.#host.chain.core.provider.release(acquired.connection);
  }

  /** The end of one of its results. */
  #closed(): void {
    if (--this.#open > 0) return;
    this.#release();
    if (this.#learning) void this.#finishBehind(this.#learning);
    else this.#host.finished(this);
  }

  async #finishBehind(learning: Promise<void>): Promise<void> {
    await learning.catch(nothing);
    this.#host.finished(this);
  }
}

/** Bolt 1 and 2 take bookmarks with BEGIN only: queries outside of transactions go without, as ever. */
const sayable = (extra: TransactionExtra, connection: Connection): TransactionExtra =>
  connection.supports(3) ? extra : { ...extra, bookmarks: undefined };
