// How options are read: names and values are checked, since a misspelt name would silently switch something off, such
// as TLS; absent ones get their defaults. Knows no particular option.
import { BoltError } from "@bolt/protocol";
import { isPromiseLike } from "./maybe-promise.ts";

/** An option is invalid, or a call makes no sense. Code `CONFIG_ERROR`. */
export class ConfigError extends BoltError {
  constructor(message: string) {
    super("CONFIG_ERROR", message);
    this.name = "ConfigError";
  }
}

export type Check = readonly [expected: string, fits: (value: unknown) => boolean];

/** What an option must be, its default, and for a group the options in it. */
export type Rule = readonly [check: Check, fallback?: unknown, group?: Rules];
export type Rules = Readonly<Record<string, Rule>>;

export const is = (...types: readonly string[]): Check => [
  types.join(" or "),
  (value) => value !== null && types.includes(typeof value),
];

export const LIST: Check = ["a list", Array.isArray];
export const FROM_0: Check = ["a number of at least 0", (value) => typeof value === "number" && value >= 0];

/** One of some words; the first is the default. */
export const oneOf = (...words: readonly string[]): Rule => [
  [words.map((word) => `"${word}"`).join(" or "), (value) => words.includes(value as string)],
  words[0],
];

/** The options with every default filled in; undefined values count as absent. Throws ConfigError. */
export function resolve(options: object, rules: Rules, path = ""): Record<string, unknown> {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name)) continue;
    throw new ConfigError(`unknown option: ${path}${name}; known: ${Object.keys(rules).join(", ")}`);
  }
  return Object.fromEntries(
    Object.entries(rules).map(([name, [[expected, fits], fallback, group]]) => {
      const { [name]: value = fallback } = options as Readonly<Record<string, unknown>>;
      if (value !== fallback && !fits(value)) {
        const came = typeof value === "number" ? value : kindOf(value);
        throw new ConfigError(`option ${path}${name}: expected ${expected}, got ${came}`);
      }
      // For a group that may be switched off, `true` means all of its defaults.
      return [name, group && value !== false ? resolve(Object(value), group, `${path}${name}.`) : value];
    }),
  );
}

/** Describes a value by its kind: the values themselves do not belong in a log. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return isPromiseLike(value) ? "a promise" : `{ ${Object.keys(value).slice(0, 9).join(", ")} }`;
}
