// What the requests of one client mean: logins, transactions and results, told to the backend and answered.
// Knows no bytes, sockets or versions' wire forms; the protocol beneath judges what is allowed when.
import {
  AuthToken,
  type Begin,
  type Hello,
  type Request,
  type Route,
  type Run,
  type TransactionExtra,
} from "@bolt/protocol";
import { Answers, type AnswersOwner } from "./answers.ts";
import type { Client, NotificationFilter, QueryResult, Summary, Transaction } from "./backend.ts";
import { failure } from "./failures.ts";
import type { Host } from "./host.ts";
import { Interruption } from "./interruption.ts";
import { checkLogin, clientOf, helloMetadata } from "./login.ts";
import type { Outlet } from "./outlet.ts";
import { BackendError, ResultStream } from "./result-stream.ts";
import { addressOf, routeMetadata, routesFor, routesResult, routingProcedure } from "./routing.ts";
import { summaryMetadata } from "./summary.ts";
import { endingOfNothing } from "./text-endings.ts";
import type { Metadata } from "./types.ts";
import { type OpenQuery, Work, type WorkOutcome } from "./work.ts";
import { optionsOf, WorkContext } from "./work-context.ts";

export class Session implements AnswersOwner {
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #answers: Answers;
  #client: Client | undefined;
  #principal: unknown;
  #filter: NotificationFilter = {};
  /** What is open, or has run out of time and is not told of yet. */
  #work: Work | undefined;
  /** Of the last ROUTE: there is a signal to abort, and nothing else to end. */
  #routing: WorkContext | undefined;
  /** Work that was interrupted and has not come to rest. */
  #cleanup: Promise<unknown> | undefined;

  constructor(host: Host, out: Outlet) {
    this.#host = host;
    this.#out = out;
    this.#answers = new Answers(host, out, this);
  }

  /** A request is being worked at. */
  get busy(): boolean {
    return this.#answers.busy;
  }

  /** Nothing runs and nothing is open. */
  get idle(): boolean {
    return !this.busy && this.#work === undefined;
  }

  /** Who is connected, once HELLO has come. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Takes the next request; the last one was answered. `qid`: the result that it opens or means. */
  request(request: Request, qid: number): void {
    this.#answers.begin();
    switch (request.name) {
      case "HELLO":
        return this.#hello(request);
      case "LOGON":
        return this.#login(request.auth, {});
      case "LOGOFF":
        this.#principal = undefined;
        this.#out.loggedIn(false);
        return this.#answers.success();
      case "RUN":
        return this.#run(request, qid);
      case "PULL":
        return this.#stream(qid, request.n, "pull");
      case "DISCARD":
        return this.#stream(qid, request.n, "discard");
      case "BEGIN":
        return this.#begin(request);
      case "COMMIT":
        return this.#commit();
      case "ROLLBACK":
        return this.#rollback();
      case "ROUTE":
        return this.#route(request);
      case "TELEMETRY":
        if ([0, 1, 2, 3].includes(request.api)) return this.#answers.success();
        return this.#answers.fail(failure("invalidRequest", `unknown API in TELEMETRY: ${request.api}`));
      case "RESET":
      case "ACK_FAILURE":
        return this.#reset();
      default: // GOODBYE ends the connection and is not answered
    }
  }

  /** Stops what runs. What is asked of the backend already to commit or roll back is waited for. */
  interrupt(interruption: Interruption): void {
    if (this.#work?.completing && this.busy) return;
    this.#routing?.abort(interruption);
    this.#end("interrupted", interruption);
    if (this.busy) this.#answers.fail(interruption);
  }

  /** The connection is gone, or goes. Returns what is still to be waited for. */
  close(interruption: Interruption): Promise<unknown> | undefined {
    this.#routing?.abort(interruption);
    this.#end("interrupted", interruption);
    this.#answers.drop();
    return this.#cleanup;
  }

  /** The protocol has refused a request by itself: what was open is over. */
  abandon(): void {
    if (!this.busy && this.#work) this.#end("failed", new Interruption("failed"));
  }

  /** For the answers: whatever a failed request belonged to is over. */
  failing(error: unknown): unknown {
    const reason = this.#work?.interruption ?? error;
    this.#end("failed", new Interruption("failed"));
    return reason;
  }

  // --- login

  #hello(hello: Hello): void {
    const { id, info, version } = this.#out;
    this.#client = clientOf(hello, version, id, info);
    this.#filter = {
      minimumSeverity: hello.notificationsMinimumSeverity,
      disabledClassifications: hello.notificationsDisabledClassifications,
    };
    const metadata = helloMetadata(this.#host, id, version);
    // Up to 5.0 this is the login as well; whatever it lacks, nobody gets past it.
    if (!version.atLeast(5, 1)) this.#login(hello.auth ?? new AuthToken({ scheme: "none" }), metadata);
    else this.#answers.success(metadata);
  }

  #login(token: AuthToken, metadata: Metadata): void {
    const client = this.#client!;
    this.#answers.call(
      undefined,
      () => checkLogin(this.#host, token, client),
      ({ principal, credentialsExpired }) => {
        this.#principal = principal;
        this.#out.loggedIn(true);
        this.#host.events.emit("login", () => ({ client, scheme: token.scheme, user: token.principal }));
        this.#answers.success({
          ...metadata,
          ...(credentialsExpired && { credentialsExpired }),
          advertisedAddress: addressOf(this.#host, this.#out.info, client.routing),
        });
      },
    );
  }

  // --- transactions

  #context(extra: TransactionExtra): WorkContext {
    const options = optionsOf(extra, this.#filter, this.#host.config);
    return new WorkContext(this.#principal, this.#client!, options);
  }

  /** New work, or undefined when there is too much already; the request is answered then. */
  #start(extra: TransactionExtra, explicit: boolean): Work | undefined {
    const { metrics, config } = this.#host;
    if (metrics.transactions >= config.limits.maxTransactions) {
      this.#answers.fail(failure("tooManyTransactions", "Too many transactions at a time: try again later."));
      return undefined;
    }
    const work = new Work(this.#host, this.#context(extra), explicit, this.#answers.warn);
    this.#work = work;
    if (config.timeouts === "server") {
      work.watch(() => this.#timedOut(work, extra.txTimeoutMs !== undefined));
    }
    return work;
  }

  #begin({ extra }: Begin): void {
    const { backend } = this.#host;
    if (!backend.begin) {
      const message = "This server has no explicit transactions: run the query in auto-commit mode.";
      return this.#answers.fail(failure("unsupported", message));
    }
    const work = this.#start(extra, true);
    if (!work) return;
    this.#answers.call(
      work,
      () => backend.begin!(work.context, work.context),
      (transaction) => {
        if (typeof transaction?.run !== "function") throw new BackendError("begin must return a transaction");
        work.transaction = transaction;
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

  #commit(): void {
    this.#complete(
      (transaction) => transaction.commit(),
      (committed) => {
        this.#end("committed");
        const bookmark = committed?.bookmark;
        this.#answers.success(bookmark === undefined ? {} : { bookmark });
      },
    );
  }

  #rollback(): void {
    const done = (): void => {
      this.#end("rolled back");
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

  #reset(): void {
    this.#end("interrupted", new Interruption("reset"));
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
    this.#end("interrupted", interruption);
    if (this.busy) return this.#answers.fail(interruption);
    // Nothing runs that could be told of it: the transaction's next request is.
    this.#work = work;
  }

  // --- results

  #run({ query, parameters, extra }: Run, qid: number): void {
    const { backend, config, metrics } = this.#host;
    const work = this.#work ?? this.#start(extra, false);
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
        const ending = !transaction && !this.#out.version.atLeast(3) ? endingOfNothing(query) : undefined;
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

  #stream(qid: number, n: number, how: "pull" | "discard"): void {
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
        if (!explicit) this.#end("committed");
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

  #route({ routing, db, bookmarks, impUser }: Route): void {
    const context = this.#context({ bookmarks, db, impUser, mode: "r" });
    this.#routing = context;
    this.#answers.call(
      undefined,
      () => {
        const { database, impersonatedUser } = context;
        return routesFor(this.#host, { routing, database, bookmarks, impersonatedUser }, context);
      },
      (routes) => {
        this.#routing = undefined;
        this.#answers.success(routeMetadata(routes, this.#out.version));
      },
    );
  }

  // --- endings

  /** Ends the open work, once. RESET, and the end of the server, wait for what is left of it. */
  #end(outcome: WorkOutcome, interruption?: Interruption): void {
    const settled = this.#work?.end(outcome, interruption);
    this.#work = undefined;
    if (!settled) return;
    const cleanup: Promise<unknown> = Promise.all([this.#cleanup, settled]).finally(() => {
      if (this.#cleanup === cleanup) this.#cleanup = undefined;
    });
    this.#cleanup = cleanup;
  }
}
