/**
 * Checks that the value classes share, and the JSON form of their fields.
 *
 * A constructor is the only place that judges its fields: the decoder hands it what arrived, so a value is
 * checked once whether the user or the peer made it. Knows nothing about bytes, tags or versions.
 */

/** What a field should have been and what it was; never more of a string than its beginning. */
export function misfit(field: string, expected: string, value: unknown): RangeError {
  let got = typeof value === "object" && value !== null ? "an object" : String(value);
  if (typeof value === "string") got = JSON.stringify(value.slice(0, 40));
  return new RangeError(`${field} must be ${expected}, got ${got}`);
}

/**
 * A signed 64-bit integer: a `number` while that is safe, else a `bigint`; whichever form `value` has.
 * A whole `number` beyond the safe range stands for exactly the integer that the double holds.
 * Throws RangeError, also for what is no number at all: the caller may be the decoder or plain JavaScript.
 */
export function int64(value: unknown, field: string): number | bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value + 0; // -0 would travel as a float
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) {
    const near = Number(value);
    if (Number.isSafeInteger(near)) return near;
    const exact = BigInt(value);
    if (BigInt.asIntN(64, exact) === exact) return exact;
  }
  throw misfit(field, "an integer of 64 bits", value);
}

/** A whole number of `min` to `max`, both safe and inclusive; a `bigint` is converted. Throws RangeError. */
export function integer(value: unknown, field: string, min: number, max: number): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max)
    return number + 0;
  throw misfit(field, `a whole number of ${min} to ${max}`, value);
}

/** `a + b` in 64 bits, a `number` while that is safe. Throws RangeError when the sum leaves 64 bits. */
export function add(a: number | bigint, b: number): number | bigint {
  const sum = Number(a) + b;
  return typeof a === "number" && Number.isSafeInteger(sum) ? sum : int64(BigInt(a) + BigInt(b), "seconds");
}

/** Divides rounding down, so that the rest is never negative. */
export function divide(value: bigint, by: bigint): [quotient: bigint, rest: bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}

/** Throws RangeError unless `value` is a string. */
export function text(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw misfit(field, "a string", value);
}

/** True for what the decoder makes of a Dictionary, false for lists, null and instances of any class. */
export function isDictionary(value: unknown): value is { [key: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A value that `JSON.stringify` accepts: `bigint` becomes a number while safe, else its decimal text.
 * Class instances stay, they have a `toJSON` of their own or need none.
 */
export function jsonSafe(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(jsonSafe);
  if (!isDictionary(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonSafe(item)]));
}

/** What Node.js shows by `console.log` is what `toJSON` gives. Declarations cannot name the symbol of a method for it. */
export function showAsJson(type: { readonly prototype: { toJSON(): unknown } }): void {
  Object.defineProperty(type.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: { toJSON(): unknown }) {
      return this.toJSON();
    },
  });
}
