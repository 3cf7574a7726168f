// Bolt 1 and 2 end transactions by queries. Where none is open these are no engine's affair, and neither is what
// follows a failure inside of one: its client believes that it is still in there.
import { Failure } from "@bolt/protocol";
import type { QueryResult } from "../backend.ts";
import { failure } from "../failures.ts";

// Two runs of blanks side by side would make a megabyte of them take for ever.
const ENDING = /^\s*(COMMIT|ROLLBACK)(?:\s*;)?\s*$/i;

/** The queries of a client whose transaction is over without its doing. */
export class TextEndings {
  #failed = false;

  /** Whether a transaction has failed that its client has neither ended nor reset. */
  mark(failed: boolean): void {
    this.#failed = failed;
  }

  /**
   * What Neo4j answers where no transaction is open: there is nothing to roll back, which is fine, since clients do so
   * after a failure that they have acknowledged. Undefined for a query of the engine's. Throws Failure for COMMIT, and
   * for queries that would be committed by themselves although their transaction has failed.
   */
  answer(query: string): QueryResult | undefined {
    const word = ENDING.exec(query)?.[1]?.toUpperCase();
    const failed = this.#failed;
    if (word) this.#failed = false;
    if (word === "ROLLBACK") return { keys: [] };
    if (failed) {
      const message = "The transaction has failed: ROLLBACK is all that is left to do.";
      throw new Failure("Neo.ClientError.Transaction.TransactionMarkedAsFailed", message);
    }
    if (word) throw failure("semanticError", "No current transaction to commit.");
    return undefined;
  }
}
