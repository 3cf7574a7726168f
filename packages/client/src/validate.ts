// Checks a user's options against a table and says in one sentence what is wrong. Knows shapes, not meanings. Shows
// values only if they are numbers, booleans or words for an option with fixed words: others may be secrets.
import { ConfigError } from "./errors.ts";

/** Returns true for a valid value, else what was expected: "a whole number from 1". */
export type Check = (value: unknown) => true | string;

/** Option names with their checks; a nested table is a group of options. */
export interface Checks {
  readonly [option: string]: Check | Checks;
}

const a = (type: string): string => `${/^[aeio]/i.test(type) ? "an" : "a"} ${type}`;

/** Describes a wrong value by its kind or class; only numbers, booleans, null and undefined are shown. */
export const show = (value: unknown): string =>
  typeof value === "number" || typeof value === "boolean" || value === null || value === undefined
    ? String(value)
    : Array.isArray(value)
      ? "a list"
      : a(kindOf(value));

/** The class name of an object that is not a plain one, else its `typeof`. */
const kindOf = (value: unknown): string => {
  const { name = "Object" } = (Object(value) as { constructor?: { name?: string } }).constructor ?? {};
  return typeof value === "object" && name !== "Object" ? name : typeof value;
};

/** A whole number of at least `min`, or `also`. */
export const count =
  (min: number, also?: number): Check =>
  (value) =>
    (Number.isSafeInteger(value) && ((value as number) >= min || value === also)) ||
    `a whole number from ${min}${also === undefined ? "" : `, or ${also}`}`;

/** A number from `min` to `max`, both included. */
export const between =
  (min: number, max: number = Infinity, unit: string = ""): Check =>
  (value) =>
    (typeof value === "number" && value >= min && value <= max) || `a number${unit} from ${min} to ${max}`;

/** A duration. */
export const milliseconds = (max?: number): Check => between(0, max, " of milliseconds");

/** A value of this `typeof`; null is no object. */
export const type =
  (name: "boolean" | "string" | "function" | "object"): Check =>
  (value) =>
    (typeof value === name && value !== null) || a(name);

/** An object, of a class or not, with all of these functions, or with "any of " them. */
export const methods =
  (names: readonly string[], which: "" | "any of " = ""): Check =>
  (value) =>
    (typeof value === "object" &&
      value !== null &&
      names.every((name) => {
        const method = (value as Record<string, unknown>)[name];
        return typeof method === "function" || (which && method === undefined);
      })) ||
    `an object with ${which}${names.join("(), ")}()`;

/** A list; `item` is the plural: "strings". */
export const list =
  (item: "strings" | "objects"): Check =>
  (value) =>
    (Array.isArray(value) && value.every((each) => each !== null && `${typeof each}s` === item)) ||
    `a list of ${item}`;

const WORDS = "one of ";

export const oneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value) || `${WORDS}${words.map((word) => JSON.stringify(word)).join(", ")}`;

export const either =
  (...checks: readonly Check[]): Check =>
  (value) => {
    const expected = checks.map((check) => check(value));
    return expected.includes(true) || expected.join(" or ");
  };

/** Options with every default filled in. */
export type Complete<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

/** Throws ConfigError for the first option that is unknown or has a bad value. Undefined values count as absent. */
export function validate(options: unknown, checks: Checks, path: string = ""): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ConfigError(`${path || "the configuration"} must be an object, not ${show(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const here = path === "" ? name : `${path}.${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw new ConfigError(`unknown option "${here}"; known are ${Object.keys(checks).join(", ")}`);
    }
    if (typeof check === "object") {
      validate(value, check, here);
      continue;
    }
    const expected = check(value);
    if (expected === true) continue;
    const isWord = typeof value === "string" && expected.startsWith(WORDS);
    const given = isWord ? JSON.stringify(value) : show(value);
    throw new ConfigError(`"${here}" must be ${expected}, not ${given}`);
  }
}
