// One transaction: BEGIN, queries, COMMIT or ROLLBACK on one connection. Knows when it is dead and when its fate is
// unknown; knows no session and no retries.
import type { BoltError, Metadata, TransactionExtra } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import type { Chain } from "./chain.ts";
import type { Connection } from "../connection/connection.ts";
import {
  abortError,
  CommitUnknownError,
  IgnoredError,
  ServerFailure,
  TransactionEndedError,
} from "../errors.ts";
import type { AcquireRequest } from "../pool/provider.ts";
import type { ReplyHandler } from "../connection/replies.ts";
import { ResultStream } from "../result/stream.ts";
import { madeHere, rejection } from "../stack.ts";
import type { StreamOwner } from "../result/stream-owner.ts";
import { CHECKS, mistake } from "./checks.ts";
import { type Api, judge, type Parameters, type TransactionQueryConfig, unsendable } from "./work.ts";

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

/** How long a rollback waits for the end of a result before it cuts it off: a short one is through by then. */
const PATIENCE_MS = 250;

type State = "open" | "committing" | "rolling back" | TransactionEndedError["state"];

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
  #rollingBack: Promise<void> | undefined;
  #aborted: ((error: BoltError) => void) | undefined;
  #unlisten: (() => void) | undefined;

  constructor(options: TransactionOptions) {
    const { connection, signal } = options;
    this.#options = options;
    this.#connection = connection;
    if (!signal) return;
    this.#unlisten = onceAborted(signal, () => {
      void this.#fail(abortError(signal, "in a transaction", connection.server.address));
    });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isCommitted(): boolean {
    return this.#state === "committed";
  }

  /** Sends BEGIN and waits for the answer. */
  begin(): Promise<void> {
    const connection = this.#live();
    return this.#request(connection, (reply) => this.#queueBegin(connection, reply));
  }

  run(query: string, parameters: Parameters, config: TransactionQueryConfig): ResultStream {
    const { chain } = this.#options;
    const wrong = mistake(query, parameters, config, CHECKS.transactionQuery);
    const settings = wrong ? {} : config;
    const stream = new ResultStream(this, query, parameters, settings.fetchSize ?? chain.fetchSize, settings);
    try {
      if (wrong) throw wrong;
      if (config.signal?.aborted) throw abortError(config.signal, "running a query");
      this.#send(stream, this.#live());
    } catch (error) {
      stream.fail(madeHere(error as BoltError));
    }
    return stream;
  }

  commit(): Promise<void> {
    const unheard = this.#culprit && !this.#culprit.heard && this.#error;
    if (unheard) return Promise.resolve(rejection(unheard));
    // With nothing to wait for one promise does, which is the usual case.
    return this.isOpen && this.#streams.size === 0 ? this.#commit(this.#connection!) : this.#commitBehind();
  }

  async rollback(): Promise<void> {
    if (this.#state === "failed" || this.#state === "rolled back") return;
    return (this.#rollingBack ??= this.#rollBack(this.#live()));
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
          connection,
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

  #queueBegin(connection: Connection, reply: ReplyHandler): void {
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
  #request(connection: Connection, send: (reply: ReplyHandler) => void): Promise<void> {
    return new Promise((resolve) => {
      const failed = (error: BoltError): void => {
        this.#aborted = undefined;
        const held = this.#fail(error);
        const tell = (): void => resolve(rejection(error));
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

  async #commitBehind(): Promise<void> {
    const connection = this.#live();
    this.#state = "committing";
    await this.#finishStreams();
    if (this.#error) return rejection(this.#error);
    await this.#commit(connection);
  }

  #commit(connection: Connection): Promise<void> {
    const { chain, request } = this.#options;
    this.#state = "committing";
    if (!this.#begun) {
      this.#end("committed");
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const failed = (error: BoltError): void => {
        this.#aborted = undefined;
        const held = this.#fail(error);
        const tell = (): void => resolve(rejection(commitError(error, connection)));
        if (held) held.then(tell, tell);
        else tell();
      };
      const committed = (metadata: Metadata): void => {
        // Aborted in the meantime.
        if (!this.#connection) return;
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

  /** From its first moment on nothing more is run: behind ROLLBACK it would be a transaction of its own. */
  async #rollBack(connection: Connection): Promise<void> {
    this.#state = "rolling back";
    // What does not come to its end soon is cut off by a RESET, which rolls back as well.
    const through = this.#streams.size === 0 || (await this.#finishStreams(PATIENCE_MS));
    if (!this.#connection) return;
    if (!through || !this.#begun) {
      this.#end("rolled back");
      for (const stream of this.#streams) stream.fail(this.#ended());
      return;
    }
    await this.#request(connection, (reply) => connection.rollback(reply)).catch((error: unknown) => {
      // With the connection its transaction is gone too.
      if (error instanceof ServerFailure) throw error;
    });
    if (this.#connection) this.#end("rolled back");
  }

  /** Open results are read to their end, those that nobody reads dropped; false when that takes too long. */
  async #finishStreams(patienceMs: number = Infinity): Promise<boolean> {
    const { clock } = this.#options.chain.core.config;
    const patience = { over: false };
    const giveUp = (): void => {
      patience.over = true;
      this.#wake();
    };
    const timer = patienceMs === Infinity ? undefined : clock.setTimeout(giveUp, patienceMs);
    for (const stream of this.#streams) stream.abandon();
    while (this.#streams.size > 0 && !patience.over)
      await new Promise<void>((resolve) => (this.#idle = resolve));
    if (timer !== undefined) clock.clearTimeout(timer);
    return !patience.over;
  }

  /** The connection, if the transaction can still do something. */
  #live(): Connection {
    if (this.#state !== "open" || !this.#connection) throw this.#ended();
    return this.#connection;
  }

  #ended(): TransactionEndedError {
    // What it is, or is about to be.
    const rolling = this.#state === "rolling back" || this.#state === "rolled back";
    const state = this.#state === "failed" ? this.#state : rolling ? "rolled back" : "committed";
    const why = this.#error ? `: ${this.#error.message}` : "";
    const how = state === "failed" ? "it failed" : `it was ${state}`;
    return new TransactionEndedError(state, `the transaction is over, ${how}${why}`, {
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
    const { chain, ended } = this.#options;
    const connection = this.#connection!;
    this.#state = state;
    this.#connection = undefined;
    this.#aborted = undefined;
    this.#unlisten?.();
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
