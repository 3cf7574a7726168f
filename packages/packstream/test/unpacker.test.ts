// The cursor over a receive buffer, structure readers, and the fast paths of reading.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Float, pack, Structure, type StructureReader, unpack, UnpackError, Unpacker } from "../src/index.ts";
import { fromHex } from "./vectors.ts";

describe("cursor", () => {
  test("reads many messages in one buffer, in any order", () => {
    const unpacker = new Unpacker();
    const values = [[1, "a"], { key: 2.5 }, "text", new Structure(1, [2n ** 60n])];
    const parts = values.map((value) => pack(value));
    unpacker.load(Buffer.concat(parts));
    for (const i of [0, 1, 2, 3, 3, 1, 0, 2]) {
      const start = parts.slice(0, i).reduce((sum, part) => sum + part.length, 0);
      unpacker.open(start, start + parts[i]!.length);
      expect(unpacker.position).toBe(0);
      expect(unpacker.read()).toEqual(values[i]);
      expect(unpacker.position).toBe(parts[i]!.length);
      unpacker.close();
    }
  });

  test("reads the headers of structures and lists", () => {
    const unpacker = new Unpacker();
    for (const [hex, tag, size, length] of [
      ["b271920102c0", 0x71, 2, 2],
      ["dc0271d40201022a", 0x71, 2, 2],
      ["dd0002ffd5000201022a", 0xff, 2, 2],
      ["b101d60000000101", 1, 1, 1],
    ] as const) {
      const bytes = fromHex(hex);
      unpacker.load(bytes);
      expect([unpacker.readStructureHeader(), unpacker.size, unpacker.readListHeader()]).toEqual([
        tag,
        size,
        length,
      ]);
      expect(() => unpacker.close()).toThrow("left over");
      for (let i = 0; i < length; i++) expect(unpacker.read()).toBe(i + 1);
      if (size > 1) unpacker.read();
      unpacker.close();
    }
  });

  test.each(["91", "c0", "01", "de0100", "81", ""])("%s is not a structure", (hex) => {
    const unpacker = new Unpacker();
    unpacker.load(fromHex(hex));
    const reason = hex === "" ? "truncated" : "structure";
    expect(() => unpacker.readStructureHeader()).toThrow(expect.objectContaining({ reason, offset: 0 }));
  });

  test.each(["b101", "c0", "d7", "a0"])("%s is not a list", (hex) => {
    const unpacker = new Unpacker();
    unpacker.load(fromHex(hex));
    expect(() => unpacker.readListHeader()).toThrow(
      expect.objectContaining({ reason: "structure", offset: 0 }),
    );
  });

  test("refuses headers that promise more than there is", () => {
    const unpacker = new Unpacker();
    for (const hex of ["b371c0", "dcff71c0", "b2", "b1"]) {
      unpacker.load(fromHex(hex));
      expect(() => unpacker.readStructureHeader()).toThrow(expect.objectContaining({ reason: "truncated" }));
    }
    for (const [hex, reason] of [
      ["93c0c0", "truncated"],
      ["d5ffffc0", "truncated"],
      ["d680000000", "length"],
    ] as const) {
      unpacker.load(fromHex(hex));
      expect(() => unpacker.readListHeader()).toThrow(expect.objectContaining({ reason }));
    }
  });
});

describe("structure readers", () => {
  const pair: StructureReader = (unpacker, size, tag) => {
    const fields = Array.from({ length: size }, () => unpacker.read());
    if (size !== 2) return new Structure(tag, fields);
    return { pair: fields };
  };
  const structures: StructureReader[] = [];
  structures[0x50] = pair;

  test("turn structures into objects anywhere; others stay Structures", () => {
    const value = [
      new Structure(0x50, [1, new Structure(0x50, [2, 3])]),
      { a: new Structure(0x50, [1]) },
      new Structure(1, []),
    ];
    expect(unpack(pack(value), { structures })).toEqual([
      { pair: [1, { pair: [2, 3] }] },
      { a: new Structure(0x50, [1]) },
      new Structure(1, []),
    ]);
  });

  test("may be changed later, count as a level, and leave the unpacker usable when they throw", () => {
    const unpacker = new Unpacker({ maxDepth: 2 });
    const bytes = pack(new Structure(0x50, [1, new Structure(0x50, [2, 3])]));
    expect(unpacker.unpack(bytes)).toBeInstanceOf(Structure);
    unpacker.structures = structures;
    expect(unpacker.unpack(bytes)).toEqual({ pair: [1, { pair: [2, 3] }] });
    const deep = pack(new Structure(0x50, [1, [new Structure(0x50, [2, 3])]]));
    expect(() => unpacker.unpack(deep)).toThrow("nested deeper than 2");
    unpacker.structures = [
      ...structures.slice(0, 0x50),
      () => {
        throw new UnpackError("structure", "mine", 7);
      },
    ];
    expect(() => unpacker.unpack(bytes)).toThrow("mine at byte 7");
    unpacker.structures = structures;
    expect(unpacker.unpack(bytes)).toEqual({ pair: [1, { pair: [2, 3] }] });
  });
});

describe("options", () => {
  const integers = [0, -1, 127, -128, 300, -300, 70_000, 2 ** 40, -(2 ** 40)];
  const bytes = pack({ list: integers, ...Object.fromEntries(integers.map((value) => [`${value}`, value])) });

  test("integers", () => {
    const auto = unpack(bytes) as Record<string, unknown>;
    const big = unpack(bytes, { integers: "bigint" }) as Record<string, unknown>;
    expect(auto["list"]).toEqual(integers);
    expect(big["list"]).toEqual(integers.map(BigInt));
    for (const value of integers) {
      expect(auto[`${value}`]).toBe(value);
      expect(big[`${value}`]).toBe(BigInt(value));
    }
    for (const edge of [
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      -(2n ** 53n) + 1n,
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
    ]) {
      const packed = pack(edge);
      const safe = BigInt.asIntN(64, edge) === BigInt(Number(edge)) && Number.isSafeInteger(Number(edge));
      expect(unpack(packed)).toBe(safe ? Number(edge) : edge);
      expect(unpack(packed, { integers: "number" })).toBe(Number(edge));
      expect(unpack(packed, { integers: "bigint" })).toBe(edge);
    }
  });

  test("floats", () => {
    const floats = [0, -0, 1, 1.5, Infinity, -Infinity, 5e-324, 2 ** 60];
    const packed = pack(floats.map((value) => new Float(value)));
    expect(unpack(packed)).toEqual(floats);
    const wrapped = unpack(packed, { floats: "wrap" });
    expect(wrapped).toEqual(floats.map((value) => new Float(value)));
    expect(Buffer.compare(pack(wrapped), packed)).toBe(0);
    expect(Number(new Float(2.5)) + 1).toBe(3.5);
    expect(JSON.stringify([new Float(2.5)])).toBe("[2.5]");
  });

  test("the fast path for numbers respects both", () => {
    const back = unpack(pack([1, 2.5, 300, 70_000]), { integers: "bigint", floats: "wrap" });
    expect(back).toEqual([1n, new Float(2.5), 300n, 70_000n]);
  });
});

test("keys of every length, read again and again, are not confused", () => {
  const key = fc.oneof(
    fc.string({ unit: "binary-ascii", maxLength: 20 }),
    fc.string({ unit: "grapheme", maxLength: 8 }),
  );
  const unpacker = new Unpacker();
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(99)), { maxLength: 30 }), (entries) => {
      const value = new Map(entries);
      const bytes = pack(value);
      // The second time they come from the cache.
      for (let i = 0; i < 2; i++) {
        const read = unpacker.unpack(bytes) as object;
        expect(new Map(Object.entries(read))).toEqual(new Map(Object.entries(Object.fromEntries(value))));
      }
    }),
    { seed: 99, numRuns: 500 },
  );
});

test("keys that differ in one byte, at every position and length", () => {
  for (let length = 1; length <= 16; length++) {
    const keys = ["a".repeat(length), "a".repeat(length - 1)];
    for (let at = 0; at < length; at++) keys.push("a".repeat(at) + "b" + "a".repeat(length - at - 1));
    const value = Object.fromEntries(keys.map((key, i) => [key, i]));
    for (let i = 0; i < 3; i++) expect(unpack(pack(value))).toEqual(value);
  }
});

test("long lists, whole and cut short", () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? i : i % 3 === 1 ? i / 7 : -i));
  const mixed = numbers.map((value, i) => (i % 1000 === 999 ? `${value}` : value));
  for (const list of [numbers, mixed, numbers.map(String)]) {
    const bytes = pack(list);
    expect(unpack(bytes)).toEqual(list);
    expect(() => unpack(bytes.subarray(0, -1))).toThrow(UnpackError);
  }
});

test("unpack() is not affected by the values before, whether read or refused", () => {
  const rows = [{ key: ["some longer text", 1.5, 70_000] }, [], "abc"];
  for (const bad of ["91", "81ff", "c4", "c0c0"]) {
    for (const row of rows) {
      expect(unpack(pack(row))).toEqual(row);
      expect(() => unpack(fromHex(bad))).toThrow(UnpackError);
    }
    expect(() => unpack({} as Uint8Array)).toThrow(TypeError);
  }
  expect(unpack(pack([1n]), { integers: "bigint" })).toEqual([1n]);
  expect(unpack(pack([1n]))).toEqual([1]);
});

test("nothing that is returned aliases the buffer", () => {
  const value = {
    key: "some longer text",
    short: "abc",
    raw: Uint8Array.of(1, 2, 3),
    list: ["abcdefghijklmnop"],
  };
  const bytes = pack(value);
  const read = unpack(bytes);
  bytes.fill(0xff);
  expect(read).toEqual(value);
});

test("every load starts afresh, even in the same memory", () => {
  const unpacker = new Unpacker();
  const memory = new ArrayBuffer(1000);
  for (const [at, text] of [
    [0, "first"],
    [10, "second"],
    [500, "third"],
    [3, "fourth"],
  ] as const) {
    const packed = pack({ [text]: [text, 1.5, 70_000, ...Array<string>(20).fill(text)] });
    const buffer = new Uint8Array(memory, at, packed.length);
    buffer.set(packed);
    expect(unpacker.unpack(buffer)).toEqual(unpack(packed));
  }
});

describe("long strings that lie close together", () => {
  const ascii = (i: number, length: number): string =>
    `text ${i} ${"abcdefghij".repeat(40)}`.slice(0, length);
  const rows = [
    [ascii(1, 17), ascii(2, 40), ascii(3, 41)],
    [ascii(4, 40), "Smörgåsbord på Ängsvägen", ascii(5, 19)],
    [ascii(6, 40), 2, ascii(7, 8), ascii(8, 100), null],
    [ascii(9, 255)],
    [ascii(10, 120), ascii(11, 130)],
    [ascii(12, 20), { key: ascii(13, 30) }, [ascii(14, 30)]],
    [ascii(15, 20), new Uint8Array(100), ascii(16, 20)],
    [ascii(17, 18), `${ascii(18, 30)}\u00e9`, `\u{1F600}${ascii(19, 30)}`, "\uFFFD".repeat(9)],
  ];

  test("are read correctly after any kind of row", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(rows.length - 1), { maxLength: 30 }), fc.nat(9), (order, before) => {
        const unpacker = new Unpacker();
        const parts = [new Uint8Array(before), ...order.map((i) => pack(rows[i]))];
        const buffer = Buffer.concat(parts);
        unpacker.load(buffer);
        let start = before;
        const read: unknown[] = [];
        for (const part of parts.slice(1)) {
          unpacker.open(start, (start += part.length));
          read.push(unpacker.read());
          unpacker.close();
        }
        buffer.fill(0x2a);
        expect(read).toEqual(order.map((i) => rows[i]));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("in a message that is opened again with a different end", () => {
    const unpacker = new Unpacker();
    const [first, second] = [pack(rows[0]), pack(rows[0])];
    unpacker.load(Buffer.concat([first, second]));
    for (let again = 0; again < 3; again++) {
      unpacker.open(0, first.length);
      expect(unpacker.read()).toEqual(rows[0]);
      unpacker.open(0, first.length + second.length);
      expect([unpacker.read(), unpacker.read()]).toEqual([rows[0], rows[0]]);
      unpacker.open(0, 20);
      expect(() => unpacker.read()).toThrow(UnpackError);
    }
  });

  test("in one long list, of every size and script", () => {
    const scripts = ["", "\u0080", "\u00ff", "\u0100", "\u20ac", "\u{1F600}"];
    const texts = Array.from({ length: 2000 }, (_, i) => {
      const text = ascii(i, 17 + ((i * 7) % 130));
      const at = (i * 3) % text.length;
      return text.slice(0, at) + scripts[(i >> 3) % 6]! + text.slice(at);
    });
    expect(unpack(pack(texts))).toEqual(texts);
    expect(unpack(pack(texts.map((text) => [text, 1, { text }])))).toEqual(
      texts.map((text) => [text, 1, { text }]),
    );
  });

  test("with valid and invalid two-byte sequences, at every position", () => {
    const before = Array.from({ length: 40 }, (_, i) => ascii(i, 40));
    for (const size of [17, 18, 31, 128]) {
      const bytes = pack([...before, "a".repeat(size)]);
      const first = bytes.length - size;
      for (const [high, low] of [
        [0xc2, 0x80],
        [0xc3, 0xbf],
        [0xc1, 0xbf],
        [0xc4, 0x80],
        [0xc3, 0x41],
        [0xc2, 0xc0],
        [0x41, 0x80],
      ] as const) {
        for (let at = 0; at < size - 1; at++) {
          const changed = bytes.slice();
          changed.set([high, low], first + at);
          let text: string | undefined;
          try {
            text = new TextDecoder("utf-8", { fatal: true }).decode(changed.subarray(first));
          } catch {
            expect(() => unpack(changed)).toThrow(`invalid UTF-8 at byte ${first - 2}`);
            continue;
          }
          expect(unpack(changed)).toEqual([...before, text]);
        }
      }
      bytes[bytes.length - 1] = 0xc3;
      expect(() => unpack(bytes)).toThrow("invalid UTF-8");
    }
  });

  test("that are not UTF-8 are refused with their offset", () => {
    const good = pack([ascii(1, 30), ascii(2, 30)]);
    const bad = Uint8Array.from(good);
    bad[40] = 0xff;
    const unpacker = new Unpacker();
    for (let i = 0; i < 3; i++) expect(unpacker.unpack(good)).toHaveLength(2);
    expect(() => unpacker.unpack(bad)).toThrow("invalid UTF-8 at byte 33");
    expect(unpacker.unpack(good)).toEqual([ascii(1, 30), ascii(2, 30)]);
  });
});
