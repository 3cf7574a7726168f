// Bolt 1 and 2 end transactions by queries. Where none is open these are no engine's affair.
import type { QueryResult } from "../backend.ts";
import { failure } from "../failures.ts";

// Two runs of blanks side by side would make a megabyte of them take for ever.
const ENDING = /^\s*(COMMIT|ROLLBACK)(?:\s*;)?\s*$/i;

/**
 * What Neo4j answers when no transaction is open: there is nothing to roll back, which is fine, since clients do so
 * after a failure that they have acknowledged. Undefined for any other query. Throws Failure for COMMIT.
 */
export function endingOfNothing(query: string): QueryResult | undefined {
  const word = ENDING.exec(query)?.[1]?.toUpperCase();
  if (word === "COMMIT") throw failure("semanticError", "No current transaction to commit.");
  return word === undefined ? undefined : { keys: [] };
}
