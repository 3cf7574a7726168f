// The value table: what a JavaScript value becomes, what is read back, and what is refused at which path or offset.
import { describe, expect, test } from "vitest";
import {
  Float,
  pack,
  PackError,
  Packer,
  Structure,
  unpack,
  UnpackError,
  Unpacker,
  UUID,
} from "../src/index.ts";
import { fromHex, toHex } from "./vectors.ts";

const hex = (value: unknown): string => toHex(pack(value));

test.each<[string, unknown, string]>([
  ["null", null, "c0"],
  ["undefined as list item", [undefined], "91c0"],
  ["undefined as property", { a: undefined, b: 1 }, "a1816201"],
  ["true", true, "c3"],
  ["whole number", 1, "01"],
  ["minus zero", -0, "c18000000000000000"],
  ["fraction", 1.5, "c13ff8000000000000"],
  ["whole number above the safe integers", 2 ** 60, "c143b0000000000000"],
  ["NaN", NaN, "c17ff8000000000000"],
  ["Float", new Float(1), "c13ff0000000000000"],
  ["bigint", 2n ** 63n - 1n, "cb7fffffffffffffff"],
  ["smallest bigint", -(2n ** 63n), "cb8000000000000000"],
  ["small bigint", 42n, "2a"],
  ["string beyond ASCII", "é🌍", "86c3a9f09f8c8d"],
  ["Uint8Array", Uint8Array.of(1, 2), "cc020102"],
  ["ArrayBuffer", Uint8Array.of(1, 2).buffer, "cc020102"],
  ["DataView", new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2), "cc020102"],
  ["array", [1, "a"], "92018161"],
  ["typed array", Int16Array.of(1, -1), "9201ff"],
  ["Set", new Set([1, 2]), "920102"],
  ["plain object", { a: 1 }, "a1816101"],
  ["object without prototype", Object.assign(Object.create(null) as object, { a: 1 }), "a1816101"],
  ["Map", new Map([["a", 1]]), "a1816101"],
  ["Structure", new Structure(0x4e, [1, ["Person"], {}]), "b34e019186506572736f6ea0"],
  ["UUID", UUID.parse("550e8400-e29b-41d4-a716-446655440000"), "e0550e8400e29b41d4a716446655440000"],
])("%s", (_, value, expected) => {
  expect(hex(value)).toBe(expected);
});

class Person {
  name = "Ann";
}
const cyclic: unknown[] = [];
cyclic.push({ again: cyclic });

test.each<[string, unknown, string]>([
  ["function", { f: () => 1 }, "$.f"],
  ["symbol", [Symbol("s")], "$[0]"],
  [
    "instance of an unknown class",
    { friends: [1, { "two words": new Person() }] },
    '$.friends[1]["two words"]',
  ],
  ["lone surrogate", ["\ud800"], "$[0]"],
  ["lone surrogate in a key", { "\udc00": 1 }, "$"],
  ["bigint over 64 bits", { big: 2n ** 63n }, "$.big"],
  ["cycle", cyclic, "$[0].again"],
  ["Map with a key that is not a string", new Map([[1, 2]]), "$"],
  ["structure of 16 fields", new Structure(1, Array(16).fill(1)), "$"],
  ["structure with a tag above 127", new Structure(128, []), "$"],
])("%s is refused, with its path", (_, value, path) => {
  let error: unknown;
  try {
    pack(value);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(PackError);
  expect((error as PackError).path.startsWith(path), (error as PackError).path).toBe(true);
  expect((error as PackError).code).toBe("PACK_ERROR");
});

test("a packer that has refused a value has written no part of it and stays usable", () => {
  const packer = new Packer();
  packer.write("before");
  const length = packer.writer.length;
  expect(() => packer.write({ deep: [1, () => 1] })).toThrow(PackError);
  expect(packer.writer.length).toBe(length);
  packer.write(1);
  expect(toHex(packer.writer.take())).toBe("866265666f726501");
});

describe("reading", () => {
  test.each<[string, string, object, unknown]>([
    ["safe integers become numbers", "cb001fffffffffffff", {}, Number.MAX_SAFE_INTEGER],
    ["other integers become bigints", "cb0020000000000000", {}, 2n ** 53n],
    ["integers always as bigints", "01", { integers: "bigint" }, 1n],
    ["integers as the nearest numbers", "cb7fffffffffffffff", { integers: "number" }, 2 ** 63],
    ["wrapped floats", "c13ff0000000000000", { floats: "wrap" }, new Float(1)],
    ["the last of duplicate keys", "a281610181610281".slice(0, 14), {}, { a: 2 }],
    ["a leading BOM is data", "83efbbbf", {}, "\ufeff"],
    ["STRUCT_8", "dc014e01", {}, new Structure(0x4e, [1])],
    ["STRUCT_16", "dd00014e01", {}, new Structure(0x4e, [1])],
  ])("%s", (_, bytes, options, expected) => {
    expect(unpack(fromHex(bytes), options)).toEqual(expected);
  });

  test("__proto__ is a key like any other", () => {
    const value = unpack(fromHex("a1895f5f70726f746f5f5f01")) as object;
    expect(Object.getOwnPropertyNames(value)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(hex(value)).toBe("a1895f5f70726f746f5f5f01");
  });

  test("a wrapped float calculates and prints like its number", () => {
    const float = unpack(fromHex("c13ff8000000000000"), { floats: "wrap" }) as Float;
    expect([`${float}`, String(new Float(-1)), JSON.stringify([float]), Number(float) + 1]).toEqual([
      "1.5",
      "-1",
      "[1.5]",
      2.5,
    ]);
  });

  test.each([
    ["ArrayBuffer", new ArrayBuffer(1)],
    ["String", "\u0001"],
    ["Array", [1]],
    ["Undefined", undefined],
    ["DataView", new DataView(new ArrayBuffer(1))],
    ["Uint16Array", Uint16Array.of(1)],
  ])("%s is not a Uint8Array", (name, input) => {
    expect(() => unpack(input as unknown as Uint8Array)).toThrow(
      new TypeError(`expected a Uint8Array, got [object ${name}]`),
    );
  });

  test("bytes are a copy", () => {
    const source = fromHex("cc020102");
    const value = unpack(source) as Uint8Array;
    source.fill(0);
    expect([...value]).toEqual([1, 2]);
  });

  test.each<[string, string, object, string, number]>([
    ["reserved marker", "9201c4", {}, "marker", 2],
    ["declared size above the bytes left", "d40901", {}, "truncated", 0],
    ["a thousand lists with false sizes", "d5ffff".repeat(1000), {}, "truncated", -1],
    ["size above 2^31-1", "d6ffffffff", {}, "length", 0],
    ["key that is not a string", "a10101", {}, "key", 1],
    ["duplicate key, if rejected", "a2816101816102", { duplicateKeys: "reject" }, "key", 4],
    ["invalid UTF-8", "9282c328c0", {}, "utf8", 1],
    ["bytes after the value", "0101", {}, "trailing", 1],
    ["UUID before 6.1", "e0" + "00".repeat(16), { uuid: false }, "marker", 0],
    ["too deep", "91919101", { maxDepth: 2 }, "depth", 2],
  ])("%s", (_, bytes, options, reason, offset) => {
    let error: unknown;
    try {
      unpack(fromHex(bytes), options);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UnpackError);
    expect((error as UnpackError).reason).toBe(reason);
    if (offset >= 0) expect((error as UnpackError).offset).toBe(offset);
  });

  test("after an error an unpacker is usable with the same buffer", () => {
    const unpacker = new Unpacker();
    const buffer = fromHex("c401029201");
    unpacker.load(buffer);
    unpacker.open(0, 1);
    expect(() => unpacker.read()).toThrow(UnpackError);
    unpacker.open(1, 3);
    expect([unpacker.read(), unpacker.read()]).toEqual([1, 2]);
    unpacker.close();
  });

  test("new contents in the same buffer are seen after load()", () => {
    const unpacker = new Unpacker();
    const buffer = new Uint8Array(64);
    for (const text of ["first", "other", "third"]) {
      buffer.set(pack({ key: text, [text]: text }));
      unpacker.load(buffer);
      unpacker.open(0, pack({ key: text, [text]: text }).length);
      expect(unpacker.read()).toEqual({ key: text, [text]: text });
    }
  });
});

describe("structure writers and readers", () => {
  class Point {
    readonly x: number;
    readonly y: number;
    constructor(x: number, y: number) {
      this.x = x;
      this.y = y;
    }
  }
  test("pack and unpack a class of one's own", () => {
    const writers = new Map<Function, (packer: Packer, value: never) => void>([
      [
        Point,
        (packer, value) => {
          const { x, y } = value as Point;
          packer.writeStructureHeader(0x58, 2);
          packer.writeFloat(x);
          packer.writeFloat(y);
        },
      ],
    ]);
    const readers = [];
    readers[0x58] = (unpacker: Unpacker): Point =>
      new Point(unpacker.read() as number, unpacker.read() as number);
    const bytes = pack([new Point(1, 2)], { structures: writers });
    expect(toHex(bytes)).toBe("91b258c13ff0000000000000c14000000000000000");
    expect(unpack(bytes, { structures: readers })).toEqual([new Point(1, 2)]);
    expect(unpack(bytes)).toEqual([new Structure(0x58, [1, 2])]);
  });
});
