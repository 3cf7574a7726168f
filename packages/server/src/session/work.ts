// One unit of work: an explicit transaction, or a query that is a transaction of its own. Knows what has to
// be undone when it stops, whyever it stops, and sees to it that this happens once.
import type { Transaction } from "../backend.ts";
import { Alarm } from "../clock.ts";
import type { Host } from "../host.ts";
import type { Interruption } from "./interruption.ts";
import type { ResultStream } from "./result-stream.ts";
import { attempt } from "../types.ts";
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
  /** COMMIT or ROLLBACK was asked of the backend: nothing is asked of it any more. */
  completing = false;
  /** Why it stopped before its end. */
  interruption: Interruption | undefined;
  /** The call of the backend that has not settled. */
  inFlight: Promise<unknown> | undefined;
  readonly #host: Host;
  readonly #failed: (error: unknown) => void;
  readonly #startedAt: number;
  /** By qid. */
  readonly #queries: Map<number, OpenQuery> = new Map();
  #alarm: Alarm | undefined;

  /** `failed` is told what goes wrong while it ends, which concerns nobody but the operator. */
  constructor(host: Host, context: WorkContext, explicit: boolean, failed: (error: unknown) => void) {
    this.#host = host;
    this.#failed = failed;
    this.#startedAt = host.clock.now();
    this.context = context;
    this.explicit = explicit;
    host.metrics.transactions++;
  }

  /** Starts the transaction's own clock, if it has one. */
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

  /** COMMIT or ROLLBACK: from now on the time is the backend's. Returns what is to be waited for first. */
  complete(): Wait {
    this.completing = true;
    this.#alarm?.dispose();
    return this.#closeResults("interrupted");
  }

  /**
   * It is over, which is said once: results are closed, a transaction that nobody completes is rolled back. Returns
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
    this.#told(outcome);
    return undone;
  }

  /** Returns what is to be waited for before the transaction is asked for anything. */
  #closeResults(outcome: "failure" | "interrupted"): Wait {
    const waits: Promise<unknown>[] = this.inFlight ? [this.inFlight] : [];
    for (const [qid, { result }] of this.#queries) {
      const closed = attempt(() => result.close(), this.#failed);
      if (closed) waits.push(closed);
      this.close(qid, outcome);
    }
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  /** Not beside a query that is still running, or closing: the transaction is the backend's to use alone. */
  #undo(rest: Wait): Wait {
    const { transaction } = this;
    if (!transaction || this.completing) return rest;
    const rollback = (): Wait => attempt(() => transaction.rollback(), this.#failed);
    return rest ? rest.then(rollback) : rollback();
  }

  #told(outcome: WorkOutcome): void {
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
