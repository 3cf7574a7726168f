// Auto-commit queries as jobs of a session: a single query, or several written at once. Knows how they acquire, use
// and release a connection; the results themselves are streams.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import type { Connection } from "../connection/connection.ts";
import { nothing } from "../connection/replies.ts";
import { AbortError, IgnoredError } from "../errors.ts";
import type { AccessMode } from "../pool/provider.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import type { ResultStream } from "../result/stream.ts";
import type { Acquired, Chain } from "./chain.ts";
import { API, type TransactionConfig, unsendable } from "./work.ts";

/** One piece of a session's work: does the work itself, or lets a waiting caller begin. */
export interface Job {
  start(): void;
  /** Called when later jobs wait for it. */
  hurry?(): void;
  /** Called when the session closes: results that are not being read need not be fetched. */
  abandon?(): void;
}

/** The session, as its jobs see it. */
export interface JobHost {
  readonly chain: Chain;
  readonly mode: AccessMode;
  /** Called once per job, when the next job may start. */
  readonly finished: (job: Job) => void;
  /** Called when one of the job's results fails, unless the caller aborted it. */
  readonly failed: (job: AutoCommit) => void;
}

// Never written to. A list created with one item takes no spare room, and usually there is one.
const NONE: ResultStream[] = [];

/** One query, or several (a pipeline) on one connection, written before the first answer is read. */
export class AutoCommit implements Job, StreamOwner {
  readonly #host: JobHost;
  readonly #config: TransactionConfig;
  #streams: ResultStream[] = NONE;
  /** How many of the streams have not ended. */
  #open = 0;
  #acquired: Acquired | undefined;
  #learning: Promise<void> | undefined;
  #resent = false;
  /** The first failure; later results fail only as a consequence. */
  failure: BoltError | undefined;

  constructor(host: JobHost, config: TransactionConfig) {
    this.#host = host;
    this.#config = config;
  }

  /** Whether a reader of one of its results has received a failure, or will. */
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
    const judged = this.#acquired && this.#host.chain.judge(this.#acquired, error);
    this.#closed();
    return judged;
  }

  resend(): boolean {
    const { autoCommit } = this.#host.chain.shared.config.retry;
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
    const { config } = chain.shared;
    const { connection, request } = (this.#acquired = acquired);
    // Aborted meanwhile.
    if (this.#open === 0) return this.#release();
    if (config.telemetry && !this.#resent) connection.telemetry(API.autoCommit);
    const extra = sayable(chain.extra(request, this.#config), connection);
    let unsent: BoltError | undefined;
    for (const stream of this.#streams) {
      unsent ??= stream.error;
      if (stream.ended) continue;
      try {
        // As the server would answer if it had seen the failed query.
        if (unsent) throw new IgnoredError("an earlier query could not be sent", { cause: unsent });
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
    if (acquired) this.#host.chain.release(acquired);
  }

  /** Counts the end of one of its results; after the last, ends the job. */
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

/** Bolt 1 and 2 accept bookmarks only with BEGIN: auto-commit queries go without. */
const sayable = (extra: TransactionExtra, connection: Connection): TransactionExtra =>
  connection.supports(3) ? extra : { ...extra, bookmarks: undefined };
