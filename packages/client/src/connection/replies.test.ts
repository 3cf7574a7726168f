import { expect, test } from "vitest";
import { handler, HandlerQueue, nothing, type ReplyHandler } from "./replies.ts";

const many = (count: number): ReplyHandler[] => Array.from({ length: count }, () => handler(nothing));

test.each([1, 2, 16, 17, 1024, 5000])("handlers are served in order, %i at a time", (count) => {
  const queue = new HandlerQueue();
  for (let round = 0; round < 3; round++) {
    const handlers = many(count);
    for (const [i, added] of handlers.entries()) {
      queue.push(added);
      expect(queue.length).toBe(i + 1);
    }
    for (const expected of handlers) {
      expect(queue.first()).toBe(expected);
      expect(queue.take()).toBe(expected);
    }
    expect([queue.length, queue.first()]).toEqual([0, undefined]);
  }
});

test("handlers added while others are served come after them", () => {
  const queue = new HandlerQueue();
  const handlers = many(4000);
  const served: ReplyHandler[] = [];
  for (const [i, added] of handlers.entries()) {
    queue.push(added);
    if (i % 3 > 0) served.push(queue.take());
  }
  expect([...served, ...queue.takeAll()]).toEqual(handlers);
  expect(queue.length).toBe(0);
  queue.push(handlers[0]!);
  expect(queue.takeAll()).toEqual([handlers[0]]);
});
