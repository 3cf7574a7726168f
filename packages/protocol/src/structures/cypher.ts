// Values as Cypher writes them, for people who read logs. Not meant to be sent in queries: use parameters.
import { isDictionary } from "./checks.ts";

/** A label, type or key; in backticks unless Cypher allows it without. */
export function cypherName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
}

/** A Cypher literal; values that have none print by their own `toString`. */
function cypherValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(cypherValue).join(", ")}]`;
  return isDictionary(value) ? cypherDictionary(value) : String(value);
}

/** `{name: "Ann", age: 42}` */
export function cypherDictionary(value: object): string {
  const entries = Object.entries(value).map(([key, item]) => `${cypherName(key)}: ${cypherValue(item)}`);
  return `{${entries.join(", ")}}`;
}
