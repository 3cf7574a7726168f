// Calls the backend and answers the client: each request is answered exactly once, synchronously when the backend
// answers so, and results that settle too late are undone. Decides what clients may know about errors.
import { BoltError, type Failure, PackError, type Metadata } from "@bolt/protocol";
import type { Client } from "../backend.ts";
import { asFailure, failure } from "../failures.ts";
import type { Host } from "../host.ts";
import { isPromiseLike, type MaybePromise } from "../maybe-promise.ts";
import { BackendError } from "./contract.ts";
import { Interruption, interruptionFailure } from "./interruption.ts";
import type { Outlet } from "./outlet.ts";
import type { Work } from "./work.ts";

/** The session, as its answers see it. */
export interface AnswersOwner {
  readonly client: Client | undefined;
  /** Called before a failure is sent: ends the work that it belongs to. Returns the error, or one to send instead. */
  failing(error: unknown): unknown;
}

export class Answers {
  /** A request waits for its answer. */
  busy = false;
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #owner: AnswersOwner;
  /** Changes with each answer: a call that was made under an older value has settled too late. */
  #turn = 0;

  constructor(host: Host, out: Outlet, owner: AnswersOwner) {
    this.#host = host;
    this.#out = out;
    this.#owner = owner;
  }

  /** The next request has come. */
  begin(): void {
    this.busy = true;
  }

  /** The request gets no further answer. */
  drop(): void {
    this.busy = false;
    this.#turn++;
  }

  success(metadata?: Metadata): void {
    this.#answer(() => this.#out.success(metadata));
  }

  fail(error: unknown): void {
    const told = this.#failureOf(this.#owner.failing(error));
    this.#answer(() => this.#out.failure(told));
  }

  #answer(give: () => void): void {
    this.drop();
    try {
      give();
    } catch (error) {
      // An answer that cannot be packed is replaced by a failure; any other error is caught further out.
      if (!(error instanceof PackError)) throw error;
      this.fail(error);
    }
  }

  /**
   * Calls the backend, for the given work if for any, and goes on with what it returns. A result that settles after its
   * request was answered, because of an interruption, is passed to `late` to be undone.
   */
  call<T>(
    call: () => MaybePromise<T>,
    then: (value: T) => void,
    work?: Work,
    late?: (value: T) => unknown,
  ): void {
    try {
      const value = call();
      if (!isPromiseLike(value)) return then(value);
      const turn = this.#turn;
      const inTime = (): boolean => {
        if (work?.inFlight === settled) work.inFlight = undefined;
        return turn === this.#turn;
      };
      const settled: Promise<unknown> = Promise.resolve(value)
        .then(
          (result) => (inTime() ? this.call(() => result, then, work) : late?.(result)),
          (error) => (inTime() ? this.fail(error) : undefined),
        )
        .catch(this.warn);
      if (work) work.inFlight = settled;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Logs an error that is not the answer to any request. */
  readonly warn = (error: unknown): void => {
    this.#host.logger.warn("the backend failed while ending a transaction or a result", {
      connection: this.#out.id,
      error,
    });
  };

  /** What the client may know about an error. The rest goes to the log, under an id that the client is given. */
  #failureOf(error: unknown): Failure {
    const { logger, events, metrics } = this.#host;
    let errorId: string | undefined;
    let told =
      error instanceof Interruption ? interruptionFailure(error, this.#out.version) : asFailure(error);
    if (!told && error instanceof PackError) {
      told = failure("invalidRequest", `The result cannot be sent to this client: ${error.message}`);
      // Mostly the client's version is too old, but the backend may also have made a value that no version has.
      logger.warn("a result cannot be sent", { connection: this.#out.id, error });
    }
    if (!told) {
      errorId = crypto.randomUUID().slice(0, 8);
      told = failure("internal", `The server has failed; its log tells the reason under ${errorId}.`);
      const isOurs = error instanceof BackendError || error instanceof BoltError;
      const text = isOurs ? error.message : "the backend failed";
      logger.error(text, { connection: this.#out.id, errorId, error });
    }
    metrics.failuresTotal++;
    const { code, message } = told;
    const { client } = this.#owner;
    if (client) events.emit("failure", () => ({ client, code, message, errorId }));
    return told;
  }
}
