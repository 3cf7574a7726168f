import { describe, expect, test } from "vitest";
import { RowBuffer } from "./row-buffer.ts";

describe("a buffer of rows", () => {
  test("returns rows in order of arrival, and knows how many are left", () => {
    const buffer = new RowBuffer();
    buffer.add([1, 2], 20);
    buffer.add([3], 5);
    expect(buffer).toMatchObject({ unread: 3, bytes: 25 });
    expect([buffer.peek(), buffer.take()]).toEqual([1, 1]);
    expect(buffer).toMatchObject({ unread: 2, bytes: 25 });
    expect(buffer.take()).toBe(2);
    expect(buffer).toMatchObject({ unread: 1, bytes: 5 });
    buffer.add([4], 1);
    expect([buffer.take(), buffer.take()]).toEqual([3, 4]);
    expect(buffer).toMatchObject({ unread: 0, bytes: 0 });
  });

  test("returns the rest at once; a whole batch as the same array", () => {
    const buffer = new RowBuffer();
    const batch = [1, 2, 3];
    buffer.add(batch, 3);
    expect(buffer.takeAll()).toBe(batch);
    expect(buffer.takeAll()).toEqual([]);
    buffer.add([1, 2, 3], 3);
    buffer.add([4], 1);
    buffer.take();
    expect(buffer.takeAll()).toEqual([2, 3, 4]);
    expect(buffer).toMatchObject({ unread: 0, bytes: 0 });
  });

  test("discards", () => {
    const [one, other] = [new RowBuffer(), new RowBuffer()];
    one.add([1], 1);
    one.take();
    one.drop();
    one.add([2], 1);
    one.add([3], 1);
    expect(one.takeAll()).toEqual([2, 3]);
    // The empty list is shared, and stays empty.
    expect(other.takeAll()).toEqual([]);
  });
});
