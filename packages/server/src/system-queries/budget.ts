// How much one system query may produce: a few words of Cypher can ask for more than fits in memory, and a server
// has other clients. Tools need a fraction of this.
import { NotOurs } from "./tokens.ts";

/** Values, and characters of strings, over all steps of a query. */
const MAX_SPENT = 10_000_000;
/** What a row costs besides its values. */
const ROW = 20;
/** Levels of nested lists and maps. */
const MAX_DEPTH = 100;
/** Length of a string or list made by `+`. */
const MAX_LENGTH = 1_000_000;

export class Budget {
  #left = MAX_SPENT;

  /** Throws NotOurs when the budget is used up. */
  spendRow(scope: Readonly<Record<string, unknown>>): void {
    this.#left -= ROW;
    this.spend(scope);
  }

  /** A value counts each time that it occurs, since it is written out each time. Throws NotOurs. */
  spend(value: unknown, depth = 0): void {
    this.#left -= typeof value === "string" ? 1 + value.length : 1;
    if (this.#left < 0 || depth > MAX_DEPTH) throw new NotOurs("more than a system query may make");
    if (value === null || typeof value !== "object") return;
    for (const item of Object.values(value)) this.spend(item, depth + 1);
  }
}

/** Throws NotOurs when the concatenation of the two would be too long. */
export function checkLength(left: { readonly length: number }, right: { readonly length: number }): void {
  if (left.length + right.length > MAX_LENGTH) throw new NotOurs("longer than a system query may make");
}
