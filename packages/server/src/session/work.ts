// One unit of work: an explicit transaction or an auto-commit query. Knows what has to be undone when it stops,
// for whatever reason, and makes sure that this happens once.
import type { Transaction } from "../backend.ts";
import { Alarm } from "../clock.ts";
import type { Host } from "../host.ts";
import { attempt } from "../maybe-promise.ts";
import type { Interruption } from "./interruption.ts";
import type { ResultStream } from "./result-stream.ts";
import type { WorkContext } from "./work-context.ts";

/** A query whose result is open. */
export interface OpenQuery {
  readonly query: string;
  readonly result: ResultStream;
  readonly startedAt: number;
}

export type WorkOutcome = "committed" | "rolled back" | "failed" | "interrupted";

type Wait = Promise<unknown> | undefined;

export class Work {
  readonly context: WorkContext;
  readonly explicit: boolean;
  /** Once BEGIN has succeeded. */
  transaction: Transaction | undefined;
  /** The backend was asked to commit or roll back: nothing more is asked of it. */
  completing = false;
  /** Why it stopped before its end. */
  interruption: Interruption | undefined;
  /** The call to the backend that has not settled. */
  inFlight: Promise<unknown> | undefined;
  readonly #host: Host;
  readonly #failed: (error: unknown) => void;
  readonly #startedAt: number;
  /** By qid. */
  readonly #queries: Map<number, OpenQuery> = new Map();
  #alarm: Alarm | undefined;

  /** `failed` gets what goes wrong while the work ends, which concerns only the operator. */
  constructor(host: Host, context: WorkContext, explicit: boolean, failed: (error: unknown) => void) {
    this.#host = host;
    this.#failed = failed;
    this.#startedAt = host.clock.now();
    this.context = context;
    this.explicit = explicit;
    host.metrics.transactions++;
  }

  /** Starts the timeout, if there is one. */
  watch(timedOut: () => void): void {
    const { timeoutMs } = this.context;
    if (timeoutMs === undefined) return;
    this.#alarm = new Alarm(this.#host.clock, timedOut);
    this.#alarm.set(timeoutMs);
  }

  get openResults(): number {
    return this.#queries.size;
  }

  open(qid: number, query: OpenQuery): void {
    this.#queries.set(qid, query);
    this.#host.metrics.openResults++;
  }

  query(qid: number): OpenQuery | undefined {
    return this.#queries.get(qid);
  }

  /** The result was read to its end, or stops here. */
  close(qid: number, outcome: "success" | "failure" | "interrupted"): void {
    const open = this.#queries.get(qid);
    if (!open) return;
    this.#queries.delete(qid);
    const { metrics, events, clock } = this.#host;
    const { query, result, startedAt } = open;
    metrics.openResults--;
    metrics.rowsSent += result.rows;
    events.emit("query", () => ({
      client: this.context.client,
      query,
      database: this.context.database,
      rows: result.rows,
      durationMs: clock.now() - startedAt,
      outcome,
      inTransaction: this.explicit,
    }));
  }

  /** COMMIT or ROLLBACK: the timeout no longer applies. Returns what to wait for before asking the backend. */
  complete(): Wait {
    this.completing = true;
    this.#alarm?.dispose();
    return this.#closeResults("interrupted");
  }

  /**
   * Ends the work; call it once. Closes results, and rolls the transaction back unless it is being completed. Returns
   * what is still to be waited for; it never rejects.
   */
  end(outcome: WorkOutcome, interruption?: Interruption): Wait {
    this.#alarm?.dispose();
    if (interruption) {
      this.interruption = interruption;
      this.context.abort(interruption);
    }
    const rest = this.#closeResults(outcome === "failed" ? "failure" : "interrupted");
    const undone = this.#undo(rest);
    this.#report(outcome);
    return undone;
  }

  /** Returns what to wait for before the transaction is asked for anything. */
  #closeResults(outcome: "failure" | "interrupted"): Wait {
    const waits: Promise<unknown>[] = this.inFlight ? [this.inFlight] : [];
    for (const [qid, { result }] of this.#queries) {
      const closed = attempt(() => result.close(), this.#failed);
      if (closed) waits.push(closed);
      this.close(qid, outcome);
    }
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  /** Rolls back, but not while a query is running or closing: the calls of a transaction never overlap. */
  #undo(rest: Wait): Wait {
    const { transaction } = this;
    if (!transaction || this.completing) return rest;
    const rollback = (): Wait => attempt(() => transaction.rollback(), this.#failed);
    return rest ? rest.then(rollback) : rollback();
  }

  #report(outcome: WorkOutcome): void {
    const { metrics, events, clock } = this.#host;
    metrics.transactions--;
    if (!this.explicit) return;
    const { client } = this.context;
    events.emit("transaction", () => ({
      client,
      outcome,
      durationMs: clock.now() - this.#startedAt,
    }));
  }
}
