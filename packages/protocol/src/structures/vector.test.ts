import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Point2D, Point3D, SRID } from "./spatial.ts";
import { UnsupportedType } from "./unsupported.ts";
import { Vector, type VectorType, vectorFromWire, vectorToWire } from "./vector.ts";

fc.configureGlobal({ seed: 20240229 });

const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

describe("Vector", () => {
  test("makes the array of its type, from lists and from any array", () => {
    for (const [type, array] of Object.entries(ARRAYS)) {
      const one = new Vector(type as VectorType, [1, -2n]);
      expect(one.data).toBeInstanceOf(array);
      expect(Array.from(one.data, Number)).toEqual([1, -2]);
      expect(new Vector(type as VectorType, one.data)).toStrictEqual(one);
      expect(new Vector(type as VectorType, Float32Array.of(1, -2))).toStrictEqual(one);
    }
  });

  test("never aliases its argument, even a view into a larger buffer", () => {
    const source = Float32Array.of(1, 2, 3);
    const vector = new Vector("float32", source.subarray(1));
    source.fill(9);
    expect([...vector.data]).toEqual([2, 3]);
    expect(vector.data.buffer.byteLength).toBe(8);
    const wire = Uint8Array.of(0, 1, 0, 2, 0, 3);
    const read = vectorFromWire(Uint8Array.of(0xc9), wire.subarray(2, 6));
    const [, bytes] = vectorToWire(read);
    wire.fill(9);
    bytes.fill(9);
    expect([...read.data]).toEqual([2, 3]);
  });

  test("refuses elements that its type cannot hold", () => {
    const wrong: readonly (readonly [VectorType, number | bigint])[] = [
      ["int8", 128],
      ["int8", -129n],
      ["int16", 32768],
      ["int32", 2 ** 31],
      ["int32", 1.5],
      ["int64", 2n ** 63n],
      ["int64", 0.5],
      ["int8", NaN],
    ];
    for (const [type, element] of wrong) expect(() => new Vector(type, [0, element])).toThrow(RangeError);
    expect(() => new Vector("int8", [0, 300])).toThrow("data[1] must be int8, got 300");
    expect(() => new Vector("float32", ["1" as unknown as number])).toThrow(
      'data[0] must be a number, got "1"',
    );
    expect(() => new Vector("constructor" as VectorType, [])).toThrow(
      'type must be int8 or int16 or int32 or int64 or float32 or float64, got "constructor"',
    );
    expect([...new Vector("float32", [0.1, NaN, -0, Infinity]).data]).toEqual([
      Math.fround(0.1),
      NaN,
      -0,
      Infinity,
    ]);
  });

  test("prints as Cypher and as JSON", () => {
    expect(String(new Vector("int64", [1n, 2n ** 60n]))).toBe(
      "vector([1, 1152921504606846976], 2, INTEGER64)",
    );
    expect(String(new Vector("float32", [1.5]))).toBe("vector([1.5], 1, FLOAT32)");
    expect(JSON.stringify(new Vector("int64", [1n, 2n ** 60n]))).toBe(
      '{"type":"int64","data":[1,"1152921504606846976"]}',
    );
  });

  test("survives a round trip over the wire bit for bit", () => {
    const markers = { int8: 0xc8, int16: 0xc9, int32: 0xca, int64: 0xcb, float32: 0xc6, float64: 0xc1 };
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(markers)), fc.uint8Array(), ([type, marker], some) => {
        const width = ARRAYS[type as VectorType].BYTES_PER_ELEMENT;
        const bytes = some.subarray(some.length % width);
        const vector = vectorFromWire(Uint8Array.of(marker), bytes);
        expect(vector.type).toBe(type);
        expect(vectorToWire(vector)).toEqual([Uint8Array.of(marker), new Uint8Array(bytes)]);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        for (const [i, element] of Array.from<number | bigint>(vector.data).entries()) {
          if (type === "float32") expect(element).toBe(view.getFloat32(i * 4));
          if (type === "float64") expect(element).toBe(view.getFloat64(i * 8));
          if (type === "int64") expect(element).toBe(view.getBigInt64(i * 8));
          if (type === "int32") expect(element).toBe(view.getInt32(i * 4));
        }
      }),
    );
  });
});

describe("points", () => {
  test("print as Cypher and as JSON", () => {
    expect(String(new Point2D(SRID.WGS84_2D, 13, 55.6))).toBe("point({srid: 4326, x: 13, y: 55.6})");
    expect(String(new Point3D(SRID.CARTESIAN_3D, 1, 2, -3))).toBe("point({srid: 9157, x: 1, y: 2, z: -3})");
    expect(JSON.stringify(new Point3D(SRID.WGS84_3D, 1, 2, 3))).toBe('{"srid":4979,"x":1,"y":2,"z":3}');
    expect(SRID.CARTESIAN_2D).toBe(7203);
  });

  test("are checked", () => {
    expect(() => new Point2D(1.5, 0, 0)).toThrow(
      "srid must be a whole number from -2147483648 to 2147483647, got 1.5",
    );
    expect(() => new Point2D(0, "1" as unknown as number, 0)).toThrow('x must be a number, got "1"');
    expect(() => new Point3D(0, 0, 0, undefined as unknown as number)).toThrow(
      "z must be a number, got undefined",
    );
    expect(new Point2D(0, NaN, Infinity)).toEqual({ srid: 0, x: NaN, y: Infinity });
  });
});

test("UnsupportedType", () => {
  expect(String(new UnsupportedType("UUID", "6.1"))).toBe("UUID needs Bolt 6.1");
  expect(String(new UnsupportedType("UUID", "6.1", "sorry"))).toBe("UUID needs Bolt 6.1: sorry");
  expect(JSON.stringify(new UnsupportedType("UUID", "6.1"))).toBe('{"name":"UUID","minVersion":"6.1"}');
  expect(() => new UnsupportedType("UUID", "6")).toThrow('minVersion must be major.minor, got "6"');
  expect(() => new UnsupportedType(1 as unknown as string, "6.0")).toThrow("name must be a string");
});
