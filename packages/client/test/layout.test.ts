// Rules of this package that no compiler checks.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));

test("only node-transport.ts imports Node's modules: the browser build leaves it out", () => {
  const importing = sources.filter((name) => /from "node:/.test(readFileSync(join(src, name), "utf8")));
  expect(importing).toEqual(["transport/node-transport.ts"]);
});

test("the browsers' transport has the same exports", () => {
  const names = (name: string): string[] =>
    [
      ...readFileSync(join(src, name), "utf8").matchAll(
        /^export (?:async )?(?:function|const|class) (\w+)/gm,
      ),
    ].map(([, found]) => found!);
  expect(names("transport/websocket-transport.ts")).toEqual(names("transport/node-transport.ts"));
});

test("every file says what it knows", () => {
  for (const name of sources.filter((other) => other !== "index.ts")) {
    expect(readFileSync(join(src, name), "utf8"), name).toMatch(/^(\/\/|\/\*\*)/);
  }
});
