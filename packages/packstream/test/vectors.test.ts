import { describe, expect, test } from "vitest";
import { pack, unpack, UnpackError } from "../src/index.ts";
import { bytesOf, toHex, valueOf, type Vector, vectors } from "./vectors.ts";

const LOSSLESS = { integers: "bigint", floats: "wrap" } as const;
const uuid = ({ maxBolt }: Vector): boolean => maxBolt === undefined;
const of = (outcome: Vector["outcome"]): Vector[] => vectors.filter((vector) => vector.outcome === outcome);

/** Each takes a different fast path: a plain Uint8Array, a view in the middle of a larger buffer, and a Buffer. */
const forms: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ["alone", (bytes) => bytes],
  [
    "inside a larger buffer",
    (bytes) => {
      const large = new Uint8Array(bytes.length + 37).fill(0xee);
      large.set(bytes, 19);
      return large.subarray(19, 19 + bytes.length);
    },
  ],
  ["as Buffer", (bytes) => Buffer.from(bytes)],
];

describe.each(forms)("%s", (_, form) => {
  test.each(of("ok"))("$id is read", (vector) => {
    const value = unpack(form(bytesOf(vector)), { ...LOSSLESS, uuid: uuid(vector) });
    expect(value).toEqual(valueOf(vector.value!));
    // toEqual does not tell one NaN from another, so compare bytes; only for floats, since maps may change their order.
    if (vector.canonical && vector.value!.t === "float")
      expect(toHex(pack(value))).toBe(toHex(bytesOf(vector)));
  });

  test.each(of("error"))("$id is refused: $reason", (vector) => {
    const read = (): unknown => unpack(form(bytesOf(vector)), { ...LOSSLESS, uuid: uuid(vector) });
    expect(read).toThrow(UnpackError);
  });

  test.each(of("optional"))("$id is read or refused", (vector) => {
    let value: unknown;
    try {
      value = unpack(form(bytesOf(vector)), { ...LOSSLESS, uuid: uuid(vector) });
    } catch (error) {
      expect(error).toBeInstanceOf(UnpackError);
      return;
    }
    expect(value).toEqual(valueOf(vector.value!));
  });
});

test.each(of("ok").filter(({ canonical }) => canonical))("$id is written", (vector) => {
  // As a Map, because an object would put keys that look like integers first.
  const written = pack(valueOf(vector.value!, (entries) => new Map(entries)));
  expect(Buffer.compare(written, bytesOf(vector))).toBe(0);
});

test("every vector cut short is refused", () => {
  for (const vector of of("ok")) {
    const bytes = bytesOf(vector);
    const cuts = bytes.length <= 300 ? bytes.keys() : [0, 1, 2, 5, bytes.length >> 1, bytes.length - 1];
    for (const cut of cuts) {
      const read = (): unknown => unpack(bytes.slice(0, cut), { uuid: uuid(vector) });
      expect(read, `${vector.id} cut at ${cut}`).toThrow(UnpackError);
    }
  }
});

test("values are refused for the reasons given in the vectors", () => {
  for (const vector of of("error")) {
    let reason: string | undefined;
    try {
      unpack(bytesOf(vector), { uuid: uuid(vector) });
    } catch (error) {
      reason = (error as UnpackError).reason;
    }
    // Unterminated deep nesting and sizes above the bytes left may be reported as any of these.
    const either = ["truncated", "depth", "length"].includes(vector.reason!);
    expect(either ? ["truncated", "depth", "length"] : [vector.reason], vector.id).toContain(reason);
  }
});
