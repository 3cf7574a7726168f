import { expect, test } from "vitest";
import { WaitingLine } from "./waiting-line.ts";

test("serves in order of arrival while others leave and arrive", () => {
  const line = new WaitingLine<number>();
  const served: (number | undefined)[] = [];
  for (const item of [1, 2, 3]) line.push(item);
  served.push(line.shift());
  line.delete(2);
  line.push(4);
  served.push(line.shift(), line.shift(), line.shift());
  line.push(5);
  line.delete(6);
  expect([...line]).toEqual([5]);
  expect(line.length).toBe(1);
  served.push(line.shift(), line.shift());
  expect(served).toEqual([1, 3, 4, undefined, 5, undefined]);
  expect(line.length).toBe(0);
});

test("an item that leaves and comes again is last", () => {
  const line = new WaitingLine<string>();
  for (const item of ["a", "b", "c"]) line.push(item);
  line.delete("a");
  line.push("a");
  expect([line.shift(), line.shift(), line.shift()]).toEqual(["b", "c", "a"]);
});
