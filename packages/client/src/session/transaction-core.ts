// One transaction: BEGIN, queries, COMMIT or ROLLBACK on one connection. Knows when it has ended and when its outcome
// is unknown; knows no session and no retries.
import type { BoltError, Metadata } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import type { Connection } from "../connection/connection.ts";
import { handler, nothing } from "../connection/replies.ts";
import { answerOf } from "../deadline.ts";
import {
  abortError,
  CommitUnknownError,
  ConfigError,
  IgnoredError,
  ServerFailure,
  TransactionEndedError,
} from "../errors.ts";
import type { AccessMode } from "../pool/provider.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { Result } from "../result/result.ts";
import { ResultStream } from "../result/stream.ts";
import { madeHere, rejection } from "../stack.ts";
import type { Acquired, Chain } from "./chain.ts";
import { CHECKS, mistake } from "./checks.ts";
import {
  type Api,
  type Parameters,
  type TransactionConfig,
  type TransactionQueryConfig,
  unsendable,
} from "./work.ts";

/** Settings of a transaction. */
export interface TransactionOptions {
  readonly chain: Chain;
  readonly mode: AccessMode;
  readonly config: TransactionConfig;
  /** Sent to the server before BEGIN, if telemetry is on. */
  readonly api: Api | undefined;
  /** Called once, when the connection is released. */
  readonly ended: () => void;
}

/** Acquires a connection for a transaction, without a promise if one is idle. Sends nothing yet. */
export function openTransaction(options: TransactionOptions): TransactionCore | Promise<TransactionCore> {
  const { chain, mode, config } = options;
  const open = (acquired: Acquired): TransactionCore => {
    const { signal } = config;
    if (!signal?.aborted) return new TransactionCore(options, acquired);
    // It fired while the connection was being acquired, and will not fire again.
    chain.release(acquired);
    throw abortError(signal, "waiting for a connection", acquired.connection.server.address);
  };
  const acquired = chain.acquire(mode, config.signal);
  return acquired instanceof Promise ? acquired.then(open, rejection) : open(acquired);
}

/** How long a rollback waits for open results before it resets the connection: short ones end by then. */
const PATIENCE_MS = 250;

/** The transaction itself; BEGIN is held back and sent together with the first query. */
export class TransactionCore implements StreamOwner {
  /** The server has answered TELEMETRY, which need not be sent again. */
  telemetryHeard = false;
  readonly #options: TransactionOptions;
  readonly #acquired: Acquired;
  readonly #streams: Set<ResultStream> = new Set();
  #connection: Connection | undefined;
  /** The state it has or is about to have: until then it keeps its connection. */
  #state: "open" | TransactionEndedError["state"] = "open";
  #begun = false;
  #error: BoltError | undefined;
  /** The result whose failure ended it. */
  #culprit: ResultStream | undefined;
  #last: ResultStream | undefined;
  #streamsEnded: (() => void) | undefined;
  #rollingBack: Promise<void> | undefined;
  /** The answer to the COMMIT that left with the queries. */
  #committed: Promise<void> | undefined;
  #failRequest: ((error: BoltError) => void) | undefined;
  readonly #unlisten: () => void;

  constructor(options: TransactionOptions, acquired: Acquired) {
    const { connection } = acquired;
    this.#options = options;
    this.#acquired = acquired;
    this.#connection = connection;
    this.#unlisten = onceAborted(options.config.signal, (fired) => {
      void this.#fail(abortError(fired, "in a transaction", connection.server.address));
    });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isCommitted(): boolean {
    return this.#state === "committed" && !this.#connection;
  }

  /** Sends BEGIN and waits for the answer. */
  begin(): Promise<void> {
    // Its signal may already have ended it.
    if (this.#error) return Promise.resolve(rejection(this.#error));
    const connection = this.#live();
    return this.#request(connection, (begun, failed) => this.#queueBegin(connection, failed, begun));
  }

  run(query: string, parameters: Parameters, config: TransactionQueryConfig): ResultStream {
    const { chain } = this.#options;
    const wrong = mistake(query, parameters, config, CHECKS.transactionQuery);
    const settings = wrong ? {} : config;
    const stream = new ResultStream(this, query, parameters, settings.fetchSize ?? chain.fetchSize, settings);
    try {
      // A mistake leaves the transaction open; a signal that has already fired ends it, like one that fires later.
      if (wrong && this.isOpen && !(wrong instanceof ConfigError)) void this.#fail(wrong);
      if (wrong) throw wrong;
      this.#send(stream, this.#live());
    } catch (error) {
      stream.fail(madeHere(error as BoltError));
    }
    return stream;
  }

  commit(): Promise<void> {
    if (this.#committed) return this.#committed;
    const unheard = this.#culprit && !this.#culprit.heard && this.#error;
    if (unheard) return Promise.resolve(rejection(unheard));
    // Usually there is nothing to wait for, and one promise suffices.
    return this.isOpen && this.#streams.size === 0 ? this.#commit(this.#connection!) : this.#commitBehind();
  }

  /**
   * Calls the work of a managed transaction; all queries that it runs at once leave in one write. A read that returns its
   * result is over with that: if all rows are requested, COMMIT leaves with it. The server ignores it after a failure.
   */
  perform<T>(work: () => T): T {
    const connection = this.#connection;
    if (!connection) return work();
    return connection.inOneWrite(() => {
      const result = work();
      const over = result instanceof Result && this.#options.mode === "read" && this.isOpen && this.#begun;
      if (over && [...this.#streams].every((stream) => stream.isAskedForAll)) {
        this.#committed = this.#commit(connection);
        // The result tells of a failure first.
        this.#committed.catch(nothing);
      }
      return result;
    });
  }

  async rollback(): Promise<void> {
    if (this.#state === "failed") return;
    if (this.#committed) return this.#committed;
    return (this.#rollingBack ??= this.#rollBack(this.#live()));
  }

  isBehind(stream: ResultStream): boolean {
    return stream !== this.#last;
  }

  streamEnded(stream: ResultStream): void {
    this.#streams.delete(stream);
    this.#wake();
  }

  streamFailed(stream: ResultStream, error: BoltError, sent: boolean): void | Promise<void> {
    if (!sent) return;
    this.#streams.delete(stream);
    if (this.#connection) this.#culprit = stream;
    return this.#fail(error);
  }

  #send(stream: ResultStream, connection: Connection): void {
    try {
      if (!this.#begun) this.#queueBegin(connection, (error) => void this.#fail(error));
      // Before 4.0 the open result must end first.
      if (!connection.supports(4)) this.#last?.hurry();
      stream.send(connection, {});
    } catch (error) {
      const refused = unsendable(error, connection);
      if (!connection.isOpen) void this.#fail(refused);
      throw refused;
    }
    this.#streams.add(stream);
    this.#last = stream;
    connection.flush();
  }

  #queueBegin(connection: Connection, failed: (error: BoltError) => void, begun = nothing): void {
    const { chain, config, api } = this.#options;
    const { request } = this.#acquired;
    if (api !== undefined && chain.shared.config.telemetry)
      connection.telemetry(api, () => (this.telemetryHeard = true));
    const succeeded = (metadata: Metadata): void => {
      chain.learnDatabase(metadata, request);
      begun();
    };
    connection.begin(chain.extra(request, config), handler(failed, succeeded));
    this.#begun = true;
  }

  /** Sends BEGIN, COMMIT or ROLLBACK; a failure fails the transaction and is rejected as what `toError` makes of it. */
  #request(
    connection: Connection,
    send: (done: (later?: void | Promise<void>) => void, failed: (error: BoltError) => void) => void,
    toError: (error: BoltError, connection: Connection) => BoltError = unchanged,
  ): Promise<void> {
    return new Promise((resolve) => {
      let convert = toError;
      const failed = (error: BoltError): void => {
        this.#failRequest = undefined;
        const held = this.#fail(error);
        const tell = (): void => resolve(rejection(convert(error, connection)));
        if (held) held.then(tell, tell);
        else tell();
      };
      this.#failRequest = failed;
      try {
        send(resolve, failed);
        connection.flush();
      } catch (error) {
        // Nothing was sent, so the outcome is known.
        convert = unchanged;
        failed(unsendable(error, connection));
      }
    });
  }

  async #commitBehind(): Promise<void> {
    const connection = this.#live();
    this.#state = "committed";
    await this.#finishStreams();
    if (this.#error) return rejection(this.#error);
    await this.#commit(connection);
  }

  #commit(connection: Connection): Promise<void> {
    const { chain } = this.#options;
    this.#state = "committed";
    if (!this.#begun) {
      this.#end();
      return Promise.resolve();
    }
    return this.#request(
      connection,
      (done, failed) => {
        const committed = (metadata: Metadata): void => {
          // Aborted meanwhile.
          if (!this.#connection) return;
          const learning = chain.learn(metadata, this.#acquired.request);
          this.#end();
          done(learning);
        };
        connection.commit(handler(failed, committed));
      },
      // A read that was not committed has lost nothing: it may be done again.
      this.#options.mode === "read" ? unchanged : commitError,
    );
  }

  /** Ends the open state first: a query sent after ROLLBACK would run in its own transaction. */
  async #rollBack(connection: Connection): Promise<void> {
    this.#state = "rolled back";
    // Results that do not end soon are cut off by a RESET, which rolls back too.
    const through = this.#streams.size === 0 || (await this.#finishStreams(PATIENCE_MS));
    if (!this.#connection) return;
    if (!through || !this.#begun) {
      this.#end();
      for (const stream of this.#streams) stream.fail(this.#ended());
      return;
    }
    const answer = this.#request(connection, (done, failed) =>
      connection.rollback(handler(failed, () => done())),
    );
    const { address } = connection.server;
    const { config } = this.#options.chain.shared;
    await answerOf(`${address} to ROLLBACK`, answer, config, undefined, address).catch((error: BoltError) => {
      if (error instanceof ServerFailure) throw error;
      // Closing the connection ends its transaction too.
      if (this.#connection) connection.destroy(error);
    });
    if (this.#connection) this.#end();
  }

  /** Reads open results to their end, discarding unread ones; resolves with false if that takes too long. */
  async #finishStreams(patienceMs: number = Infinity): Promise<boolean> {
    const { clock } = this.#options.chain.shared.config;
    const patience = { over: false };
    const giveUp = (): void => {
      patience.over = true;
      this.#wake();
    };
    const timer = patienceMs === Infinity ? undefined : clock.setTimeout(giveUp, patienceMs);
    for (const stream of this.#streams) stream.abandon();
    while (this.#streams.size > 0 && !patience.over)
      await new Promise<void>((resolve) => (this.#streamsEnded = resolve));
    if (timer !== undefined) clock.clearTimeout(timer);
    return !patience.over;
  }

  /** The connection of an open transaction; throws TransactionEndedError otherwise. */
  #live(): Connection {
    if (!this.isOpen) throw this.#ended();
    return this.#connection!;
  }

  #ended(): TransactionEndedError {
    const state = this.#state as TransactionEndedError["state"];
    const why = this.#error ? `: ${this.#error.message}` : "";
    const how = state === "failed" ? "it failed" : `it ${this.#connection ? "is being" : "was"} ${state}`;
    return new TransactionEndedError(state, `the transaction has ended, ${how}${why}`, {
      server: this.#acquired.connection.server.address,
      cause: this.#error,
    });
  }

  #fail(error: BoltError): void | Promise<void> {
    if (!this.#connection) return;
    this.#error = error;
    const judged = this.#options.chain.judge(this.#acquired, error);
    const failRequest = this.#failRequest;
    this.#state = "failed";
    this.#end();
    for (const stream of this.#streams) stream.fail(error);
    failRequest?.(error);
    this.#wake();
    return judged;
  }

  // The connection is released as it is; the pool resets open work on it.
  #end(): void {
    const { chain, ended } = this.#options;
    this.#connection = undefined;
    this.#failRequest = undefined;
    this.#unlisten();
    chain.release(this.#acquired);
    ended();
  }

  #wake(): void {
    this.#streamsEnded?.();
    this.#streamsEnded = undefined;
  }
}

const unchanged = (error: BoltError): BoltError => error;

/** The error of commit() when COMMIT was refused or not answered. */
function commitError(error: BoltError, { server }: Connection): BoltError {
  if (error instanceof ServerFailure || error instanceof IgnoredError) return error;
  const text = `whether the transaction was committed is unknown: ${error.message}`;
  return new CommitUnknownError(text, { server: server.address, cause: error });
}
