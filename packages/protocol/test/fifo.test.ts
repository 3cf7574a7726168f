import { expect, test } from "vitest";
import { Fifo } from "../src/fifo.ts";

test.each([1, 16, 17, 1024, 5000])("first in, first out, %i at a time", (count) => {
  const fifo = new Fifo<number>();
  for (let round = 0; round < 3; round++) {
    expect([fifo.length, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
    for (let i = 0; i < count; i++) fifo.push(i);
    expect(fifo.length).toBe(count);
    expect(fifo.toArray()).toEqual(Array.from({ length: count }, (_, i) => i));
    for (let i = 0; i < count; i++) expect([fifo.peek(), fifo.shift()]).toEqual([i, i]);
  }
});

test("items that come while others leave keep the order", () => {
  const fifo = new Fifo<number>();
  const left: number[] = [];
  for (let i = 0; i < 6000; i++) {
    fifo.push(i);
    if (i % 3 > 0) left.push(fifo.shift()!);
  }
  expect(left).toHaveLength(4000);
  expect([...left, ...fifo.toArray()]).toEqual(Array.from({ length: 6000 }, (_, i) => i));
});
