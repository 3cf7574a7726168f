// The README's example runs, and prints what its comment says.
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import * as protocol from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the dialogue in memory", () => {
  const code = /^```js\n([\s\S]*?)^```$/m.exec(readme)![1]!;
  const [statement, names] = /import \{([^}]*)\} from "@bolt\/protocol";/.exec(code)!;
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  };
  const body = `const {${names}} = protocol;\n${code.replace(statement, "")}`;
  compileFunction(body, ["protocol", "console"]).call(undefined, protocol, { log });
  expect(printed).toEqual([...code.matchAll(/exchange\(\); \/\/ (STREAMING .*)$/gm)].map(([, promised]) => promised));
  expect(printed).toHaveLength(1);
});

test("every verb, event and error is in it", () => {
  const { ClientConnection, ServerConnection } = protocol;
  const own = ["constructor", "receive", "receiveEof", "nextEvent", "bytesToSend", "can", "version", "noops", "queuedBytes"];
  for (const type of [ClientConnection, ServerConnection]) {
    for (const name of Object.getOwnPropertyNames(type.prototype)) if (!own.includes(name)) expect(readme).toContain(name);
  }
  for (const name of Object.keys(protocol).filter((key) => key.endsWith("Error") && key !== "BoltError" && key !== "UnpackError")) {
    expect(readme).toContain(name);
  }
});
