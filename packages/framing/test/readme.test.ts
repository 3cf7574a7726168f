// The README's examples run and print what their comments say.
import { expect, test } from "vitest";
// @boundaries-ignore tests of all packages read READMEs the same way
import { printedBy, readReadme } from "../../../scripts/testing/readme.ts";
import * as framing from "../src/index.ts";

const { text: readme, examples } = readReadme(import.meta.url);

/** The comments after `console.log(...)`, and comment lines directly below the end of a loop. */
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
  const printed = printedBy(code, framing);
  expect(printed.length).toBeGreaterThan(0);
  expect(printed).toEqual(promised(code));
});

test("the README mentions every public class, option and reason", () => {
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
