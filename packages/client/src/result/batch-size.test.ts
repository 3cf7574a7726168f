import { expect, test } from "vitest";
import { BatchSize } from "./batch-size.ts";

test("a given number is kept", () => {
  const batch = new BatchSize(50);
  batch.starved();
  expect([batch.rows, batch.next()]).toEqual([50, 50]);
});

test("the default doubles while the reader is faster, up to a limit", () => {
  const batch = new BatchSize(undefined);
  const asked = [batch.next()];
  for (let i = 0; i < 6; i++) {
    batch.starved();
    asked.push(batch.next(), batch.next());
  }
  expect([...new Set(asked)]).toEqual([1000, 2000, 4000, 8000, 16_000]);
});

test.each([
  ["a whole batch", 1000, 500],
  ["more than was asked for, since everything was", 5000, 500],
  ["a short batch", 100, 50],
  ["next to nothing", 9, -1],
])("the next one is due when half is left: %s", (_name, came, low) => {
  const batch = new BatchSize(undefined);
  expect(batch.low).toBe(-1);
  batch.came(came);
  expect(batch.low).toBe(low);
});
