// Packing beyond the value table: options, structure writers, piecewise messages, objects that are almost plain.
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  ByteWriter,
  pack,
  Packer,
  PackError,
  Structure,
  type StructureWriter,
  unpack,
  UUID,
} from "../src/index.ts";
import { toHex } from "./vectors.ts";

class Point {
  readonly x: number;
  readonly label: unknown;
  constructor(x: number, label: unknown) {
    this.x = x;
    this.label = label;
  }
}
class NamedPoint extends Point {}

const writePoint: StructureWriter = (packer, value) => {
  const { x, label } = value as Point;
  packer.writeStructureHeader(0x58, 2);
  packer.writeFloat(x);
  packer.write(label);
};
const structures = new Map<Function, StructureWriter>([[Point, writePoint]]);

describe("structure writers", () => {
  test("are found by constructor, for subclasses too, and may be changed later", () => {
    const packer = new Packer();
    expect(() => packer.pack(new Point(1, "a"))).toThrow("cannot pack an instance of Point at $");
    packer.structures = structures;
    expect(toHex(packer.pack([new Point(1, "a"), new NamedPoint(1, "b")]))).toBe(
      "92b258c13ff00000000000008161b258c13ff00000000000008162",
    );
  });

  test("take precedence over the forms of built-in classes", () => {
    const dates = new Map<Function, StructureWriter>([
      [Date, (packer, value) => packer.writeInteger((value as Date).getTime())],
      [Uint8Array, (packer) => packer.writeString("bytes")],
    ]);
    expect(toHex(pack([new Date(7), Buffer.of(1)], { structures: dates }))).toBe("9207856279746573");
  });

  test("nest, count as a level, and give their errors a path", () => {
    const nested = { points: [new Point(1, { inner: new Point(2, Symbol("s")) })] };
    const packer = new Packer({ structures });
    packer.write(1);
    expect(() => packer.write(nested)).toThrow("cannot pack a symbol at $.points[0].inner");
    expect(packer.writer.length).toBe(1);
    expect(() => pack(new Point(1, new Point(2, new Point(3, 0))), { structures, maxDepth: 2 })).toThrow(
      "deeper than 2",
    );
  });

  test("that write nothing cause an error: the bytes would be unreadable", () => {
    // The return value is ignored, and the type forbids one.
    const returns = new Map<Function, StructureWriter>([[Point, () => new Structure(0x58, [1]) as never]]);
    const packer = new Packer({ structures: returns });
    expect(() => packer.pack({ at: [new Point(1, "a")] })).toThrow(
      "the writer of Point wrote nothing at $.at[0]",
    );
    expect(packer.writer.length).toBe(0);
  });

  test("may refuse, catch and go on", () => {
    const moody = new Map<Function, StructureWriter>([
      [
        Point,
        (packer, value) => {
          const { x, label } = value as Point;
          if (x < 0) throw new PackError("Point needs Bolt 2", undefined, { cause: "old" });
          try {
            packer.write(label);
          } catch {
            packer.writeNull();
          }
        },
      ],
    ]);
    const packer = new Packer({ structures: moody });
    expect(toHex(packer.pack([new Point(1, ["a", [Symbol("s")]]), 1]))).toBe("92c001");
    let error: unknown;
    try {
      packer.pack({ list: [new Point(1, { deep: Symbol("s") }), new Point(-1, 0)] });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ reason: "Point needs Bolt 2", path: "$.list[1]", cause: "old" });
  });
});

test("messages are written piece by piece", () => {
  const writer = new ByteWriter(4);
  const packer = new Packer({ writer });
  packer.writeStructureHeader(0x71, 1);
  packer.writeListHeader(9);
  packer.writeNull();
  packer.writeBoolean(true);
  packer.writeBoolean(false);
  packer.writeInteger(-17);
  packer.writeInteger(2n ** 40n);
  packer.writeInteger(-0);
  packer.writeFloat(2);
  packer.writeBytes(Uint16Array.of(0x0201));
  packer.writeDictionaryHeader(1);
  packer.writeString("k");
  packer.writeString("é");
  expect(packer.writer).toBe(writer);
  expect(toHex(writer.take())).toBe(
    "b17199c0c3c2c8efcb000001000000000000c14000000000000000cc020102a1816b82c3a9",
  );
  for (const wrong of [1.5, NaN, 2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n]) {
    expect(() => packer.writeInteger(wrong)).toThrow(PackError);
  }
  expect(() => packer.writeStructureHeader(1.5, 0)).toThrow(PackError);
  for (const size of [2 ** 31, -1, 1.5, NaN]) {
    expect(() => packer.writeListHeader(size)).toThrow(`cannot pack size ${size} (0 to 2147483647)`);
    expect(() => packer.writeDictionaryHeader(size)).toThrow(PackError);
  }
  for (const text of [42, undefined, {}, ["a"]]) {
    expect(() => packer.writeString(text as unknown as string)).toThrow(
      `cannot pack a ${typeof text} as String`,
    );
  }
  expect(writer.length).toBe(0);
});

test("the smallest form is used, on both sides of every limit", () => {
  const integers: [number | bigint, string][] = [
    [-16, "f0"],
    [-17, "c8ef"],
    [-128, "c880"],
    [-129, "c9ff7f"],
    [127, "7f"],
    [128, "c90080"],
    [32767, "c97fff"],
    [32768, "ca00008000"],
    [-32769, "caffff7fff"],
    [2147483647, "ca7fffffff"],
    [2147483648, "cb0000000080000000"],
    [-2147483649, "cbffffffff7fffffff"],
    [Number.MAX_SAFE_INTEGER, "cb001fffffffffffff"],
    [Number.MIN_SAFE_INTEGER, "cbffe0000000000001"],
    [-(2n ** 63n), "cb8000000000000000"],
  ];
  for (const [value, hex] of integers) {
    expect(toHex(pack(value))).toBe(hex);
    expect(toHex(pack(BigInt(value)))).toBe(hex);
  }
  const sizes: [number, string, string, string, string][] = [
    [0, "80", "90", "a0", "cc00"],
    [15, "8f", "9f", "af", "cc0f"],
    [16, "d010", "d410", "d810", "cc10"],
    [255, "d0ff", "d4ff", "d8ff", "ccff"],
    [256, "d10100", "d50100", "d90100", "cd0100"],
    [65535, "d1ffff", "d5ffff", "d9ffff", "cdffff"],
    [65536, "d200010000", "d600010000", "da00010000", "ce00010000"],
  ];
  for (const [size, ...headers] of sizes) {
    const keys = Array.from({ length: size }, (_, i) => `k${i}`);
    const values = [
      "x".repeat(size),
      Array(size).fill(0),
      Object.fromEntries(keys.map((key) => [key, 0])),
      new Uint8Array(size),
    ];
    for (const [i, header] of headers.entries()) {
      const bytes = pack(values[i]);
      expect(toHex(bytes.subarray(0, header.length / 2))).toBe(header);
      expect(unpack(bytes)).toEqual(values[i]);
    }
    // Omitted entries do not count, even where one more would need a longer header.
    const sparse = { ...(values[2] as object), gone: undefined };
    expect(toHex(pack(sparse))).toBe(toHex(pack(values[2])));
    expect(toHex(pack(new Map(Object.entries(sparse))))).toBe(toHex(pack(values[2])));
  }
});

describe("objects", () => {
  afterEach(() => {
    delete (Object.prototype as { polluted?: unknown }).polluted;
  });

  test("of another realm count as plain, and so do their arrays and bytes", () => {
    const foreign: unknown = runInNewContext(
      "({ list: [1, undefined], bytes: new Uint8Array([1]), none: undefined })",
    );
    expect(toHex(pack(foreign))).toBe("a2846c6973749201c0856279746573cc0101");
  });

  test("are packed with their own enumerable string keys only", () => {
    // eslint-disable-next-line no-extend-native -- what careless libraries do
    (Object.prototype as { polluted?: unknown }).polluted = 1;
    const value = { a: 1, [Symbol("s")]: 2 };
    Object.defineProperty(value, "hidden", { value: 1, enumerable: false });
    expect(toHex(pack(value))).toBe("a1816101");
  });

  test("that inherit entries are refused", () => {
    const value = Object.assign(Object.create({ inherited: 1 }) as object, { a: 1 });
    expect(() => pack({ list: [value] })).toThrow(
      'cannot pack an object that inherits "inherited" at $.list[0]',
    );
    expect(toHex(pack(Object.create({ a: undefined })))).toBe("a0");
    expect(toHex(pack({ ...value }))).toBe("a1816101");
  });

  test("are recognised even if they have an entry named constructor", () => {
    class Point {
      readonly x = 1;
    }
    const writers = new Map([[Point, (packer: Packer): void => packer.writeStructureHeader(1, 0)]]);
    const packer = new Packer({ structures: writers });
    const twice = (value: unknown): string => toHex(packer.pack([new Point(), value, value])).slice(6);
    expect(twice({ constructor: 1 })).toBe("a18b636f6e7374727563746f7201".repeat(2));
    expect(twice({ constructor: undefined, a: 1 })).toBe("a1816101a1816101");
    expect(twice(Object.assign(new Point(), { constructor: 1 }))).toBe("b001b001");
    expect(twice(Object.assign(new Point(), { constructor: undefined }))).toBe("b001b001");
    expect(() => twice({ constructor: Point })).toThrow("cannot pack a function at $[1].constructor");
    expect(() => twice({ constructor: Object })).toThrow("cannot pack a function at $[1].constructor");
  });

  test("do not get the entries of a prototype that has no prototype", () => {
    const parent = Object.assign(Object.create(null) as object, { inherited: 1 });
    const value = Object.assign(Object.create(parent) as object, { a: 1 });
    expect(toHex(pack(value))).toBe("a1816101");
  });

  test("have each getter called once", () => {
    const get = vi.fn<() => unknown>().mockReturnValueOnce("first").mockReturnValueOnce(undefined);
    const value = Object.defineProperty({ a: 1 }, "b", { get, enumerable: true });
    expect(unpack(pack(value))).toEqual({ a: 1, b: "first" });
    expect(unpack(pack(value))).toEqual({ a: 1 });
    expect(get).toHaveBeenCalledTimes(2);
  });

  test("may have an own key __proto__", () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object;
    const back = unpack(pack(value)) as object;
    expect(Object.entries(back)).toEqual(Object.entries(value));
    expect(unpack(pack(new Map(Object.entries(value))))).toEqual(back);
  });

  test("of typed array classes: floats stay Floats, integers become Integers", () => {
    expect(toHex(pack(Float64Array.of(1, 1.5)))).toBe("92c13ff0000000000000c13ff8000000000000");
    expect(toHex(pack(Float32Array.of(1)))).toBe("91c13ff0000000000000");
    expect(toHex(pack(Uint8ClampedArray.of(1, 200)))).toBe("9201c900c8");
    expect(toHex(pack(BigInt64Array.of(1n, -1n)))).toBe("9201ff");
    expect(toHex(pack(new DataView(new ArrayBuffer(2))))).toBe("cc020000");
  });

  test("of class UUID are refused before Bolt 6.1", () => {
    const packer = new Packer({ uuid: false });
    const id = UUID.parse("01234567-89AB-cdef-0123-456789abcdef");
    expect(() => packer.pack([id])).toThrow("cannot pack an instance of UUID before Bolt 6.1 at $[0]");
    packer.uuid = true;
    expect(unpack(packer.pack(id))).toEqual(id);
  });

  test("of class Structure may contain anything", () => {
    const value = new Structure(127, [null, [new Structure(0, [])], { a: 1 }]);
    expect(unpack(pack(value))).toEqual(value);
  });
});

describe("lists that change while they are packed", () => {
  test("get as many items as their header says", () => {
    const growing = [1.5, 1.5, 1.5, 1.5];
    Object.defineProperty(growing, 0, { get: () => growing.push(2.5) && 0.5 });
    expect(unpack(pack({ growing, after: 1 }))).toEqual({ growing: [0.5, 1.5, 1.5, 1.5], after: 1 });
    const shrinking = [1, 2, 3];
    Object.defineProperty(shrinking, 0, { get: () => (shrinking.length = 1) });
    expect(unpack(pack([shrinking, 1]))).toEqual([[1, null, null], 1]);
  });

  test("as proxies and as fields of Structures too", () => {
    let length = 4;
    const get = (items: number[], key: string): unknown =>
      key === "length" ? length++ : items[key as unknown as number];
    const floats = (): number[] => new Proxy(Array<number>(20).fill(0.5), { get: get as never });
    expect(unpack(pack([floats(), 1]))).toEqual([[0.5, 0.5, 0.5, 0.5], 1]);
    expect(unpack(pack([new Structure(1, floats()), 1]))).toEqual([
      new Structure(1, Array<number>(5).fill(0.5)),
      1,
    ]);
  });
});

test("a value whose getter throws is not kept in memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const attempt = (): WeakRef<object> => {
    const value = {
      list: [
        {
          get broken(): unknown {
            throw new Error("mine");
          },
        },
      ],
    };
    try {
      pack(value);
    } catch {}
    return new WeakRef(value);
  };
  const value = attempt();
  for (let left = 10; value.deref() && left > 0; left--) {
    await turn();
    collect();
  }
  expect(value.deref()).toBeUndefined();
});

test("lists that begin with floats and go on with anything else", () => {
  for (const rest of [[], [1], [-0], ["text", 1.5], [undefined], [2n ** 60n, 0.5], [NaN, Infinity]]) {
    const value = [0.5, 1.5, NaN, -2.5, ...rest];
    const hex = value.map((item) => toHex(pack(item ?? null))).join("");
    expect(toHex(pack(value))).toBe(`9${value.length}${hex}`);
  }
  expect(() => pack([0.5, 1.5, 2.5, 3.5, Symbol("s")])).toThrow("$[4]");
});

test("what pack returns is never written again", () => {
  const packer = new Packer();
  const small = Array.from({ length: 300 }, (_, i) => ({ i, text: "x".repeat(i * 3) }));
  const packed = small.map((value) => packer.pack(value));
  expect(packed.map((bytes) => unpack(bytes))).toEqual(small);
  // Even in the middle of a message.
  packer.write("before");
  const inner = packer.pack("inner");
  packer.write("after");
  expect(unpack(inner)).toBe("inner");
  expect(toHex(packer.writer.take())).toBe("866265666f7265856166746572");
});
