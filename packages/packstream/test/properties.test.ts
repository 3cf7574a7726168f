import fc from "fast-check";
import { expect, test } from "vitest";
import { BoltError, Float, pack, Structure, unpack, UnpackError, Unpacker } from "../src/index.ts";

const seed = { seed: 20170531, numRuns: 400 };

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double().filter((number) => !Number.isInteger(number)),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((big) => (BigInt(Number(big)) === big && Number.isSafeInteger(Number(big)) ? Number(big) : big)),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map"), tie("structure")),
  list: fc.array(tie("value"), { maxLength: 20 }),
  map: fc.dictionary(fc.string({ unit: "grapheme", maxLength: 20 }), tie("value"), { maxKeys: 20 }),
  structure: fc
    .tuple(fc.integer({ min: 0, max: 127 }), fc.array(tie("value"), { maxLength: 15 }))
    .map(([tag, fields]) => new Structure(tag, fields)),
})).value;

test("packed values are unpacked as equal values", () => {
  fc.assert(
    fc.property(value, (original) => {
      const bytes = pack(original);
      expect(unpack(bytes)).toEqual(original);
      // The same with a Buffer, and in the middle of another buffer.
      const around = Buffer.concat([Buffer.of(1, 2, 3), bytes, Buffer.of(4)]);
      const unpacker = new Unpacker();
      unpacker.load(around);
      unpacker.open(3, 3 + bytes.length);
      expect(unpacker.read()).toEqual(original);
      unpacker.close();
    }),
    seed,
  );
});

test("every bit of a float survives", () => {
  fc.assert(
    fc.property(fc.double(), (number) => {
      const back = unpack(pack(new Float(number)), { floats: "wrap" });
      expect(Object.is((back as Float).value, number)).toBe(true);
    }),
    seed,
  );
});

test("any bytes give a value or an UnpackError, and the value can be packed again", () => {
  const unpacker = new Unpacker();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let read: unknown;
      try {
        read = unpacker.unpack(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(UnpackError);
        expect((error as UnpackError).offset).toBeLessThanOrEqual(bytes.length);
        return;
      }
      let again: Uint8Array;
      try {
        again = pack(read);
      } catch (error) {
        // Structures of more than 15 fields can be read, but are never written.
        expect(error).toBeInstanceOf(BoltError);
        return;
      }
      expect(unpack(again)).toEqual(read);
    }),
    { seed: 1, numRuns: 3000 },
  );
});
