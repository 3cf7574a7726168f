import { expect, test } from "vitest";
import { drawTree, show } from "./show.ts";

test("values close to Cypher, on one line", () => {
  expect(show({ a: [1, "x", null], b: Uint8Array.of(1, 255), c: 2n })).toBe(
    '{a: [1, "x", null], b: bytes 01ff, c: 2}',
  );
  expect(show(undefined)).toBe("nothing");
  expect(show("x".repeat(200))).toHaveLength(110);
});

test("a tree with branches", () => {
  const tree = {
    name: "a",
    below: [
      { name: "b", below: [{ name: "c", below: [] }] },
      { name: "d", below: [] },
    ],
  };
  interface Tree {
    readonly name: string;
    readonly below: readonly Tree[];
  }
  expect(
    drawTree<Tree>(
      tree,
      (node) => node.name,
      (node) => node.below,
    ),
  ).toStrictEqual(["a", "├─ b", "│  └─ c", "└─ d"]);
});
