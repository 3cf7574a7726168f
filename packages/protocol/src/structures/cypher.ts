/**
 * Values as Cypher writes them, for people who read logs. Not meant to be sent: parameters are for that.
 */
import { Structure } from "@bolt/framing";
import { isDictionary } from "./checks.ts";

/** A label, type or key: bare when Cypher takes it bare, else in backticks. */
export function cypherName(name: string): string {
  return /^[\p{ID_Start}_][\p{ID_Continue}_]*$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
}

/** A literal; values that have no literal print as their own `toString` does. */
export function cypherValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(cypherValue).join(", ")}]`;
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Structure) return `<structure 0x${value.tag.toString(16)}>`;
  if (!isDictionary(value)) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${cypherName(key)}: ${cypherValue(item)}`);
  return `{${entries.join(", ")}}`;
}

/** Properties with the blank before them, nothing when there are none. */
export function cypherProperties(properties: object): string {
  return Object.keys(properties).length === 0 ? "" : ` ${cypherValue(properties)}`;
}
