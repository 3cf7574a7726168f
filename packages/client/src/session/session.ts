// A causal chain of work: queries, pipelines and transactions, one after the other. Knows the queue; jobs and
// transactions do their own talking.
import type { BoltError } from "@bolt/protocol";
import { CHECKS, checkWork, mistake } from "./checks.ts";
import { AutoCommit, type Job, type JobHost } from "./auto-commit.ts";
import { Chain } from "./chain.ts";
import { onceAborted } from "../abort.ts";
import { abortError, ClosedError, ConfigError, ServerFailure, UsageError } from "../errors.ts";
import { inside, isInside } from "./inside.ts";
import { Result } from "../result/result.ts";
import { Retries } from "./retry.ts";
import type { AnyRow } from "../result/row.ts";
import { ResultStream } from "../result/stream.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { madeHere, rejection } from "../stack.ts";
import type { AccessMode } from "../pool/provider.ts";
import { ManagedTransaction, Transaction } from "./transaction.ts";
import { openTransaction, type TransactionCore } from "./transaction-core.ts";
import { validate } from "../validate.ts";
import { WaitingLine } from "../waiting-line.ts";
import {
  API,
  type Api,
  type Core,
  type Parameters,
  type QueryConfig,
  type SessionConfig,
  type TransactionConfig,
} from "./work.ts";

/** A query of a pipeline: its text and parameters. */
export type PipelineQuery = readonly [query: string, parameters?: Parameters];

/** What `executeRead` and `executeWrite` carry out. */
export type Work<T> = (tx: ManagedTransaction) => T | PromiseLike<T>;

/** A place in the queue for work that waits by promises. */
interface Turn {
  readonly job: Job;
  /** Undefined when it may begin at once. */
  readonly mine: Promise<void> | undefined;
}

/** Made by `driver.session()`: cheap, not shared between units of work that should run side by side. */
export class Session implements AsyncDisposable {
  readonly #host: JobHost;
  readonly #waiting: WaitingLine<Job> = new WaitingLine();
  #active: Job | undefined;
  #transaction: TransactionCore | undefined;
  /** One has been asked for and is not over: what is called meanwhile could only wait for its end. */
  #inTransaction = false;
  #closed: Promise<void> | undefined;
  /** Jobs that failed, as long as nobody may have heard of it. */
  #failed: AutoCommit[] = [];

  /** @internal */
  constructor(core: Core, config: SessionConfig = {}) {
    this.#host = {
      chain: new Chain(core, config),
      mode: config.mode ?? "write",
      finished: (job) => this.#finish(job),
      failed: (job) => this.#remember(job),
    };
  }

  /**
   * Runs a query in a transaction of its own (auto-commit). It is sent at once, or when what was started
   * before it is through: calls queue. Its errors, wrong arguments included, come out of the result.
   */
  run<Row = AnyRow>(query: string, parameters: Parameters = {}, config: QueryConfig<Row> = {}): Result<Row> {
    const wrong = this.#refusal() ?? mistake(query, parameters, config, CHECKS.query);
    const settings = wrong ? {} : config;
    const job = new AutoCommit(this.#host, settings);
    const stream = this.#stream(job, query, parameters, settings);
    job.add(stream);
    if (wrong) stream.fail(madeHere(wrong));
    else this.#submit(job);
    return new Result<Row>(stream);
  }

  /**
   * Runs auto-commit queries in one go: all are written before the first answer is read. When one fails, those
   * behind it are not carried out and fail with IgnoredError.
   */
  pipeline<const Queries extends readonly PipelineQuery[]>(
    queries: Queries,
    config?: TransactionConfig,
  ): { [I in keyof Queries]: Result };
  pipeline<Rows extends readonly unknown[]>(
    queries: { readonly [I in keyof Rows]: PipelineQuery },
    config?: TransactionConfig,
  ): { [I in keyof Rows]: Result<Rows[I]> };
  pipeline(queries: readonly PipelineQuery[], config: TransactionConfig = {}): readonly Result[] {
    checkPipeline(queries);
    validate(config, CHECKS.transaction);
    const job = new AutoCommit(this.#host, config);
    // All rows of each: a result with more to come would bar the way of those behind it.
    const all = { ...config, fetchSize: -1 };
    const streams = queries.map(([query, parameters = {}]) => this.#stream(job, query, parameters, all));
    const refused = this.#refusal() ?? aborted(config);
    for (const stream of streams) {
      job.add(stream);
      // The answers behind it must not wait for its reader.
      stream.hurry();
      const wrong = refused ?? mistake(stream.query, stream.parameters, {}, {});
      if (wrong) stream.fail(madeHere(wrong));
    }
    if (!refused) this.#submit(job);
    return streams.map((stream) => new Result(stream));
  }

  /**
   * Begins a transaction; it is open when the promise resolves. End it by commit(), rollback() or `await using`: from this
   * call to its end the session takes nothing else.
   */
  async beginTransaction(config: TransactionConfig = {}): Promise<Transaction> {
    const { job, mine } = this.#turn(config);
    this.#inTransaction = true;
    let core: TransactionCore;
    const ended = (): void => {
      this.#transaction = undefined;
      this.#inTransaction = false;
      this.#finish(job);
    };
    try {
      if (mine) await mine;
      const { chain, mode } = this.#host;
      core = await openTransaction({ chain, mode, config, api: API.explicit, ended });
    } catch (error) {
      ended();
      throw error;
    }
    if (core.isOpen) this.#transaction = core;
    await core.begin();
    if (this.#closed) {
      // Closing found nothing to roll back yet, and waits for it.
      await core.rollback();
      throw new ClosedError("session");
    }
    return new Transaction(core);
  }

  /**
   * Does `work` in a read transaction that is committed when it resolves, rolled back when it throws, and done
   * again, after growing delays, when the error is one that may pass: so `work` may be called several times.
   */
  executeRead<T>(work: Work<T>, config: TransactionConfig = {}): Promise<T> {
    return this.execute("read", work, config);
  }

  /** As executeRead, for work that writes. */
  executeWrite<T>(work: Work<T>, config: TransactionConfig = {}): Promise<T> {
    return this.execute("write", work, config);
  }

  /** @internal executeRead, executeWrite and the driver's executeQuery. */
  async execute<T>(
    mode: AccessMode,
    work: Work<T>,
    config: TransactionConfig,
    api: Api = API.managed,
  ): Promise<T> {
    checkWork(work);
    const { job, mine } = this.#turn(config);
    if (mine) await mine;
    const { chain } = this.#host;
    const { sleepers } = chain.core;
    const { retry: policy, clock } = chain.core.config;
    const retries = new Retries({ policy, clock, signal: config.signal, sleepers });
    // Telemetry is for calls, not for attempts.
    let untold: Api | undefined = api;
    // One asynchronous function for all of it: each one more costs as much as a tenth of a small query.
    try {
      for (;;) {
        let core: TransactionCore | undefined;
        try {
          const opened = openTransaction({ chain, mode, config, api: untold, ended: nothing });
          core = opened instanceof Promise ? await opened : opened;
          if (chain.config.eagerBegin) await core.begin();
          const tx = new ManagedTransaction(core);
          // Nobody has the session of an executeQuery, to call it from inside.
          const result = await (api === API.executeQuery ? work(tx) : inside(job, work, tx));
          await core.commit();
          return result;
        } catch (error) {
          // A bookmark manager's: however it fails, the work is done.
          if (core?.isCommitted) throw error;
          if (core?.telemetryHeard) untold = undefined;
          await core?.rollback().catch(nothing);
          await retries.pause(error);
        }
      }
    } finally {
      this.#finish(job);
    }
  }

  /** What later work has to wait for to see the work of this session. */
  lastBookmarks(): string[] {
    return [...this.#host.chain.bookmarks];
  }

  /**
   * Waits for what was started, rolls back an open transaction, drops results that nobody reads. Rejects with
   * the error of a query that no reader was told of, an abort aside: nobody else would tell of it.
   */
  close(): Promise<void> {
    if (this.#closed === undefined && this.#isInsideWork) {
      return Promise.reject(new UsageError(`${INSIDE}: close it behind that`));
    }
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    let refused: unknown;
    await this.#transaction?.rollback().catch((error: unknown) => (refused = error));
    for (const job of [this.#active, ...this.#waiting]) job?.abandon?.();
    const { job, mine } = this.#queue();
    await mine;
    this.#finish(job);
    const unheard = this.#failed.find((job) => !job.heard);
    if (unheard) return rejection(unheard.failure);
    // Nothing of the transaction is left in any case; but what a server has to say must not get lost.
    if (refused instanceof ServerFailure) throw refused;
  }

  #stream(owner: StreamOwner, query: string, parameters: Parameters, config: QueryConfig): ResultStream {
    return new ResultStream(owner, query, parameters, config.fetchSize ?? this.#host.chain.fetchSize, config);
  }

  #remember(failed: AutoCommit): void {
    this.#failed = [...this.#failed.filter((job) => job !== failed && !job.heard), failed];
  }

  #refusal(): BoltError | undefined {
    if (this.#closed) return new ClosedError("session");
    if (this.#inTransaction) {
      return new UsageError("the session has an open transaction: run the query in it, or end it first");
    }
    if (this.#isInsideWork) {
      return new UsageError(`${INSIDE}: use the tx that the work was given, or another session`);
    }
    return undefined;
  }

  /** Only managed transactions have anything inside. */
  get #isInsideWork(): boolean {
    return this.#active !== undefined && isInside(this.#active);
  }

  #turn(config: TransactionConfig): Turn {
    const refused = this.#refusal();
    if (refused) throw refused;
    validate(config, CHECKS.transaction);
    const tooLate = aborted(config);
    if (tooLate) throw tooLate;
    return this.#queue(config.signal);
  }

  /** Lets others go first, and rejects, when the signal fires before it is its turn. */
  #queue(signal?: AbortSignal): Turn {
    const job: Job = { start: nothing };
    const mine =
      this.#active &&
      new Promise<void>((resolve) => {
        const unlisten = onceAborted(signal, (fired) => {
          this.#finish(job);
          resolve(rejection(abortError(fired, WAITING)));
        });
        job.start = () => {
          unlisten();
          resolve();
        };
      });
    this.#submit(job);
    return { job, mine };
  }

  #submit(job: Job): void {
    if (this.#active === undefined) {
      this.#active = job;
      job.start();
    } else {
      // Behind others it was hurried before.
      if (this.#waiting.length === 0) this.#active.hurry?.();
      this.#waiting.push(job);
    }
  }

  #finish(job: Job): void {
    if (this.#active !== job) return this.#waiting.delete(job);
    this.#active = this.#waiting.shift();
    this.#active?.start();
    if (this.#waiting.length > 0) this.#active?.hurry?.();
  }
}

const nothing = (): void => {};

const INSIDE = "inside of its managed transaction a session would wait for itself";

const WAITING = "waiting for its turn";

/** A signal that has fired tells nobody of it any more. */
const aborted = ({ signal }: TransactionConfig): BoltError | undefined =>
  signal?.aborted ? abortError(signal, WAITING) : undefined;

/** Throws ConfigError for lists that are none: there would be no result to tell of it. */
function checkPipeline(queries: unknown): void {
  if (Array.isArray(queries) && queries.every((query) => Array.isArray(query))) return;
  throw new ConfigError("a pipeline takes a list of [query, parameters?]");
}
