// Every error: its class, fields and message, and that packers and unpackers stay usable afterwards.
import { describe, expect, test } from "vitest";
import {
  BoltError,
  pack,
  Packer,
  PackError,
  type PackOptions,
  Structure,
  unpack,
  Unpacker,
  UnpackError,
  type UnpackOptions,
} from "../src/index.ts";
import { fromHex, toHex } from "./vectors.ts";

function caught(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const refused = (hex: string, options?: UnpackOptions): UnpackError =>
  caught(() => unpack(fromHex(hex), options)) as UnpackError;
const rejected = (value: unknown, options?: PackOptions): PackError =>
  caught(() => pack(value, options)) as PackError;

describe("UnpackError", () => {
  test.each<[string, string, UnpackOptions, string, number, number | undefined, string]>([
    ["no bytes", "", {}, "truncated", 0, undefined, "expected a value, got the end at byte 0"],
    ["a list without its item", "9291", {}, "truncated", 0, 0x92, "expected 2 more bytes, got 1 at byte 0"],
    [
      "a dictionary without a value",
      "a18161",
      {},
      "truncated",
      3,
      undefined,
      "expected a value, got the end at byte 3",
    ],
    [
      "a dictionary without an entry",
      "a161",
      {},
      "truncated",
      0,
      0xa1,
      "expected 2 more bytes, got 1 at byte 0",
    ],
    ["8-bit integer", "91c8", {}, "truncated", 1, 0xc8, "expected 1 more bytes, got 0 at byte 1"],
    [
      "16-bit integer in a list",
      "9201c900",
      {},
      "truncated",
      2,
      0xc9,
      "expected 2 more bytes, got 1 at byte 2",
    ],
    ["32-bit integer", "a18161ca000000", {}, "truncated", 3, 0xca, "expected 4 more bytes, got 3 at byte 3"],
    ["64-bit integer", "cb00", {}, "truncated", 0, 0xcb, "expected 8 more bytes, got 1 at byte 0"],
    [
      "float in a list",
      "91c13ff00000000000",
      {},
      "truncated",
      1,
      0xc1,
      "expected 8 more bytes, got 7 at byte 1",
    ],
    ["size of a string", "d100", {}, "truncated", 0, 0xd1, "expected 2 more bytes, got 1 at byte 0"],
    ["string", "9183616263".slice(0, 8), {}, "truncated", 1, 0x83, "expected 3 more bytes, got 2 at byte 1"],
    ["key", "a18261", {}, "truncated", 1, 0x82, "expected 2 more bytes, got 1 at byte 1"],
    ["bytes", "cc0401", {}, "truncated", 0, 0xcc, "expected 4 more bytes, got 1 at byte 0"],
    ["tag", "b0", {}, "truncated", 0, 0xb0, "expected 1 more bytes, got 0 at byte 0"],
    ["fields", "b2710f", {}, "truncated", 0, 0xb2, "expected 2 more bytes, got 1 at byte 0"],
    ["UUID", "e000", {}, "truncated", 0, 0xe0, "expected 16 more bytes, got 1 at byte 0"],
    ["size 2^31", "91ce80000000", {}, "length", 1, 0xce, "size 2147483648 (at most 2147483647) at byte 1"],
    ["reserved marker", "9100".slice(0, 2) + "c5", {}, "marker", 1, 0xc5, "unexpected marker 0xC5 at byte 1"],
    ["STRUCT_32", "de00000000", {}, "marker", 0, 0xde, "unexpected marker 0xDE at byte 0"],
    ["key that is not a string", "a1c001", {}, "key", 1, 0xc0, "expected a string as key at byte 1"],
    [
      "the marker between STRING_32 and lists as key",
      "a1d30101",
      {},
      "key",
      1,
      0xd3,
      "expected a string as key at byte 1",
    ],
    [
      "duplicate key",
      "a2816101816102",
      { duplicateKeys: "reject" },
      "key",
      4,
      0x81,
      'duplicate key "a" at byte 4',
    ],
    ["invalid UTF-8", "9182c328", {}, "utf8", 1, 0x82, "invalid UTF-8 at byte 1"],
    ["depth of lists", "919191", { maxDepth: 1 }, "depth", 1, 0x91, "nested deeper than 1 at byte 1"],
    [
      "depth of structures",
      "b101b10201",
      { maxDepth: 1 },
      "depth",
      2,
      0xb1,
      "nested deeper than 1 at byte 2",
    ],
    ["bytes after the value", "c0c0c0", {}, "trailing", 1, 0xc0, "2 bytes left over at byte 1"],
  ])("%s", (_, hex, options, reason, offset, marker, message) => {
    const error = refused(hex, options);
    expect(error).toBeInstanceOf(UnpackError);
    expect(error).toBeInstanceOf(BoltError);
    expect({ ...error }).toEqual({ code: "UNPACK_ERROR", reason, offset, marker });
    expect(error.message).toBe(message);
    expect(String(error)).toBe(`UnpackError: ${message}`);
  });

  test("offsets count from the start of the message, not of the buffer", () => {
    const unpacker = new Unpacker();
    unpacker.load(fromHex("ffffff9201c4ffff"));
    unpacker.open(3, 6);
    expect(caught(() => unpacker.read())).toMatchObject({ reason: "marker", offset: 2, marker: 0xc4 });
    unpacker.open(3, 5);
    expect(caught(() => unpacker.read())).toMatchObject({ reason: "truncated", offset: 0, marker: 0x92 });
  });

  test("nothing is read past the end of the message, even if the buffer goes on", () => {
    const unpacker = new Unpacker();
    const bytes = pack([
      1,
      300,
      70000,
      1.5,
      "abc",
      "a string that is longer",
      { key: 1 },
      Uint8Array.of(1),
      2n ** 60n,
    ]);
    const buffer = new Uint8Array(bytes.length * 2);
    buffer.set(bytes);
    buffer.set(bytes, bytes.length);
    unpacker.load(buffer);
    for (let end = 0; end < bytes.length; end++) {
      unpacker.open(0, end);
      expect(() => unpacker.read()).toThrow(UnpackError);
    }
    unpacker.open(bytes.length, buffer.length);
    expect(unpacker.read()).toEqual(unpack(bytes));
  });

  test("a million nested lists neither overflow the stack nor use up memory", () => {
    expect(refused("91".repeat(100_000)).reason).toBe("depth");
    const lying = new Uint8Array(1 << 20);
    const view = new DataView(lying.buffer);
    for (let at = 0; at + 5 < lying.length; at += 5) {
      lying[at] = 0xd6;
      view.setUint32(at + 1, lying.length - at - 5);
    }
    const before = process.memoryUsage().heapUsed;
    expect(() => unpack(lying)).toThrow(UnpackError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20);
  });

  test("the depth is reset for each message", () => {
    const unpacker = new Unpacker({ maxDepth: 2 });
    for (let i = 0; i < 5; i++) {
      expect(() => unpacker.unpack(fromHex("91919101"))).toThrow(UnpackError);
      expect(unpacker.unpack(fromHex("919101"))).toEqual([[1]]);
    }
  });
});

class Unknown {
  readonly name = 1;
}
const named = (name: string): unknown => ({ [name]: () => 1 });

describe("PackError", () => {
  const ring: Record<string, unknown> = { name: "ring" };
  ring["next"] = [1, { back: ring }];
  const set = new Set<unknown>();
  set.add([set]);
  const map = new Map<string, unknown>();
  map.set("self", map);
  const looped = new Structure(1, [0, []]);
  (looped.fields[1] as unknown[]).push(looped);

  test.each<[string, unknown, string, string]>([
    ["function", () => 1, "cannot pack a function", "$"],
    ["symbol", { a: [Symbol("s")] }, "cannot pack a symbol", "$.a[0]"],
    [
      "instance",
      { friends: [1, 2, 3, { name: new Unknown() }] },
      "cannot pack an instance of Unknown",
      "$.friends[3].name",
    ],
    ["Date", [new Date(0)], "cannot pack an instance of Date", "$[0]"],
    ["boxed number", [Object(1)], "cannot pack an instance of Number", "$[0]"],
    ["empty key", named(""), "cannot pack a function", '$[""]'],
    ["key of two words", named("two words"), "cannot pack a function", '$["two words"]'],
    ["key like a number", named("1"), "cannot pack a function", '$["1"]'],
    ["bigint", { n: [2n ** 63n] }, "cannot pack 9223372036854775808 as Integer", "$.n[0]"],
    [
      "item of a BigUint64Array",
      { n: BigUint64Array.of(1n, 2n ** 63n) },
      "cannot pack 9223372036854775808 as Integer",
      "$.n[1]",
    ],
    ["text", [["\ud800"]], "cannot pack text with half a surrogate pair", "$[0][0]"],
    ["key", { a: { "\udc00": 1 } }, "cannot pack text with half a surrogate pair", '$.a["\\udc00"]'],
    ["item of a Set", new Set([1, Symbol("s")]), "cannot pack a symbol", "$[1]"],
    ["value in a Map", new Map([["a b", Symbol("s")]]), "cannot pack a symbol", '$["a b"]'],
    ["Map with a number as key", { m: new Map([[1, 2]]) }, "cannot pack a Map with a number as key", "$.m"],
    ["field", new Structure(1, [1, { a: Symbol("s") }]), "cannot pack a symbol", "$.fields[1].a"],
    [
      "16 fields",
      [new Structure(1, Array(16).fill(0))],
      "cannot pack a structure with tag 1 (up to 127) and 16 fields (up to 15)",
      "$[0]",
    ],
    [
      "tag 128",
      [new Structure(128, [])],
      "cannot pack a structure with tag 128 (up to 127) and 0 fields (up to 15)",
      "$[0]",
    ],
    ["cycle", { ring }, "cannot pack a cycle", "$.ring.next[1].back"],
    ["Set that contains itself", { set }, "cannot pack a cycle", "$.set[0][0]"],
    ["Map that contains itself", [map], "cannot pack a cycle", "$[0].self"],
    ["Structure that contains itself", looped, "cannot pack a cycle", "$.fields[1][0]"],
  ])("%s", (_, value, reason, path) => {
    const error = rejected(value);
    expect(error).toBeInstanceOf(PackError);
    expect(error).toBeInstanceOf(BoltError);
    expect({ ...error }).toEqual({ code: "PACK_ERROR", reason, path });
    expect(String(error)).toBe(`PackError: ${reason} at ${path}`);
  });

  test("too deep without a cycle", () => {
    expect(rejected({ a: [[1]] }, { maxDepth: 2 })).toMatchObject({
      reason: "cannot pack nesting deeper than 2",
      path: "$.a[0]",
    });
    // Scalars do not count as a level, nor do bytes.
    expect(toHex(pack([[Uint8Array.of(1)]], { maxDepth: 2 }))).toBe("9191cc0101");
    let deep: unknown = 1;
    for (let i = 0; i < 512; i++) deep = [deep];
    expect(unpack(pack(deep))).toEqual(deep);
    expect(rejected([deep]).path).toBe(`$${"[0]".repeat(512)}`);
  });

  test("the packer stays usable, and what it held is unchanged", () => {
    const packer = new Packer();
    packer.write("before");
    for (let i = 0; i < 3; i++) {
      expect(caught(() => packer.write({ ring }))).toMatchObject({ path: "$.ring.next[1].back" });
      expect(caught(() => packer.write([1, Symbol("s")]))).toMatchObject({
        path: "$[1]",
        reason: "cannot pack a symbol",
      });
      expect(caught(() => packer.pack({ long: "x".repeat(20_000), bad: Symbol("s") }))).toMatchObject({
        path: "$.bad",
      });
    }
    packer.write([1]);
    expect(toHex(packer.writer.take())).toBe("866265666f72659101");
  });

  test("an error thrown by a getter is passed on unchanged, and nothing is written", () => {
    const packer = new Packer();
    const broken = {
      get inner(): never {
        throw new RangeError("mine");
      },
    };
    expect(caught(() => packer.write([broken]))).toEqual(new RangeError("mine"));
    expect(packer.writer.length).toBe(0);
    expect(caught(() => packer.write([Symbol("s")]))).toMatchObject({ path: "$[0]" });
  });
});

test("errors keep their names when a bundler renames their classes", () => {
  class A extends PackError {}
  class B extends UnpackError {}
  expect([new A("r").name, new B("marker", "m", 0).name]).toEqual(["PackError", "UnpackError"]);
  class Own extends BoltError {}
  expect(new Own("MINE", "m").name, "a user's subclass").toBe("Own");
});
