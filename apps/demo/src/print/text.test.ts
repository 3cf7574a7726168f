// The transcript for people: explanations fit the terminal.
import { expect, test } from "vitest";
import { textReport } from "./text.ts";

const explanation = "four words and more ".repeat(20).trim();

function printed(columns?: number): string[] {
  let out = "";
  const report = textReport({ write: (text) => (out += text), colours: false, columns });
  report({ type: "step", number: 1, title: "A step", explanation });
  return out.split("\n").filter((line) => line.startsWith("   "));
}

test.each([
  ["no terminal", undefined, 96 + 3],
  ["a wide terminal", 200, 96 + 3],
  ["a narrow terminal", 60, 60],
  ["a terminal too narrow for words", 5, 33],
])("the explanation in %s", (_, columns, widest) => {
  const lines = printed(columns);
  const longest = Math.max(...lines.map((line) => line.length));
  expect(longest).toBeLessThanOrEqual(widest);
  expect(longest).toBeGreaterThan(widest - 10);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(explanation);
});
