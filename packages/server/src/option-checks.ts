// What may stand in the options of a server: a slip in a name would switch something off without a word, TLS for
// instance. Knows names and shapes, not meanings.
import type { ServerOptions } from "./config.ts";

type Check = readonly [expected: string, fits: (value: unknown) => boolean];

const is = (...types: readonly string[]): Check => [
  types.join(" or "),
  (value) => value !== null && types.includes(typeof value),
];
const oneOf = (...words: readonly string[]): Check => [
  words.map((word) => `"${word}"`).join(" or "),
  (value) => words.includes(value as string),
];

const OPTIONS: Readonly<Record<keyof ServerOptions, Check>> = {
  agent: is("string"),
  versions: ["a list", Array.isArray],
  advertisedAddress: is("string"),
  defaultDatabase: is("string"),
  tls: is("object"),
  webSocket: is("boolean", "object"),
  discovery: is("boolean", "object"),
  routingProcedures: is("boolean"),
  hints: is("object"),
  limits: is("object"),
  logger: is("object", "function"),
  observer: is("object", "function"),
  timeouts: oneOf("server", "backend"),
  integers: oneOf("auto", "bigint", "number"),
  floats: oneOf("number", "wrap"),
  clock: is("object"),
};

const ORIGINS: Check = [
  `"*", a list or a function`,
  (value) => value === "*" || Array.isArray(value) || typeof value === "function",
];

/** The groups of options; `tls` has further ones, which are Node's, and `limits` are looked at with their defaults. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  webSocket: { origins: ORIGINS },
  discovery: { authProviders: ["a list", Array.isArray], entries: is("object") },
  hints: { telemetry: is("boolean"), serverSideRouting: is("boolean") },
};

/** What is wrong with the options, if anything is. Undefined values count as absent. */
export function wrongOption(options: unknown): string | undefined {
  if (typeof options !== "object" || options === null) return "the options: expected an object";
  return (
    wrongIn(options, OPTIONS, "") ??
    Object.entries(options)
      .map(([name, group]) => wrongIn(group, GROUPS[name], `${name}.`))
      .find((wrong) => wrong !== undefined)
  );
}

function wrongIn(
  options: unknown,
  checks: Readonly<Record<string, Check>> | undefined,
  path: string,
): string | undefined {
  if (!checks || typeof options !== "object" || options === null) return undefined;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      return `unknown option: ${path}${name}; there are ${Object.keys(checks).join(", ")}`;
    }
    const [expected, fits] = checks[name]!;
    if (value !== undefined && !fits(value)) return `option ${path}${name}: expected ${expected}`;
  }
  return undefined;
}
