// Explicit and managed transactions: BEGIN, queries, COMMIT or ROLLBACK on one connection. Knows when a
// transaction is dead and when its fate is unknown; knows no session and no retries.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import type { Chain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import {
  abortError,
  CommitUnknownError,
  IgnoredError,
  ServerFailure,
  TransactionEndedError,
} from "./errors.ts";
import type { AcquireRequest } from "./provider.ts";
import type { ReplyHandler } from "./replies.ts";
import { Result } from "./result.ts";
import type { AnyRow } from "./row.ts";
import { rowMapper } from "./row-mapper.ts";
import { ResultStream, type StreamOwner } from "./stream.ts";
import { type Api, checkQuery, judge, type Parameters, type ResultConfig, unsendable } from "./work.ts";

/** Of a query in a transaction. Its signal ends the whole transaction: a server cannot undo half of one. */
export interface TransactionQueryConfig<Row = unknown> extends ResultConfig<Row> {
  readonly signal?: AbortSignal;
}

/** What `executeRead` and `executeWrite` hand to the work: it is ended for it. */
export class ManagedTransaction {
  readonly #core: TransactionCore;

  /** @internal */
  constructor(core: TransactionCore) {
    this.#core = core;
  }

  /**
   * Runs a query. From Bolt 4.0 on several results may be open at once. Its errors come out of the result; any
   * of them, but for values that cannot be sent, ends the transaction.
   */
  run<Row = AnyRow>(
    query: string,
    parameters: Parameters = {},
    config: TransactionQueryConfig<Row> = {},
  ): Result<Row> {
    return new Result<Row>(this.#core.run(query, parameters, config));
  }

  /** Not committed, not rolled back, not failed. */
  get isOpen(): boolean {
    return this.#core.isOpen;
  }
}

/** What `beginTransaction` resolves with: end it by commit(), rollback() or `await using`. */
export class Transaction extends ManagedTransaction implements AsyncDisposable {
  readonly #core: TransactionCore;

  /** @internal */
  constructor(core: TransactionCore) {
    super(core);
    this.#core = core;
  }

  /**
   * Makes it last. Results that nobody reads are dropped first. Throws the failure of a query if nobody has heard
   * of it, and CommitUnknownError when the connection breaks before the answer: then nobody knows.
   */
  commit(): Promise<void> {
    return this.#core.commit();
  }

  /** Undoes it. Does nothing when it failed or was rolled back before. */
  rollback(): Promise<void> {
    return this.#core.rollback();
  }

  /** Rolls back what is still open. */
  async close(): Promise<void> {
    if (this.isOpen) await this.rollback();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export interface TransactionOptions {
  readonly chain: Chain;
  readonly connection: Connection;
  readonly request: AcquireRequest;
  readonly extra: TransactionExtra;
  /** Told to the server in front of BEGIN; undefined tells nothing. */
  readonly api: Api | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called once, when the connection is given back. */
  readonly ended: () => void;
}

type State = "open" | "committing" | TransactionEndedError["state"];

/** The transaction itself; BEGIN is held back until there is something to send behind it. */
export class TransactionCore implements StreamOwner {
  /** The server has answered TELEMETRY: it need not be told again. */
  telemetryHeard = false;
  readonly #options: TransactionOptions;
  readonly #streams: Set<ResultStream> = new Set();
  #connection: Connection | undefined;
  #state: State = "open";
  #begun = false;
  #error: BoltError | undefined;
  /** The result by whose failure it ended. */
  #culprit: ResultStream | undefined;
  #last: ResultStream | undefined;
  #idle: (() => void) | undefined;
  #aborted: ((error: BoltError) => void) | undefined;
  #onAbort: (() => void) | undefined;

  constructor(options: TransactionOptions) {
    const { connection, signal } = options;
    this.#options = options;
    this.#connection = connection;
    if (!signal) return;
    this.#onAbort = () => void this.#fail(abortError(signal, "in a transaction", connection.server.address));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Sends BEGIN and waits for the answer. */
  begin(): Promise<void> {
    return this.#request((reply) => this.#queueBegin(reply));
  }

  run(query: string, parameters: Parameters, config: TransactionQueryConfig): ResultStream {
    const { chain } = this.#options;
    const stream = new ResultStream(this, query, parameters, {
      fetchSize: config.fetchSize ?? chain.fetchSize,
      signal: config.signal,
      map: rowMapper(config),
    });
    try {
      checkQuery(query, parameters);
      if (config.signal?.aborted) throw abortError(config.signal, "running a query");
      this.#send(stream, this.#live());
    } catch (error) {
      stream.fail(error as BoltError);
    }
    return stream;
  }

  async commit(): Promise<void> {
    const unheard = this.#culprit && !this.#culprit.heard && this.#error;
    if (unheard) throw unheard;
    const connection = this.#live();
    await this.#finishStreams();
    if (this.#error) throw this.#error;
    this.#live();
    this.#state = "committing";
    if (!this.#begun) return this.#end("committed");
    await this.#commit(connection);
  }

  async rollback(): Promise<void> {
    if (this.#state === "failed" || this.#state === "rolled back") return;
    const connection = this.#live();
    // What is on its way without an end is cut off by a RESET, which rolls back as well.
    const endless = [...this.#streams].some((stream) => stream.unbounded);
    if (!endless) await this.#finishStreams();
    if (this.#state !== "open") return;
    if (endless || !this.#begun) {
      this.#end("rolled back");
      for (const stream of this.#streams) stream.fail(this.#ended());
      return;
    }
    await this.#request((reply) => connection.rollback(reply)).catch((error: unknown) => {
      // With the connection its transaction is gone too.
      if (error instanceof ServerFailure) throw error;
    });
    if (this.#state === "open") this.#end("rolled back");
  }

  isBehind(stream: ResultStream): boolean {
    return stream !== this.#last;
  }

  streamEnded(stream: ResultStream): void {
    this.#streams.delete(stream);
    this.#wake();
  }

  streamFailed(stream: ResultStream, error: BoltError): void | Promise<void> {
    this.#streams.delete(stream);
    if (this.#connection) this.#culprit = stream;
    return this.#fail(error);
  }

  streamUnsent(): void {}

  #send(stream: ResultStream, connection: Connection): void {
    try {
      if (!this.#begun)
        this.#queueBegin(
          this.#beginReply(
            () => {},
            (error) => void this.#fail(error),
          ),
        );
      // Before 4.0 the open result has to be through first.
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

  #queueBegin(reply: ReplyHandler): void {
    const connection = this.#live();
    const { api, extra } = this.#options;
    if (api !== undefined) connection.telemetry(api, () => (this.telemetryHeard = true));
    connection.begin(extra, reply);
    this.#begun = true;
  }

  #beginReply(begun: () => void, failed: (error: BoltError) => void): ReplyHandler {
    const { chain, request } = this.#options;
    return {
      onSuccess: (metadata) => {
        chain.learnDatabase(metadata, request);
        begun();
      },
      onFailure: failed,
    };
  }

  // BEGIN or ROLLBACK as a promise; their failure is the transaction's.
  #request(send: (reply: ReplyHandler) => void): Promise<void> {
    const connection = this.#live();
    return new Promise((resolve, reject) => {
      const failed = (error: BoltError): void => {
        this.#aborted = undefined;
        const held = this.#fail(error);
        const tell = (): void => reject(error);
        if (held) held.then(tell, tell);
        else tell();
      };
      this.#aborted = failed;
      try {
        send(this.#beginReply(resolve, failed));
        connection.flush();
      } catch (error) {
        failed(unsendable(error, connection));
      }
    });
  }

  #commit(connection: Connection): Promise<void> {
    const { chain, request } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: BoltError): void => {
        this.#aborted = undefined;
        const held = this.#fail(error);
        const tell = (): void => reject(commitError(error, connection));
        if (held) held.then(tell, tell);
        else tell();
      };
      const committed = (metadata: Metadata): void => {
        const learning = chain.learn(metadata, request);
        this.#end("committed");
        resolve(learning);
      };
      this.#aborted = failed;
      try {
        connection.commit({ onSuccess: committed, onFailure: failed });
        connection.flush();
      } catch (error) {
        // Nothing was sent, so nothing is unknown.
        this.#aborted = undefined;
        const refused = unsendable(error, connection);
        void this.#fail(refused);
        reject(refused);
      }
    });
  }

  // Open results are read to their end, those that nobody reads dropped.
  async #finishStreams(): Promise<void> {
    for (const stream of this.#streams) stream.abandon();
    while (this.#streams.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** The connection, if the transaction can still do something. */
  #live(): Connection {
    if (this.#state !== "open" || !this.#connection) throw this.#ended();
    return this.#connection;
  }

  #ended(): TransactionEndedError {
    const state = this.#state === "open" || this.#state === "committing" ? "committed" : this.#state;
    const why = this.#error ? `: ${this.#error.message}` : "";
    return new TransactionEndedError(state, `the transaction is over, it was ${state}${why}`, {
      server: this.#options.connection.server.address,
      cause: this.#error,
    });
  }

  #fail(error: BoltError): void | Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const { chain, request } = this.#options;
    this.#error = error;
    const judged = judge(chain.core, connection, error, request);
    const aborted = this.#aborted;
    this.#end("failed");
    for (const stream of this.#streams) stream.fail(error);
    aborted?.(error);
    this.#wake();
    return judged;
  }

  // The connection goes back as it is; what is open on it is reset there.
  #end(state: "committed" | "rolled back" | "failed"): void {
    const { chain, signal, ended } = this.#options;
    const connection = this.#connection!;
    this.#state = state;
    this.#connection = undefined;
    this.#aborted = undefined;
    if (this.#onAbort) signal!.removeEventListener("abort", this.#onAbort);
    chain.core.provider.release(connection);
    ended();
  }

  #wake(): void {
    this.#idle?.();
    this.#idle = undefined;
  }
}

/** What commit() says of a COMMIT that was answered with a refusal, or was not answered. */
function commitError(error: BoltError, { server }: Connection): BoltError {
  if (error instanceof ServerFailure || error instanceof IgnoredError) return error;
  const text = `whether the transaction was committed is unknown: ${error.message}`;
  return new CommitUnknownError(text, { server: server.address, cause: error });
}
