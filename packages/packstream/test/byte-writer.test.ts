// The sink: positions stay valid, and what was taken is never written again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../src/index.ts";
import { fromHex, toHex } from "./vectors.ts";

const put = (writer: ByteWriter, hex: string): void => writer.putBytes(fromHex(hex));

test("positions count from the last take, even after a move to a larger block", () => {
  const writer = new ByteWriter(8);
  put(writer, "0102");
  expect(toHex(writer.take())).toBe("0102");
  const at = writer.reserve(2);
  expect(at).toBe(0);
  put(writer, "030405060708090a0b0c");
  expect(writer.length).toBe(12);
  writer.patchU16(at, 0xabcd);
  writer.insert(4, 2);
  writer.patchU16(4, 0x1234);
  expect(toHex(writer.take())).toBe("abcd0304123405060708090a0b0c");
  expect(writer.length).toBe(0);
  expect(writer.take()).toHaveLength(0);
});

test("truncate discards bytes, and later writes overwrite them", () => {
  const writer = new ByteWriter();
  put(writer, "0102030405");
  writer.truncate(2);
  put(writer, "ff");
  expect(toHex(writer.take())).toBe("0102ff");
});

test("insert opens a gap anywhere, or closes one if its width is negative", () => {
  const writer = new ByteWriter(4);
  put(writer, "01020304");
  writer.insert(4, 1);
  writer.patch8(4, 5);
  writer.insert(0, 1);
  writer.patch8(0, 0);
  writer.insert(3, -1);
  expect(toHex(writer.take())).toBe("0001030405");
});

describe("take", () => {
  test("what it returns is never written again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 64 }),
        fc.array(fc.array(fc.nat(200), { maxLength: 6 }), { maxLength: 40 }),
        (initial, rounds) => {
          const writer = new ByteWriter(initial);
          let next = 0;
          const taken: [Uint8Array, string][] = [];
          for (const sizes of rounds) {
            let expected = "";
            for (const size of sizes) {
              const bytes = Uint8Array.from({ length: size }, () => next++);
              writer.putBytes(bytes);
              expected += toHex(bytes);
            }
            taken.push([writer.take(), expected]);
          }
          for (const [bytes, expected] of taken) expect(toHex(bytes)).toBe(expected);
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  test("releases the rest of a large block", () => {
    const writer = new ByteWriter(16);
    writer.putBytes(new Uint8Array(100_000));
    const large = writer.take();
    expect(large).toHaveLength(100_000);
    put(writer, "01");
    expect(writer.take().buffer).not.toBe(large.buffer);
  });

  test("what it returns is used again after reuse() if it is large, but not too large", () => {
    const writer = new ByteWriter(16);
    const round = (size: number): Uint8Array => {
      writer.putBytes(new Uint8Array(size).fill(size));
      return writer.take();
    };
    const large = round(1000);
    writer.reuse(large);
    expect(round(900).buffer).toBe(large.buffer);
    expect(large[0]).toBe(900 & 255);
    // The last take released it.
    expect(round(1000).buffer).not.toBe(large.buffer);
    // Small pieces share a block.
    const small = round(3);
    const next = round(4);
    writer.reuse(small);
    round(5);
    round(2000); // releases their block
    writer.reuse(small);
    round(6);
    expect([toHex(small), toHex(next)]).toEqual(["030303", "04040404"]);
    // While something is being written, reuse() changes nothing.
    const other = round(1000);
    put(writer, "0102");
    writer.reuse(other);
    expect(toHex(writer.take())).toBe("0102");
    // A single huge message must not leave its memory with the connection.
    const huge = round(1_100_000);
    writer.reuse(huge);
    expect(round(900).buffer).not.toBe(huge.buffer);
  });

  test("a very large batch does not make the next block as large", () => {
    const writer = new ByteWriter(16);
    writer.putBytes(new Uint8Array(20_000_000));
    writer.take();
    put(writer, "01");
    expect(writer.take().buffer.byteLength).toBeLessThan(2_000_000);
  });

  test("truncate(0) releases a block above a MiB", () => {
    const writer = new ByteWriter(16);
    writer.putBytes(new Uint8Array(3_000_000));
    writer.truncate(0);
    put(writer, "01");
    expect(writer.take().buffer.byteLength).toBeLessThan(100);
  });

  test("what it returns may be transferred: the writer continues in another block", () => {
    const writer = new ByteWriter();
    put(writer, "0102");
    const { buffer } = writer.take();
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    put(writer, "0304");
    expect(toHex(writer.take())).toBe("0304");
  });
});
