// Transactions as users see them: explicit ones, and managed ones, which the driver ends. Knows no message; the core
// behind them does the work.
import { Result } from "../result/result.ts";
import type { AnyRow } from "../result/row.ts";
import type { TransactionCore } from "./transaction-core.ts";
import type { Parameters, TransactionQueryConfig } from "./work.ts";

/** The transaction that `executeRead` and `executeWrite` pass to their work; the driver ends it. */
export class ManagedTransaction {
  readonly #core: TransactionCore;

  /** @internal */
  constructor(core: TransactionCore) {
    this.#core = core;
  }

  /**
   * Runs a query. From Bolt 4.0 on several results may be open at once. The result rejects with its errors; any
   * error ends the transaction, except arguments that are wrong or cannot be sent.
   */
  run<Row = AnyRow>(
    query: string,
    parameters: Parameters = {},
    config: TransactionQueryConfig<Row> = {},
  ): Result<Row> {
    return new Result<Row>(this.#core.run(query, parameters, config));
  }

  /** Whether it is neither committed, rolled back nor failed. */
  get isOpen(): boolean {
    return this.#core.isOpen;
  }
}

/** A transaction from `beginTransaction`: end it with commit(), rollback() or `await using`. */
export class Transaction extends ManagedTransaction implements AsyncDisposable {
  readonly #core: TransactionCore;

  /** @internal */
  constructor(core: TransactionCore) {
    super(core);
    this.#core = core;
  }

  /**
   * Commits. Unread results are discarded first. Rejects with a query's failure if it was never reported, and with
   * CommitUnknownError if the connection of a transaction that may write breaks before the answer.
   */
  commit(): Promise<void> {
    return this.#core.commit();
  }

  /** Rolls back. Does nothing if the transaction has failed or is already rolled back. */
  rollback(): Promise<void> {
    return this.#core.rollback();
  }

  /** Rolls back, if the transaction is still open. */
  async close(): Promise<void> {
    if (this.isOpen) await this.rollback();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
