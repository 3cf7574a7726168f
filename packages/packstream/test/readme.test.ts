// The README's example runs, and prints what its comments say.
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import * as packstream from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the example", () => {
  const code = /^```js\n([\s\S]*?)^```$/m.exec(readme)![1]!;
  const [statement, names] = /import \{([^}]*)\} from "@bolt\/packstream";/.exec(code)!;
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  };
  const body = `const {${names}} = packstream;\n${code.replace(statement, "")}`;
  compileFunction(body, ["packstream", "console"]).call(undefined, packstream, { log });
  expect(printed).toEqual([...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promised]) => promised));
  expect(printed).toHaveLength(6);
});

test("every public name is in it", () => {
  for (const name of Object.keys(packstream)) expect(readme, name).toContain(name);
});
