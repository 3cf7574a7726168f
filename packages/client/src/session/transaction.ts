// Transactions as users hold them: explicit ones, and those that are ended for the caller. Knows no message; the core
// behind them does the work.
import { Result } from "../result/result.ts";
import type { AnyRow } from "../result/row.ts";
import type { TransactionCore } from "./transaction-core.ts";
import type { Parameters, TransactionQueryConfig } from "./work.ts";

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
