/**
 * Runs scenarios by name and prints one JSON line for each: {scenario, ok, ms, detail}. `ok` is null if
 * this client cannot do it. Knows nothing of drivers.
 */
export class Skip extends Error {}

/** The program's contract with src/peers/run.ts. */
export const target = {
  uri: process.env.BOLT_URI,
  routingUri: process.env.BOLT_ROUTING_URI,
  user: process.env.BOLT_USER,
  password: process.env.BOLT_PASSWORD,
  rows: Number(process.env.BOLT_ROWS),
};

export async function runAll(scenarios) {
  for (const scenario of process.env.BOLT_SCENARIOS.split(",")) {
    const begin = performance.now();
    const done = (ok, detail) => {
      const ms = Math.round(performance.now() - begin);
      console.log(JSON.stringify({ scenario, ok, ms, detail: String(detail ?? "") }));
    };
    try {
      if (!scenarios[scenario]) throw new Skip("not in this client");
      done(true, await scenarios[scenario]());
    } catch (error) {
      done(error instanceof Skip ? null : false, error instanceof Skip ? error.message : describe(error));
    }
  }
}

const describe = (error) => [error.code, error.message ?? error].filter(Boolean).join(": ");

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** Checks for equal bits: -0 is not 0, NaN is NaN, objects of different classes differ. */
export function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a.constructor !== b.constructor) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

export function checkSame(got, expected, what = "value") {
  check(same(got, expected), `${what}: expected ${show(expected)}, got ${show(got)}`);
}

const show = (value) =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part))?.slice(0, 200);
