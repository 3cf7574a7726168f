/** The README's examples run, and print what their comments say. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import * as framing from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

/** Comments behind `console.log(...)`, and whole lines of comment directly below a loop's end. */
function promised(code: string): string[] {
  return code
    .split("\n")
    .flatMap(
      (line, i, lines) =>
        /console\.log\(.*\); \/\/ (.*)$/.exec(line)?.[1] ??
        (/^(\}|\/\/ )/.test(lines[i - 1] ?? "") ? (/^\/\/ (.*)$/.exec(line)?.[1] ?? []) : []),
    );
}

test("there are two", () => {
  expect(examples).toHaveLength(2);
});

test.each(examples)("example %#", (code) => {
  const [whole = "", names = ""] = /import \{([^}]*)\} from "@bolt\/framing";/.exec(code) ?? [];
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  };
  const body = `const {${names}} = framing;\n${code.replace(whole, "")}`;
  compileFunction(body, ["framing", "console"]).call(undefined, framing, { log });
  expect(printed.length).toBeGreaterThan(0);
  expect(printed).toEqual(promised(code));
});

test("names every public class, option and reason", () => {
  const own = [
    "BoltVersion",
    "ClientHandshake",
    "Dechunker",
    "HandshakeError",
    "MessageReader",
    "MessageTooLargeError",
  ];
  const more = ["MessageWriter", "SUPPORTED_VERSIONS", "ServerHandshake", "VersionRange", "planProposals"];
  const reasons = ["no-common-version", "not-offered", "http", "tls", "magic", "manifest", "closed"];
  for (const name of [...own, ...more, "maxMessageBytes", "versions", ...reasons]) {
    expect(readme).toContain(`\`${name}`);
  }
});
