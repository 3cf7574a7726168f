// The cursor: which memory it holds on to.
import { expect, test } from "vitest";
import { ByteReader } from "../src/byte-reader.ts";

test("an empty buffer releases the memory of the previous one, and the view of it", () => {
  const reader = new ByteReader();
  const bytes = Uint8Array.of(0, 1, 2, 3).subarray(1);
  reader.load(bytes);
  reader.look();
  expect([reader.view.buffer, reader.base]).toEqual([bytes.buffer, 1]);
  reader.load(new Uint8Array(0));
  expect(reader.view.buffer).not.toBe(bytes.buffer);
  // The same memory may come again.
  reader.load(bytes);
  const at = reader.inView(1, 0);
  expect(reader.view.getUint8(at)).toBe(1);
});

test.each([
  [8, 8, true],
  [9, 8, false],
])("the view of %i bytes of memory, of which up to %i are kept, is kept: %s", (size, kept, stays) => {
  const reader = new ByteReader();
  const bytes = new Uint8Array(size);
  reader.load(bytes);
  reader.look();
  reader.load(new Uint8Array(0), kept);
  expect([reader.bytes.length, reader.end, reader.base]).toEqual([0, 0, -1]);
  expect(reader.view.buffer === bytes.buffer).toBe(stays);
});
