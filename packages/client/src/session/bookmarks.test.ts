import { expect, test } from "vitest";
import { bookmarkManager } from "./bookmarks.ts";

test("new bookmarks replace those that were sent", async () => {
  const manager = bookmarkManager({ initial: ["a", "b"] });
  await manager.updateBookmarks(["a"], ["c"]);
  expect(await manager.getBookmarks()).toEqual(["b", "c"]);
  await manager.updateBookmarks(["b", "c"], []);
  expect(await manager.getBookmarks()).toEqual(["b", "c"]);
});

test("a supplier adds bookmarks, a consumer gets every change", async () => {
  const seen: unknown[] = [];
  const manager = bookmarkManager({
    supplier: async () => ["far"],
    consumer: (bookmarks) => void seen.push(bookmarks),
  });
  await manager.updateBookmarks([], ["near"]);
  await manager.updateBookmarks([], []);
  expect(await manager.getBookmarks()).toEqual(["near", "far"]);
  expect(seen).toEqual([["near"]]);
});

test("an option of another driver is refused, as it would lose its bookmarks", () => {
  expect(() => bookmarkManager({ initialBookmarks: ["a"] } as never)).toThrow(
    /unknown option "initialBookmarks"/,
  );
});
