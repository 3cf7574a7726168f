// What one client has open: an explicit transaction, or a query that is one, from its first request to its end, with
// its results. Each request that concerns it is told to the backend here, and answered. Knows no login, no bytes.
import type { Begin, Run, TransactionExtra } from "@bolt/protocol";
import type { Answers } from "./answers.ts";
import type { QueryResult, Summary, Transaction } from "../backend.ts";
import { checkTransaction } from "./contract.ts";
import { failure } from "../failures.ts";
import type { Host } from "../host.ts";
import { Interruption } from "./interruption.ts";
import type { Outlet } from "./outlet.ts";
import { ResultStream } from "./result-stream.ts";
import { routesFor, routesResult, routingProcedure } from "./routing.ts";
import { summaryMetadata } from "./summary.ts";
import { TextEndings } from "./text-endings.ts";
import type { Metadata } from "../types.ts";
import { type OpenQuery, Work, type WorkOutcome } from "./work.ts";
import type { WorkContext } from "./work-context.ts";

export class CurrentWork {
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #answers: Answers;
  readonly #contextOf: (extra: TransactionExtra, principal: unknown) => WorkContext;
  readonly #texts = new TextEndings();
  /** What is open, or has run out of time and is not told of yet. */
  #work: Work | undefined;
  /** Work that was interrupted and has not come to rest. */
  #cleanup: Promise<unknown> | undefined;

  constructor(
    host: Host,
    out: Outlet,
    answers: Answers,
    contextOf: (extra: TransactionExtra, principal: unknown) => WorkContext,
  ) {
    this.#host = host;
    this.#out = out;
    this.#answers = answers;
    this.#contextOf = contextOf;
  }

  get isOpen(): boolean {
    return this.#work !== undefined;
  }

  /** COMMIT or ROLLBACK was asked of the backend: that is waited for. */
  get completing(): boolean {
    return this.#work?.completing === true;
  }

  /** Why it stopped before its end, if it did and nobody was told yet. */
  get interruption(): Interruption | undefined {
    return this.#work?.interruption;
  }

  /** What was interrupted and has not come to rest. */
  get rest(): Promise<unknown> | undefined {
    return this.#cleanup;
  }

  /** New work, or undefined when there is too much already; the request is answered then. */
  #start(extra: TransactionExtra, principal: unknown, explicit: boolean): Work | undefined {
    const { metrics, config } = this.#host;
    if (metrics.transactions >= config.limits.maxTransactions) {
      this.#answers.fail(failure("tooManyTransactions", "Too many transactions at a time: try again later."));
      return undefined;
    }
    const work = new Work(this.#host, this.#contextOf(extra, principal), explicit, this.#answers.warn);
    this.#work = work;
    if (config.timeouts === "server") {
      work.watch(() => this.#timedOut(work, extra.txTimeoutMs !== undefined));
    }
    return work;
  }

  begin({ extra }: Begin, principal: unknown): void {
    const { backend } = this.#host;
    if (!backend.begin) {
      const message = "This server has no explicit transactions: run the query in auto-commit mode.";
      return this.#answers.fail(failure("unsupported", message));
    }
    const work = this.#start(extra, principal, true);
    if (!work) return;
    this.#answers.call(
      work,
      () => backend.begin!(work.context, work.context),
      (transaction) => {
        checkTransaction(transaction);
        work.transaction = transaction;
        this.#texts.mark(false);
        this.#answers.success(this.#homeDatabase(extra, transaction));
      },
      (transaction) => transaction.rollback(), // begun too late
    );
  }

  /** From 5.8 on, clients that name no database are told which one they got. */
  #homeDatabase({ db }: TransactionExtra, { database }: Pick<Transaction, "database">): Metadata {
    if (db || !this.#out.version.atLeast(5, 8)) return {};
    return { db: database ?? this.#host.config.defaultDatabase };
  }

  commit(): void {
    this.#texts.mark(false);
    this.#complete(
      (transaction) => transaction.commit(),
      (committed) => {
        this.end("committed");
        const bookmark = committed?.bookmark;
        this.#answers.success(bookmark === undefined ? {} : { bookmark });
      },
    );
  }

  rollback(): void {
    this.#texts.mark(false);
    const done = (): void => {
      this.end("rolled back");
      this.#answers.success();
    };
    // It has run out of time: then this has happened already.
    if (this.#work?.interruption) done();
    else this.#complete((transaction) => transaction.rollback(), done);
  }

  /** COMMIT and ROLLBACK, once the results that are open have closed. */
  #complete<T>(how: (transaction: Transaction) => T, then: (value: Awaited<T>) => void): void {
    const work = this.#work!;
    if (work.interruption) return this.#answers.fail(work.interruption);
    const transaction = work.transaction!;
    const closing = work.complete();
    this.#answers.call<Awaited<T>>(
      work,
      () =>
        (closing.length > 0
          ? Promise.all(closing).then(() => how(transaction))
          : how(transaction)) as Awaited<T>,
      then,
    );
  }

  /** RESET, or of Bolt 1 and 2 ACK_FAILURE, which leaves a transaction to its client. */
  reset(request: "RESET" | "ACK_FAILURE"): void {
    this.end("interrupted", new Interruption("reset"));
    if (request === "RESET") this.#texts.mark(false);
    const cleanup = this.#cleanup;
    if (!cleanup) return this.#answers.success();
    const { clock, limits, logger } = this.#host.config;
    const { turn } = this.#answers;
    const answer = (): void => {
      clock.clearTimeout(timer);
      if (turn === this.#answers.turn) this.#answers.success();
    };
    const timer = clock.setTimeout(() => {
      logger.warn?.("a backend does not stop after its signal was aborted", { connection: this.#out.id });
      answer();
    }, limits.resetGraceMs);
    void cleanup.then(answer);
  }

  #timedOut(work: Work, byClient: boolean): void {
    if (work !== this.#work) return;
    const interruption = new Interruption("timeout", byClient);
    this.end("interrupted", interruption);
    if (this.#answers.busy) return this.#answers.fail(interruption);
    // Nothing runs that could be told of it: the transaction's next request is.
    this.#work = work;
  }

  run({ query, parameters, extra }: Run, qid: number, principal: unknown): void {
    const { backend, config, metrics } = this.#host;
    const work = this.#work ?? this.#start(extra, principal, false);
    if (!work) return;
    if (work.interruption) return this.#answers.fail(work.interruption);
    if (work.openResults >= config.limits.maxOpenResults) {
      return this.#answers.fail(failure("invalidRequest", `more than ${work.openResults} open results`));
    }
    const startedAt = config.clock.now();
    metrics.queriesTotal++;
    this.#answers.call<QueryResult>(
      work,
      () => {
        const { context, transaction } = work;
        const ending = !transaction && !this.#out.version.atLeast(3) ? this.#texts.answer(query) : undefined;
        if (ending) return ending;
        const route = config.routingProcedures ? routingProcedure(query, parameters) : undefined;
        const { bookmarks, impersonatedUser } = context;
        if (route)
          return routesResult(routesFor(this.#host, { ...route, bookmarks, impersonatedUser }, context));
        return transaction
          ? transaction.run({ query, parameters }, context)
          : backend.run({ query, parameters }, context);
      },
      (answer) => {
        const result = new ResultStream(answer);
        work.open(qid, { query, result, startedAt });
        this.#answers.success({
          fields: result.keys,
          tFirst: Math.round(config.clock.now() - startedAt),
          // In a transaction BEGIN has said so.
          ...(!work.explicit && this.#homeDatabase(extra, answer)),
        });
      },
      (answer) => new ResultStream(answer).close(), // run too late
    );
  }

  stream(qid: number, n: number, how: "pull" | "discard"): void {
    const work = this.#work;
    const open = work?.query(qid);
    if (!work || !open) return this.#answers.fail(work?.interruption ?? failure("internal", "no result"));
    const answers = this.#answers;
    const { turn } = answers;
    open.result[how](n, this.#out, {
      done: (hasMore) => {
        if (turn !== answers.turn) return;
        if (hasMore) answers.success({ hasMore });
        else this.#finish(work, qid, open);
      },
      failed: (error) => {
        if (turn === answers.turn) answers.fail(error);
      },
    });
  }

  /** The last row was read or discarded: ask for the summary. */
  #finish(work: Work, qid: number, { result, startedAt }: OpenQuery): void {
    const { clock, defaultDatabase } = this.#host.config;
    const { context, explicit } = work;
    this.#answers.call<Summary | undefined | void>(
      work,
      () => result.summary(),
      (summary) => {
        work.close(qid, "success");
        if (!explicit) this.end("committed");
        this.#answers.success(
          summaryMetadata(summary ?? {}, {
            columns: result.keys.length > 0,
            rows: result.rows > 0,
            database: context.database ?? defaultDatabase,
            filter: context.notificationFilter,
            tLast: Math.round(clock.now() - startedAt),
            // Bolt 1 and 2 give bookmarks for commits only.
            autoCommit: !explicit && this.#out.version.atLeast(3),
          }),
        );
      },
    );
  }

  /** Ends the open work, once. RESET, and the end of the server, wait for what is left of it. */
  end(outcome: WorkOutcome, interruption?: Interruption): void {
    const work = this.#work;
    if (work?.transaction && !work.ended) this.#texts.mark(!work.completing);
    const settled = work?.end(outcome, interruption);
    this.#work = undefined;
    if (!settled) return;
    const cleanup: Promise<unknown> = Promise.all([this.#cleanup, settled]).finally(() => {
      if (this.#cleanup === cleanup) this.#cleanup = undefined;
    });
    this.#cleanup = cleanup;
  }
}
