// Text is decoded by the platform's native methods where they exist, and by TextDecoder and loops elsewhere: the results
// must be the same.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { pack, Packer, type UnpackError, Unpacker } from "../src/index.ts";
import { loadPortable } from "./portable.ts";
import { bytesOf, fromHex, toHex, vectors } from "./vectors.ts";

const portable = await loadPortable();

/** The result of reading as text, so that the results of the two copies of the package can be compared. */
function outcome(read: () => unknown): string {
  try {
    return JSON.stringify(read(), (_, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
      return value;
    });
  } catch (error) {
    const { code, reason, offset, marker, message } = error as UnpackError;
    return JSON.stringify({ code, reason, offset, marker, message });
  }
}

const reader = new Unpacker();
const portableReader = new portable.Unpacker();

function bothRead(bytes: Uint8Array): string {
  const native = outcome(() => reader.unpack(bytes));
  expect(outcome(() => portableReader.unpack(bytes))).toBe(native);
  return native;
}

test("every vector, whole and cut short anywhere", () => {
  for (const vector of vectors) {
    const bytes = bytesOf(vector);
    if (bytes.length > 400) continue;
    for (let end = 0; end <= bytes.length; end++) bothRead(bytes.subarray(0, end));
  }
});

test("random bytes with a fixed seed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      bothRead(bytes);
    }),
    { seed: 20170531, numRuns: 3000 },
  );
});

test("vectors with one byte changed", () => {
  const small = vectors.map(bytesOf).filter((bytes) => bytes.length > 0 && bytes.length < 200);
  fc.assert(
    fc.property(fc.constantFrom(...small), fc.nat(), fc.integer({ min: 0, max: 255 }), (bytes, at, byte) => {
      const changed = bytes.slice();
      changed[at % bytes.length] = byte;
      bothRead(changed);
    }),
    { seed: 7687, numRuns: 3000 },
  );
});

describe("text", () => {
  const binary = fc.string({ unit: "binary", maxLength: 60 });
  const any = fc.oneof(fc.string({ maxLength: 30 }), binary, fc.string({ unit: "grapheme", maxLength: 60 }));

  test("packs to the same bytes and unpacks to the same text, alone and among many short strings", () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (texts) => {
        const value = { texts, [texts[0] ?? ""]: 1 };
        const bytes = pack(value);
        expect(toHex(portable.pack(value))).toBe(toHex(bytes));
        expect(reader.unpack(bytes)).toEqual(value);
        expect(portableReader.unpack(bytes)).toEqual(value);
      }),
      { seed: 41, numRuns: 500 },
    );
  });

  test("of every length around the thresholds between decoders", () => {
    for (const unit of ["a", "é", "€", "🌍", "\uFFFD"]) {
      for (const length of [
        0, 1, 3, 4, 8, 9, 11, 12, 13, 15, 16, 22, 23, 24, 25, 85, 86, 255, 256, 21845, 65536,
      ]) {
        for (const text of [unit.repeat(length), "x".repeat(length) + unit]) {
          const bytes = pack(text);
          expect(portable.pack(text).length).toBe(bytes.length);
          expect(Buffer.from(bytes).toString().endsWith(text)).toBe(true);
          expect(reader.unpack(bytes)).toBe(text);
          expect(portableReader.unpack(bytes)).toBe(text);
        }
      }
    }
  });

  test.each([1, 20])("invalid UTF-8 is refused and U+FFFD is not, after %i short strings", (before) => {
    const start =
      (0x90 + 1).toString(16) + "d4" + (before + 1).toString(16).padStart(2, "0") + "8161".repeat(before);
    const texts = ["80", "c080", "e282", "eda080", "f4908080", "fe", "c328", "61ff", "c3"];
    for (const text of texts) {
      for (const pad of [0, 10, 11, 30]) {
        const size = text.length / 2 + pad;
        const header = size < 16 ? (0x80 + size).toString(16) : `d0${size.toString(16)}`;
        expect(bothRead(fromHex(start + header + "61".repeat(pad) + text))).toContain('"reason":"utf8"');
      }
    }
    expect(bothRead(fromHex(`${start}83efbfbd`))).toContain("\uFFFD");
    expect(bothRead(fromHex(`${start}83efbbbf`))).toContain("\uFEFF");
  });

  test("with half a surrogate pair is refused, at any length and position", () => {
    for (const pad of [0, 5, 22, 23, 24, 100]) {
      for (const text of ["\ud800", "\udc00", "\ud800a", "\udc00\ud800"]) {
        for (const value of [text + "x".repeat(pad), "x".repeat(pad) + text, "é".repeat(pad) + text]) {
          expect(() => pack(value)).toThrow("surrogate");
          expect(() => portable.pack(value)).toThrow("surrogate");
        }
      }
    }
  });
});

test("shared memory is read and written like any other", () => {
  const bytes = pack({ long: "é".repeat(40), short: "abc", raw: Uint8Array.of(1, 2) });
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
  shared.set(bytes);
  const value = reader.unpack(shared) as { raw: Uint8Array };
  expect(portableReader.unpack(shared)).toEqual(value);
  expect(value.raw.buffer).toBeInstanceOf(ArrayBuffer);
  expect(toHex(pack(shared.subarray(0, 2)))).toBe(`cc02${toHex(bytes.subarray(0, 2))}`);
  expect(outcome(() => portableReader.unpack(Buffer.from(shared.buffer, 3)))).toBe(outcome(() => value));
});

test("in Bun short strings are not sliced from the text of a whole buffer: each would keep all of it", async () => {
  vi.stubGlobal("Bun", {});
  vi.resetModules();
  try {
    const { latin1, latin1ToSlice } = await import("../src/utf8.ts");
    expect([typeof latin1, latin1ToSlice]).toEqual(["function", undefined]);
  } finally {
    vi.unstubAllGlobals();
    vi.resetModules();
  }
});

describe("signedSizes", () => {
  const SIZES = [15, 16, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536];
  const text = (size: number): string => "é".repeat(size >> 1) + "a".repeat(size & 1);
  const kinds: readonly [kind: string, tiny: number, marker: number, value: (size: number) => unknown][] = [
    ["ASCII", 0x80, 0xd0, (size) => "a".repeat(size)],
    ["other text", 0x80, 0xd0, text],
    ["lists", 0x90, 0xd4, (size) => Array.from({ length: size }, () => null)],
    [
      "dictionaries",
      0xa0,
      0xd8,
      (size) => Object.fromEntries(Array.from({ length: size }, (_, i) => [i, null])),
    ],
    [
      "dictionaries with gaps",
      0xa0,
      0xd8,
      (size) => ({
        none: undefined,
        ...Object.fromEntries(Array.from({ length: size }, (_, i) => [i, null])),
      }),
    ],
    ["bytes", 0, 0xcc, (size) => new Uint8Array(size)],
  ];

  test.each(kinds)("keeps the upper bit of sizes clear, for %s", (_, tiny, marker, value) => {
    for (const { Packer: Copy } of [{ Packer }, portable]) {
      for (const size of SIZES) {
        const packer = new Copy();
        packer.writer.signedSizes = true;
        const bytes = packer.pack(value(size));
        const header = [...bytes.subarray(0, 5)];
        if (tiny > 0 && size < 16) expect(header[0]).toBe(tiny + size);
        else if (size < 128) expect(header.slice(0, 2)).toEqual([marker, size]);
        else if (size < 32_768) expect(header.slice(0, 3)).toEqual([marker + 1, size >> 8, size & 255]);
        else expect(header).toEqual([marker + 2, 0, size >> 16, (size >> 8) & 255, size & 255]);
        expect(toHex(pack(reader.unpack(bytes)))).toBe(toHex(pack(value(size))));
      }
    }
  });

  test("for keys too", () => {
    const packer = new Packer();
    packer.writer.signedSizes = true;
    for (let i = 0; i < 3; i++) packer.write({ ["k".repeat(200)]: i });
    const one = `a1d100c8${"6b".repeat(200)}`;
    expect(toHex(packer.writer.take())).toBe(`${one}00${one}01${one}02`);
  });
});
