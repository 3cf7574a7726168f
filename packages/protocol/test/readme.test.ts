// The README's example runs, and prints what its comment says.
import { expect, test } from "vitest";
// @boundaries-ignore tests of all packages read READMEs the same way
import { printedBy, readReadme } from "../../../scripts/testing/readme.ts";
import * as protocol from "../src/index.ts";

const { text, examples } = readReadme(import.meta.url);

test("the dialogue in memory", () => {
  const [code = ""] = examples;
  const promised = [...code.matchAll(/exchange\(\); \/\/ (STREAMING .*)$/gm)].map((found) => found[1]);
  expect(printedBy(code, protocol)).toEqual(promised);
  expect(promised).toHaveLength(1);
});

test("every verb, event and error is in it", () => {
  const { ClientConnection, ServerConnection } = protocol;
  const shared = ["constructor", "receive", "receiveEof", "nextEvent", "bytesToSend"];
  const told = ["can", "version", "noops", "queuedBytes"];
  for (const type of [ClientConnection, ServerConnection]) {
    for (const name of Object.getOwnPropertyNames(type.prototype)) {
      if (![...shared, ...told].includes(name)) expect(text).toContain(name);
    }
  }
  const errors = Object.keys(protocol).filter((name) => name.endsWith("Error"));
  for (const name of errors) if (name !== "BoltError" && name !== "UnpackError") expect(text).toContain(name);
});
