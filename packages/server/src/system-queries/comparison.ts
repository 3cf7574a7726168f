// When values are equal, and which comes first: Cypher's rules, as far as names and counts need them.
import { Budget } from "./budget.ts";

/** Negative, zero or positive for two numbers or two strings; undefined for what has no order. */
export function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
}

/** Whether two values are equal; null when a null in them makes that unknown. */
export function equal(left: unknown, right: unknown): boolean | null {
  if (left === null || right === null) return null;
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right || same(left) === same(right);
  if (left.length !== right.length) return false;
  let unknown = false;
  for (const [i, item] of left.entries()) {
    const part = equal(item, right[i]);
    if (part === false) return false;
    if (part === null) unknown = true;
  }
  return unknown ? null : true;
}

/** A string that is the same for equal values, for DISTINCT and grouping. Throws NotOurs for a very long one. */
export function same(value: unknown): string {
  new Budget().spend(value);
  return (
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? ""
  );
}

/** Cypher's order, as far as names and counts need it: null is last. */
export function compare(left: unknown, right: unknown): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return order(left, right) ?? (same(left) < same(right) ? -1 : 1);
}
