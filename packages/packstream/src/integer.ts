// The one place where the wire's 64-bit Integer meets JavaScript's `number` and `bigint`.
// Knows views and positions; must not know markers or cursors.

/**
 * What an Integer becomes:
 * - `"auto"`: `number` if safe (within ±(2^53 − 1)), else `bigint`
 * - `"bigint"`: always `bigint`
 * - `"number"`: always `number`, the nearest double
 */
export type IntegerMode = "auto" | "bigint" | "number";

/** Reads a signed 64-bit integer, big-endian. */
export function readInt64(view: DataView, at: number, mode: IntegerMode): number | bigint {
  if (mode === "bigint") return view.getBigInt64(at);
  // The high half times 2^32 is exact, so there is only one rounding and this is the nearest double.
  const value = view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  return mode === "number" || Number.isSafeInteger(value) ? value : view.getBigInt64(at);
}

/** Whether a `bigint` fits into an Integer: -2^63 to 2^63 − 1. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
