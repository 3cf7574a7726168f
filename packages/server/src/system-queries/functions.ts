// The supported functions, by their names in lower case: those that tools use around system queries.
import { compare } from "./comparison.ts";

type ValueFunction = (args: readonly unknown[]) => unknown;

const onText =
  (apply: (text: string) => unknown): ValueFunction =>
  ([value]) =>
    typeof value === "string" ? apply(value) : null;

/** Functions of values. */
export const FUNCTIONS: Readonly<Record<string, ValueFunction>> = {
  coalesce: (args) => args.find((arg) => arg !== null) ?? null,
  head: ([list]) => (Array.isArray(list) ? (list[0] ?? null) : null),
  last: ([list]) => (Array.isArray(list) ? (list.at(-1) ?? null) : null),
  keys: ([map]) => (map !== null && typeof map === "object" ? Object.keys(map) : null),
  size: ([value]) => (Array.isArray(value) || typeof value === "string" ? value.length : null),
  split: ([value, by]) => (typeof value === "string" && typeof by === "string" ? value.split(by) : null),
  tolower: onText((value) => value.toLowerCase()),
  toupper: onText((value) => value.toUpperCase()),
  trim: onText((value) => value.trim()),
  tostring: ([value]) => (value === null ? null : String(value)),
};

export const isAggregate = (name: string): boolean => Object.hasOwn(AGGREGATES, name);

/** Functions over all rows of a group. */
export const AGGREGATES: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  count: (values) => values.length,
  collect: (values) => values,
  min: (values) => values.toSorted(compare)[0] ?? null,
  max: (values) => values.toSorted(compare).at(-1) ?? null,
  sum: (values) => values.reduce<number>((sum, value) => sum + Number(value), 0),
};
