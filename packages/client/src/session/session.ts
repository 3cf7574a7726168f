// A causal chain of work: queries, pipelines and transactions, one after another. Knows the queue; jobs and
// transactions talk to the server.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import { abortError, ClosedError, ConfigError, ServerFailure, UsageError } from "../errors.ts";
import type { AccessMode } from "../pool/provider.ts";
import { Result } from "../result/result.ts";
import type { AnyRow } from "../result/row.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { ResultStream } from "../result/stream.ts";
import { madeHere, rejection } from "../stack.ts";
import { validate } from "../validate.ts";
import { WaitingLine } from "../waiting-line.ts";
import { AutoCommit, type Job, type JobHost } from "./auto-commit.ts";
import { Chain } from "./chain.ts";
import { CHECKS, checkWork, copyOf, mistake } from "./checks.ts";
import { inside, isInside } from "./inside.ts";
import { Retries } from "./retry.ts";
import { openTransaction, type TransactionCore } from "./transaction-core.ts";
import { ManagedTransaction, Transaction } from "./transaction.ts";
import {
  API,
  type Api,
  type Shared,
  type Parameters,
  type QueryConfig,
  type SessionConfig,
  type TransactionConfig,
} from "./work.ts";

/** A query of a pipeline: its text and parameters. */
export type PipelineQuery = readonly [query: string, parameters?: Parameters];

/** The work function of `executeRead` and `executeWrite`. */
export type Work<T> = (tx: ManagedTransaction) => T | PromiseLike<T>;

/** A place in the queue for work that awaits its turn. */
interface Turn {
  readonly job: Job;
  /** Undefined if the work may begin at once. */
  readonly mine: Promise<void> | undefined;
}

/** Made by `driver.session()`. Cheap; use one session for each unit of work that should run in parallel. */
export class Session implements AsyncDisposable {
  readonly #host: JobHost;
  readonly #waiting: WaitingLine<Job> = new WaitingLine();
  #active: Job | undefined;
  #transaction: TransactionCore | undefined;
  /** A transaction was requested and has not ended: other calls could only wait for its end. */
  #inTransaction = false;
  #closed: Promise<void> | undefined;
  /** Failed jobs whose failure no reader may have received. */
  #failed: AutoCommit[] = [];

  /** @internal */
  constructor(shared: Shared, config: SessionConfig = {}) {
    this.#host = {
      chain: new Chain(shared, config),
      mode: config.mode ?? "write",
      finished: (job) => this.#finish(job),
      failed: (job) => this.#remember(job),
    };
  }

  /**
   * Runs a query in its own transaction (auto-commit). It is sent at once, or after the calls before it: calls
   * queue. The result rejects with its errors, wrong arguments included.
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
   * Runs several auto-commit queries at once: all are written before the first answer is read. If one fails, the
   * later ones are not carried out and fail with IgnoredError.
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
    // All rows of each: a result with more to come would block the later ones.
    const all = { ...config, fetchSize: -1 };
    const streams = queries.map(([query, parameters = {}]) => this.#stream(job, query, parameters, all));
    const refused = this.#refusal() ?? aborted(config);
    for (const stream of streams) {
      job.add(stream);
      // Later answers must not wait for its reader.
      stream.hurry();
      const wrong = refused ?? mistake(stream.query, stream.parameters, {}, {});
      if (wrong) stream.fail(madeHere(wrong));
    }
    if (!refused) this.#submit(job);
    return streams.map((stream) => new Result(stream));
  }

  /**
   * Begins a transaction; it is open when the promise resolves. End it with commit(), rollback() or `await using`:
   * from this call until then the session accepts no other work.
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
      // close() found nothing to roll back yet, and waits for this.
      await core.rollback();
      throw new ClosedError("session");
    }
    return new Transaction(core);
  }

  /**
   * Does `work` in a read transaction, which is committed when `work` resolves and rolled back when it throws. After a
   * retryable error `work` is done again, with growing delays, so it may be called several times.
   */
  executeRead<T>(work: Work<T>, config: TransactionConfig = {}): Promise<T> {
    return this.execute("read", work, config);
  }

  /** Like executeRead, for work that writes. */
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
    const { sleepers } = chain.shared;
    const { retry: policy, clock } = chain.shared.config;
    const retries = new Retries({ policy, clock, signal: config.signal, sleepers });
    // Telemetry counts calls, not attempts.
    let untold: Api | undefined = api;
    // A single async function: each further one costs a tenth of a small query.
    try {
      for (;;) {
        let core: TransactionCore | undefined;
        try {
          const opened = openTransaction({ chain, mode, config, api: untold, ended: nothing });
          core = opened instanceof Promise ? await opened : opened;
          if (chain.config.eagerBegin) await core.begin();
          const tx = new ManagedTransaction(core);
          // The session of an executeQuery is private, so nothing can call it from inside.
          const result = await core.perform(() =>
            api === API.executeQuery ? work(tx) : inside(job, work, tx),
          );
          await core.commit();
          return result;
        } catch (error) {
          // The error is the bookmark manager's; the work is committed.
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

  /** Bookmarks that later work must wait for to see this session's writes. */
  lastBookmarks(): string[] {
    return [...this.#host.chain.bookmarks];
  }

  /**
   * Waits for started work, rolls back an open transaction, and discards results that are not being read. Rejects
   * with the error of a query that was never reported and would be lost otherwise, unless it is an abort.
   */
  close(): Promise<void> {
    if (this.#closed === undefined && this.#isInsideWork) {
      return Promise.reject(new UsageError(`${INSIDE}: close it after that`));
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
    // The transaction is gone in any case, but the server's error must not get lost.
    if (refused instanceof ServerFailure) throw refused;
  }

  #stream(owner: StreamOwner, query: string, parameters: Parameters, config: QueryConfig): ResultStream {
    return new ResultStream(
      owner,
      query,
      copyOf(parameters),
      config.fetchSize ?? this.#host.chain.fetchSize,
      config,
    );
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

  /** Whether the current call comes from inside the work of a managed transaction. */
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

  /** Takes a place in the queue. If the signal fires before its turn, it leaves the queue and rejects. */
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
      // If others wait already, it has been hurried before.
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

const INSIDE = "inside its managed transaction a session would wait for itself";

const WAITING = "waiting for its turn";

/** The error of a signal that has already fired, and will not fire again. */
const aborted = ({ signal }: TransactionConfig): BoltError | undefined =>
  signal?.aborted ? abortError(signal, WAITING) : undefined;

/** Throws ConfigError unless the queries are lists in a list: no result could reject with it. */
function checkPipeline(queries: unknown): void {
  if (Array.isArray(queries) && queries.every((query) => Array.isArray(query))) return;
  throw new ConfigError("a pipeline takes a list of [query, parameters?]");
}
