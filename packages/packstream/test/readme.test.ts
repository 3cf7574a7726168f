// The README's example runs and prints what its comments say.
import { expect, test } from "vitest";
// @boundaries-ignore tests of all packages read READMEs the same way
import { printedBy, readReadme } from "../../../scripts/testing/readme.ts";
import * as packstream from "../src/index.ts";

const { text, examples } = readReadme(import.meta.url);

test("the example", () => {
  const [code = ""] = examples;
  const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]);
  expect(printedBy(code, packstream)).toEqual(promised);
  expect(promised).toHaveLength(6);
});

test("every public name is in the README", () => {
  for (const name of Object.keys(packstream)) expect(text, name).toContain(name);
});
