/**
 * The one place where the 64-bit Integer of the wire meets JavaScript's `number` and `bigint`.
 * Knows views and positions; must not know markers or cursors.
 */

/**
 * How Integers come out:
 * - `"auto"`: `number` while safe (within ±(2^53 − 1)), else `bigint`
 * - `"bigint"`: always `bigint`
 * - `"number"`: always `number`, the nearest double
 */
export type IntegerMode = "auto" | "bigint" | "number";

/** Reads a signed 64-bit integer, big-endian. */
export function readInt64(view: DataView, at: number, mode: IntegerMode): number | bigint {
  if (mode === "bigint") return view.getBigInt64(at);
  // One rounding only: the high half times 2^32 is exact, so this is the nearest double.
  const value = view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  return mode === "number" || Number.isSafeInteger(value) ? value : view.getBigInt64(at);
}

/** Whether a `bigint` has a place on the wire: -2^63 to 2^63 − 1. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
