// What one client has open: an explicit transaction or an auto-commit query, from its first request to its end, with
// its results. Passes each request that concerns it to the backend, and answers it. Knows no login, no bytes.
import type { Begin, Discard, Pull, Run, Metadata } from "@bolt/protocol";
import type { QueryResult, Summary, Transaction } from "../backend.ts";
import { within } from "../clock.ts";
import { failure } from "../failures.ts";
import type { Host } from "../host.ts";
import type { MaybePromise } from "../maybe-promise.ts";
import type { Answers } from "./answers.ts";
import { checkTransaction } from "./contract.ts";
import { Interruption } from "./interruption.ts";
import type { Outlet } from "./outlet.ts";
import { ResultStream } from "./result-stream.ts";
import { routesFor, routesResult, routingProcedure } from "./routing.ts";
import { noTransactions } from "./stateless.ts";
import { summaryMetadata } from "./summary.ts";
import { TextEndings } from "./text-endings.ts";
import type { WorkContext } from "./work-context.ts";
import { type OpenQuery, Work, type WorkOutcome } from "./work.ts";

export class CurrentWork {
  /** The open work, or work that has timed out without the client knowing it yet. */
  current: Work | undefined;
  /** Interrupted work that has not settled yet. */
  rest: Promise<unknown> | undefined;
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #answers: Answers;
  readonly #texts = new TextEndings();

  constructor(host: Host, out: Outlet, answers: Answers) {
    this.#host = host;
    this.#out = out;
    this.#answers = answers;
  }

  /** Starts work. Undefined when there is too much already: the request has been answered then. */
  #start({ extra }: Begin | Run, context: WorkContext, explicit: boolean): Work | undefined {
    const { metrics, limits, timeouts } = this.#host;
    if (metrics.transactions >= limits.maxTransactions) {
      this.#answers.fail(failure("tooManyTransactions", "Too many transactions at a time: try again later."));
      return undefined;
    }
    const work = new Work(this.#host, context, explicit, this.#answers.warn);
    this.current = work;
    if (timeouts === "server") work.watch(() => this.#timedOut(work, extra.txTimeoutMs !== undefined));
    return work;
  }

  begin(request: Begin, context: WorkContext): void {
    const { backend } = this.#host;
    if (!backend.begin) return this.#answers.fail(noTransactions());
    const work = this.#start(request, context, true);
    if (!work) return;
    this.#answers.call(
      () => backend.begin!(context, context),
      (transaction) => {
        checkTransaction(transaction);
        work.transaction = transaction;
        this.#answers.success(this.#homeDatabase(context, transaction));
      },
      work,
      (transaction) => transaction.rollback(), // begun too late
    );
  }

  /** From 5.8 on, clients that name no database are told which one they got. */
  #homeDatabase(context: WorkContext, { database }: Pick<Transaction, "database">): Metadata {
    if (context.database !== undefined || !this.#out.version.atLeast(5, 8)) return {};
    return { db: database ?? this.#host.defaultDatabase };
  }

  /** COMMIT and ROLLBACK, once the open results have closed. */
  complete(request: "COMMIT" | "ROLLBACK"): void {
    const work = this.current!;
    const commits = request === "COMMIT";
    const done = (committed?: { readonly bookmark?: string | undefined } | void): void => {
      this.#end(commits ? "committed" : "rolled back");
      const bookmark = commits ? committed?.bookmark : undefined;
      this.#answers.success(bookmark === undefined ? {} : { bookmark });
    };
    // Whatever the outcome, the client has ended the transaction.
    this.#texts.mark(false);
    if (work.interruption) {
      // It has timed out, and was rolled back then.
      return commits ? this.#answers.fail(work.interruption) : done();
    }
    const transaction = work.transaction!;
    const ask = () => (commits ? transaction.commit() : transaction.rollback());
    const closing = work.complete();
    this.#answers.call(() => (closing ? closing.then(ask) : ask()), done, work);
  }

  /** RESET; or on Bolt 1 and 2 ACK_FAILURE, after which the client still has to end a failed transaction. */
  reset(request: "RESET" | "ACK_FAILURE"): void {
    this.stop(new Interruption("reset"));
    if (request === "RESET") this.#texts.mark(false);
    const { clock, limits, logger } = this.#host;
    const stopped =
      this.rest &&
      within(clock, limits.resetGraceMs, this.rest).then((inTime) => {
        if (inTime) return;
        logger.warn("a backend does not stop after its signal was aborted", { connection: this.#out.id });
      });
    this.#answers.call(
      () => stopped,
      () => this.#answers.success(),
    );
  }

  #timedOut(work: Work, byClient: boolean): void {
    const interruption = new Interruption("timeout", byClient);
    this.stop(interruption);
    if (this.#answers.busy) return this.#answers.fail(interruption);
    // No request is running that could be answered with it: the transaction's next request is.
    this.current = work;
  }

  /** `context` is given for an auto-commit query. */
  run(request: Run, qid: number, context?: WorkContext): void {
    const { clock, limits, metrics } = this.#host;
    const work = this.current ?? this.#start(request, context!, false);
    if (!work) return;
    if (work.interruption) return this.#answers.fail(work.interruption);
    if (work.openResults >= limits.maxOpenResults) {
      return this.#answers.fail(failure("invalidRequest", `more than ${work.openResults} open results`));
    }
    const startedAt = clock.now();
    metrics.queriesTotal++;
    this.#answers.call<QueryResult>(
      () => this.#ask(request, work),
      (answer) => {
        const result = new ResultStream(answer);
        work.open(qid, { query: request.query, result, startedAt });
        this.#answers.success({
          fields: result.keys,
          tFirst: Math.round(clock.now() - startedAt),
          // In a transaction the answer to BEGIN has said it.
          ...(!work.explicit && this.#homeDatabase(work.context, answer)),
        });
      },
      work,
      (answer) => new ResultStream(answer).close(), // run too late
    );
  }

  /** Runs a query on the backend, unless the server answers it by itself. */
  #ask({ query, parameters }: Run, { context, transaction }: Work): MaybePromise<QueryResult> {
    const { backend, routingProcedures } = this.#host;
    const ending = !transaction && !this.#out.version.atLeast(3) ? this.#texts.answer(query) : undefined;
    if (ending) return ending;
    const route = routingProcedures ? routingProcedure(query, parameters) : undefined;
    if (route) return routesResult(routesFor(this.#host, route, context));
    return (transaction ?? backend).run({ query, parameters }, context);
  }

  stream({ name, n }: Pull | Discard, qid: number): void {
    const work = this.current!;
    const open = work.query(qid);
    // It has timed out.
    if (!open) return this.#answers.fail(work.interruption);
    const summarize = (): void => this.#summarize(work, qid, open);
    // All rows that are left: they are not even read.
    const discards = name === "DISCARD";
    if (discards && n < 0) return this.#answers.call(() => open.result.close(), summarize, work);
    open.result.serve(n, discards, this.#out, {
      done: (hasMore) => (hasMore ? this.#answers.success({ hasMore }) : summarize()),
      failed: (error) => this.#answers.fail(error),
    });
  }

  /** The last row was read or discarded: asks for the summary. */
  #summarize(work: Work, qid: number, { result, startedAt }: OpenQuery): void {
    const { clock, defaultDatabase } = this.#host;
    const { context, explicit } = work;
    this.#answers.call<Summary | undefined | void>(
      () => result.summary(),
      (summary) => {
        work.close(qid, "success");
        if (!explicit) this.#end("committed");
        this.#answers.success(
          summaryMetadata(summary ?? {}, {
            columns: result.keys.length > 0,
            rows: result.had,
            database: context.database ?? defaultDatabase,
            filter: context.notificationFilter,
            tLast: Math.round(clock.now() - startedAt),
            // Bolt 1 and 2 give bookmarks for commits only.
            autoCommit: !explicit && this.#out.version.atLeast(3),
          }),
        );
      },
      work,
    );
  }

  /** Interrupts the open work, if there is any. */
  stop(interruption: Interruption): void {
    this.#end(interruption.reason === "failed" ? "failed" : "interrupted", interruption);
  }

  /** Ends the open work, once. RESET and the server's close() wait until it has settled. */
  #end(outcome: WorkOutcome, interruption?: Interruption): void {
    const work = this.current;
    this.current = undefined;
    // Work that has timed out has ended already.
    if (!work || work.interruption) return;
    if (work.transaction) this.#texts.mark(!work.completing);
    const settled = work.end(outcome, interruption);
    if (!settled) return;
    const rest: Promise<unknown> = Promise.all([this.rest, settled]).finally(() => {
      if (this.rest === rest) this.rest = undefined;
    });
    this.rest = rest;
  }
}
