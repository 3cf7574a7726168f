// Checks that the value classes share, and the JSON form of their fields. Only constructors check fields: the
// decoder hands them what arrived, so a value is checked once, whether the user or the peer made it.
// Knows nothing about bytes, tags or versions.

/** An error that says what a field must be and what it is; quotes at most 40 characters of a string. */
export function misfit(field: string, expected: string, value: unknown): RangeError {
  let got = typeof value === "object" && value !== null ? "an object" : String(value);
  if (typeof value === "string") got = JSON.stringify(value.slice(0, 40));
  return new RangeError(`${field} must be ${expected}, got ${got}`);
}

/**
 * A signed 64-bit integer: a `number` while that is safe, else a `bigint`, whichever of the two `value` is.
 * A whole `number` beyond the safe range stands for exactly the integer that the double holds.
 * Throws RangeError for anything else, whatever its type: the caller may be the decoder or plain JavaScript.
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

/** A whole number from `min` to `max`, both safe and inclusive; a `bigint` is converted. Throws RangeError. */
export function integerBetween(value: unknown, field: string, min: number, max: number): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max)
    return number + 0;
  throw misfit(field, `a whole number from ${min} to ${max}`, value);
}

/** `a + b` in 64 bits, a `number` while that is safe. Throws RangeError when the sum leaves 64 bits. */
export function add(a: number | bigint, b: number): number | bigint {
  const sum = Number(a) + b;
  return typeof a === "number" && Number.isSafeInteger(sum) ? sum : int64(BigInt(a) + BigInt(b), "seconds");
}

/** Divides, rounding down for a positive `by`, so that the remainder is never negative. */
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
 * Class instances stay as they are: they have their own `toJSON` or need none.
 */
export function jsonSafe(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(jsonSafe);
  if (!isDictionary(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonSafe(item)]));
}

/** Makes `console.log` of Node.js show what `toJSON` gives. Set here, as class declarations cannot name its symbol. */
export function showAsJson(type: { readonly prototype: { toJSON(): unknown } }): void {
  Object.defineProperty(type.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: { toJSON(): unknown }) {
      return this.toJSON();
    },
  });
}
