// How much one system query may make: a few words of Cypher can ask for more than there is memory, and a server
// has other clients. Tools get by with a fraction.
import { NotOurs } from "./tokens.ts";

/** Values and characters of texts, of all steps together. */
const MAX_SPENT = 10_000_000;
/** What a row costs besides its values. */
const ROW = 20;
/** Lists and maps within each other. */
const MAX_DEPTH = 100;
/** Of a text or list that is put together. */
const MAX_LENGTH = 1_000_000;

export class Budget {
  #left = MAX_SPENT;

  /** Throws NotOurs when nothing is left. */
  spendRow(scope: Readonly<Record<string, unknown>>): void {
    this.#left -= ROW;
    this.spend(scope);
  }

  /** A value counts as often as it is in there: that is what it costs to write it out. Throws NotOurs. */
  spend(value: unknown, depth = 0): void {
    this.#left -= typeof value === "string" ? 1 + value.length : 1;
    if (this.#left < 0 || depth > MAX_DEPTH) throw new NotOurs("more than a system query may make");
    if (value === null || typeof value !== "object") return;
    for (const item of Object.values(value)) this.spend(item, depth + 1);
  }
}

/** Throws NotOurs for what is too long to be put together. */
export function checkLength(left: { readonly length: number }, right: { readonly length: number }): void {
  if (left.length + right.length > MAX_LENGTH) throw new NotOurs("longer than a system query may make");
}
