// Bolt 1 and 2 end transactions by queries. Where no transaction is open, the engine does not get these; nor does it
// get what follows a failure inside a transaction: the client believes that it is still open.
import { Failure } from "@bolt/protocol";
import type { QueryResult } from "../backend.ts";
import { failure } from "../failures.ts";

// With two adjacent runs of blanks, matching a megabyte of blanks would take forever.
const ENDING = /^\s*(COMMIT|ROLLBACK)(?:\s*;)?\s*$/i;

/** Answers queries of a client whose transaction has ended without its doing. */
export class TextEndings {
  #failed = false;

  /** Notes whether a transaction has failed that its client has neither ended nor reset. */
  mark(failed: boolean): void {
    this.#failed = failed;
  }

  /**
   * What Neo4j answers where no transaction is open. ROLLBACK succeeds, since clients send it after a failure that they
   * have acknowledged. Undefined for a query that the engine is to run. Throws Failure for COMMIT, and for queries that
   * would be committed by themselves although their transaction has failed.
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
