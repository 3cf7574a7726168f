// What the requests of one client mean: logins, transactions and results, told to the backend and answered.
// Knows no bytes, sockets or versions' wire forms; the protocol beneath judges what is allowed when.
import {
  type Begin,
  BoltError,
  Failure,
  type Hello,
  PackError,
  type Request,
  type Route,
  type Run,
  type TransactionExtra,
} from "@bolt/protocol";
import type { Client, NotificationFilter, QueryResult, RouteRequest, Routes, Summary } from "./backend.ts";
import { asFailure, failure } from "./failures.ts";
import type { Host } from "./host.ts";
import { Interruption, interruptionFailure } from "./interruption.ts";
import { checkLogin, clientOf, helloMetadata, type LoggedIn } from "./login.ts";
import { BackendError, ResultStream, type RowSink } from "./result-stream.ts";
import { onlyServer, routeMetadata, routesResult, routingProcedure } from "./routing.ts";
import { summaryMetadata } from "./summary.ts";
import type { DuplexInfo } from "./transport.ts";
import { type AuthToken, type BoltVersion, isPromiseLike, type MaybePromise, type Metadata } from "./types.ts";
import { optionsOf, Work, WorkContext } from "./work.ts";

/** Where answers go: the connection. */
export interface Outlet extends RowSink {
  readonly id: string;
  readonly info: DuplexInfo;
  /** Once it is negotiated, which is before the first request. */
  readonly version: BoltVersion;
  success(metadata?: Metadata): void;
  failure(failure: Failure): void;
  /** The client has logged in, or off. */
  loggedIn(yes: boolean): void;
}

/** A result that is open, and what will be told of it at its end. */
interface OpenQuery {
  readonly result: ResultStream;
  readonly work: Work;
  readonly query: string;
  readonly startedAt: number;
}

const NOBODY: NotificationFilter = {};

export class Session {
  readonly #host: Host;
  readonly #out: Outlet;
  #client: Client | undefined;
  #principal: unknown;
  #filter = NOBODY;
  #work: Work | undefined;
  /** Open results with their queries, by qid. */
  readonly #queries = new Map<number, OpenQuery>();
  /** A request waits for its answer. */
  #busy = false;
  /** Counts answers, so that a call of the backend that settles too late finds that it does. */
  #turn = 0;
  /** Work that was interrupted and has not come to rest. */
  #cleanup: Promise<unknown> | undefined;

  constructor(host: Host, out: Outlet) {
    this.#host = host;
    this.#out = out;
  }

  /** A request is being worked at. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Nothing runs and nothing is open. */
  get idle(): boolean {
    return !this.#busy && this.#work === undefined;
  }

  /** Who is connected, once HELLO has come. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Takes the next request; the last one was answered. `qid`: the result that it opens or means. */
  request(request: Request, qid: number): void {
    this.#busy = true;
    switch (request.name) {
      case "HELLO":
        return this.#hello(request);
      case "LOGON":
        return this.#login(request.auth, {});
      case "LOGOFF":
        this.#principal = undefined;
        this.#out.loggedIn(false);
        return this.#success();
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
        if (Number.isInteger(request.api) && request.api >= 0 && request.api <= 3) return this.#success();
        return this.#fail(failure("invalidRequest", `unknown API in TELEMETRY: ${request.api}`));
      case "RESET":
      case "ACK_FAILURE":
        return this.#reset();
      default: // GOODBYE ends the connection and is not answered
    }
  }

  /** Stops what runs. What is asked of the backend already to commit or roll back is waited for. */
  interrupt(interruption: Interruption): void {
    if (this.#work?.completing && this.#busy) return;
    this.#end(interruption);
    if (this.#busy) this.#fail(interruptionFailure(interruption, this.#out.version));
  }

  /** The connection is gone, or goes. Returns what is still to be waited for. */
  close(interruption: Interruption): Promise<unknown> | undefined {
    this.#end(interruption);
    this.#answered();
    return this.#cleanup;
  }

  /** The protocol has refused a request by itself: what was open is over. */
  abandon(): void {
    if (!this.#busy && this.#work && !this.#work.ended) this.#end(new Interruption("failed"));
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
    if (hello.auth) this.#login(hello.auth, metadata);
    else this.#success(metadata);
  }

  #login(token: AuthToken, metadata: Metadata): void {
    const client = this.#client!;
    this.#call(
      undefined,
      () => checkLogin(this.#host, token, client),
      ({ principal, credentialsExpired }: LoggedIn) => {
        this.#principal = principal;
        this.#out.loggedIn(true);
        this.#host.events.emit("login", () => ({ client, scheme: token.scheme, user: token.principal }));
        this.#success({
          ...metadata,
          ...(credentialsExpired && { credentialsExpired }),
          advertisedAddress: this.#address(client.routing),
        });
      },
    );
  }

  // --- transactions

  #context(extra: TransactionExtra): WorkContext {
    const options = optionsOf(extra, this.#filter, this.#host.config.limits.transactionTimeoutMs);
    return new WorkContext(this.#principal, this.#client!, options);
  }

  /** New work, or undefined when there is too much already; the request is answered then. */
  #start(extra: TransactionExtra, explicit: boolean): Work | undefined {
    const { metrics, config } = this.#host;
    if (metrics.transactions >= config.limits.maxTransactions) {
      this.#fail(failure("tooManyTransactions", "Too many transactions at a time: try again later."));
      return undefined;
    }
    const work = new Work(config.clock, this.#context(extra), explicit);
    metrics.transactions++;
    this.#work = work;
    work.watch(config.clock, () => this.#timedOut(work, extra.txTimeoutMs !== undefined));
    return work;
  }

  #begin({ extra }: Begin): void {
    const { backend } = this.#host;
    if (!backend.begin) {
      const message = "This server has no explicit transactions: run the query in auto-commit mode.";
      return this.#fail(failure("unsupported", message));
    }
    const work = this.#start(extra, true);
    if (!work) return;
    this.#call(
      work,
      () => backend.begin!(work.context, work.context),
      (transaction) => {
        if (typeof transaction?.run !== "function") throw new BackendError("begin must return a transaction");
        work.transaction = transaction;
        this.#success(this.#homeDatabase(extra));
      },
      (transaction) => transaction.rollback(), // begun too late
    );
  }

  /** From 5.8 on, clients that name no database are told which one they got. */
  #homeDatabase({ db }: TransactionExtra): Metadata {
    return db || !this.#out.version.atLeast(5, 8) ? {} : { db: this.#host.config.defaultDatabase };
  }

  #commit(): void {
    const work = this.#work!;
    if (work.interruption) return this.#fail(work.interruption);
    const closing = work.closeResults(this.#warn);
    this.#endQueries("interrupted");
    const transaction = work.complete()!;
    this.#call(
      work,
      () => (closing.length > 0 ? Promise.all(closing).then(() => transaction.commit()) : transaction.commit()),
      (committed) => {
        this.#end(undefined, "committed");
        const bookmark = committed?.bookmark;
        this.#success(bookmark === undefined ? {} : { bookmark });
      },
    );
  }

  #rollback(): void {
    const work = this.#work!;
    const closing = work.closeResults(this.#warn);
    this.#endQueries("interrupted");
    // It has run out of time: then this has happened already.
    const transaction = work.ended ? undefined : work.complete();
    this.#call(
      work,
      () => (closing.length > 0 ? Promise.all(closing).then(() => transaction?.rollback()) : transaction?.rollback()),
      () => {
        this.#end(undefined, "rolled back");
        this.#work = undefined;
        this.#success();
      },
    );
  }

  #reset(): void {
    this.#end(new Interruption("reset"));
    const { config } = this.#host;
    const cleanup = this.#cleanup;
    if (!cleanup) return this.#success();
    const turn = this.#turn;
    const answer = (): void => {
      config.clock.clearTimeout(timer);
      if (turn === this.#turn) this.#success();
    };
    const timer = config.clock.setTimeout(() => {
      config.logger.warn?.("a backend does not stop after its signal was aborted", { connection: this.#out.id });
      answer();
    }, config.limits.resetGraceMs);
    void cleanup.then(answer);
  }

  #timedOut(work: Work, byClient: boolean): void {
    const interruption = new Interruption("timeout", byClient);
    if (work !== this.#work) return;
    this.#end(interruption);
    // The next request of the transaction is told when none is running now.
    this.#work = work;
    if (this.#busy) this.#fail(interruption);
  }

  // --- results

  #run({ query, parameters, extra }: Run, qid: number): void {
    const { backend, config, metrics } = this.#host;
    const work = this.#work ?? this.#start(extra, false);
    if (!work) return;
    if (work.interruption) return this.#fail(work.interruption);
    if (work.results.size >= config.limits.maxOpenResults) {
      return this.#fail(failure("invalidRequest", `more than ${work.results.size} open results in a transaction`));
    }
    const startedAt = config.clock.now();
    const routes = config.routingProcedures ? routingProcedure(query, parameters) : undefined;
    metrics.queriesTotal++;
    this.#call<QueryResult>(
      work,
      () => {
        if (routes) return this.#routesAsResult(routes, work);
        const asked = { query, parameters };
        return work.transaction ? work.transaction.run(asked, work.context) : backend.run(asked, work.context);
      },
      (answer) => {
        const result = new ResultStream(answer);
        work.results.set(qid, result);
        this.#queries.set(qid, { result, work, query, startedAt });
        metrics.openResults++;
        this.#success({
          fields: result.keys,
          tFirst: Math.round(config.clock.now() - startedAt),
          // In a transaction BEGIN has said so.
          ...(!work.explicit && this.#homeDatabase(extra)),
        });
      },
      (answer) => new ResultStream(answer).close(), // run too late
    );
  }

  #stream(qid: number, n: number, how: "pull" | "discard"): void {
    const work = this.#work;
    if (!work || work.interruption) return this.#fail(work?.interruption ?? failure("internal", "no result"));
    const open = this.#queries.get(qid)!;
    const turn = this.#turn;
    open.result[how](n, this.#out, {
      done: (hasMore) => {
        if (turn !== this.#turn) return;
        if (hasMore) this.#success({ hasMore });
        else this.#finish(work, qid, open);
      },
      failed: (error) => {
        if (turn === this.#turn) this.#fail(error);
      },
    });
  }

  /** The last row was read or discarded: ask for the summary. */
  #finish(work: Work, qid: number, { result, startedAt }: OpenQuery): void {
    const { config } = this.#host;
    const { context, explicit } = work;
    this.#call<Summary | undefined | void>(
      work,
      () => result.summary(),
      (summary) => {
        work.results.delete(qid);
        this.#endQuery(qid, "success");
        if (!explicit) this.#end(undefined);
        this.#success(
          summaryMetadata(summary ?? {}, {
            columns: result.keys.length > 0,
            rows: result.rows > 0,
            database: context.database ?? config.defaultDatabase,
            filter: context.notificationFilter,
            tLast: Math.round(config.clock.now() - startedAt),
            // Bolt 1 and 2 give bookmarks for commits only.
            autoCommit: !explicit && this.#out.version.atLeast(3),
          }),
        );
      },
    );
  }

  // --- routing

  #route({ routing, db, bookmarks, impUser }: Route): void {
    const context = this.#context({ bookmarks, db, impUser, mode: "r" });
    const request = { routing, database: db || undefined, bookmarks, impersonatedUser: impUser };
    this.#call(
      undefined,
      () => this.#routes(request, context),
      (routes) => this.#success(routeMetadata(routes, this.#out.version)),
    );
  }

  #routesAsResult(asked: Pick<RouteRequest, "routing" | "database">, work: Work): MaybePromise<QueryResult> {
    const { bookmarks, impersonatedUser } = work.context;
    const routes = this.#routes({ ...asked, bookmarks, impersonatedUser }, work.context);
    return isPromiseLike(routes) ? Promise.resolve(routes).then(routesResult) : routesResult(routes);
  }

  #routes(request: RouteRequest, context: WorkContext): MaybePromise<Routes> {
    const { backend, config } = this.#host;
    if (backend.route) return backend.route(request, context);
    return onlyServer(this.#address(request.routing), request.database ?? config.defaultDatabase);
  }

  /** This server, as the client reached it if that is known. */
  #address(routing: Readonly<Record<string, string>> | undefined): string {
    const { advertisedAddress } = this.#host.config;
    return routing?.["address"] ?? advertisedAddress ?? this.#out.info.localAddress ?? "localhost:7687";
  }

  // --- answers

  /**
   * Calls the backend, and goes on at once when it answers at once. What settles after its request was
   * answered, because of an interruption, is handed to `late` to be undone.
   */
  #call<T>(
    work: Work | undefined,
    call: () => MaybePromise<T>,
    then: (value: T) => void,
    late?: (value: T) => unknown,
  ): void {
    let value: MaybePromise<T>;
    try {
      value = call();
    } catch (error) {
      return this.#fail(error);
    }
    if (!isPromiseLike(value)) return this.#proceed(then, value);
    const turn = this.#turn;
    const settled: Promise<unknown> = Promise.resolve(value)
      .then(
        (result) => {
          if (work?.inFlight === settled) work.inFlight = undefined;
          return turn === this.#turn ? this.#proceed(then, result) : late?.(result);
        },
        (error) => {
          if (work?.inFlight === settled) work.inFlight = undefined;
          if (turn === this.#turn) this.#fail(error);
        },
      )
      .catch(this.#warn);
    if (work) work.inFlight = settled;
  }

  #proceed<T>(then: (value: T) => void, value: T): void {
    try {
      then(value);
    } catch (error) {
      this.#fail(error);
    }
  }

  #success(metadata?: Metadata): void {
    this.#answered();
    try {
      this.#out.success(metadata);
    } catch (error) {
      // A summary that cannot be packed; everything else has its own place to be caught.
      if (!(error instanceof PackError)) throw error;
      return this.#fail(error);
    }
  }

  #answered(): void {
    this.#busy = false;
    this.#turn++;
  }

  /** Answers the running request with what went wrong; whatever it belonged to is over. */
  #fail(error: unknown): void {
    const told = this.#failureOf(error);
    this.#end(new Interruption("failed"), "failed");
    this.#work = undefined;
    this.#answered();
    try {
      this.#out.failure(told);
    } catch (unpackable) {
      if (!(unpackable instanceof PackError)) throw unpackable;
      this.#out.failure(this.#failureOf(unpackable));
    }
  }

  /** What the client may know of it. The rest goes to the log, under an id that the client is given. */
  #failureOf(error: unknown): Failure {
    const { config, events, metrics } = this.#host;
    const interruption = error instanceof Interruption ? error : this.#work?.interruption;
    let told = interruption ? interruptionFailure(interruption, this.#out.version) : asFailure(error);
    let errorId: string | undefined;
    if (!told && error instanceof PackError) {
      told = failure("invalidRequest", `The result cannot be sent to this client: ${error.message}`);
    }
    if (!told) {
      errorId = crypto.randomUUID().slice(0, 8);
      told = failure("internal", `The server has failed; its log tells the reason under ${errorId}.`);
      const kind = error instanceof BackendError || error instanceof BoltError ? error.message : "the backend failed";
      config.logger.error?.(kind, { connection: this.#out.id, errorId, error });
    }
    metrics.failuresTotal++;
    const { code, message } = told;
    const client = this.#client;
    if (client) events.emit("failure", () => ({ client, code, message, errorId }));
    return told;
  }

  // --- endings

  /** Ends the open work, once. */
  #end(
    interruption: Interruption | undefined,
    outcome: "committed" | "rolled back" | "failed" | "interrupted" = "interrupted",
  ): void {
    const work = this.#work;
    if (!work) return;
    this.#work = undefined;
    if (work.ended) return;
    this.#endQueries(outcome === "failed" ? "failure" : "interrupted");
    const { metrics, events, config } = this.#host;
    metrics.transactions--;
    this.#wait(work.end(interruption, this.#warn));
    if (!work.explicit) return;
    events.emit("transaction", () => ({
      client: this.#client!,
      outcome,
      durationMs: config.clock.now() - work.startedAt,
    }));
  }

  #endQueries(outcome: "failure" | "interrupted"): void {
    for (const qid of this.#queries.keys()) this.#endQuery(qid, outcome);
  }

  #endQuery(qid: number, outcome: "success" | "failure" | "interrupted"): void {
    const { metrics, events, config } = this.#host;
    const { query, result, work, startedAt } = this.#queries.get(qid)!;
    this.#queries.delete(qid);
    metrics.openResults--;
    metrics.rowsSent += result.rows;
    events.emit("query", () => ({
      client: this.#client!,
      query,
      database: work.context.database,
      rows: result.rows,
      durationMs: config.clock.now() - startedAt,
      outcome,
      inTransaction: work.explicit,
    }));
  }

  /** RESET, and the end of the server, wait for what is left of interrupted work. */
  #wait(settled: Promise<unknown> | undefined): void {
    if (!settled) return;
    const cleanup: Promise<unknown> = Promise.all([this.#cleanup, settled]).finally(() => {
      if (this.#cleanup === cleanup) this.#cleanup = undefined;
    });
    this.#cleanup = cleanup;
  }

  readonly #warn = (error: unknown): void => {
    this.#host.config.logger.warn?.("the backend failed while ending a transaction or a result", {
      connection: this.#out.id,
      error,
    });
  };
}
