import * as packstream from "@bolt/packstream";
import { expect, test } from "vitest";
import * as framing from "../src/index.ts";

test("public names: our own, and all of packstream", () => {
  expect(Object.keys(framing).toSorted()).toEqual(
    [
      "BoltVersion",
      "ClientHandshake",
      "Dechunker",
      "HandshakeError",
      "MessageReader",
      "MessageTooLargeError",
      "MessageWriter",
      "SUPPORTED_VERSIONS",
      "ServerHandshake",
      "VersionRange",
      "planProposals",
      ...Object.keys(packstream),
    ].toSorted(),
  );
});

test("the classes are packstream's own, so that instanceof works across packages", () => {
  expect(framing.BoltError).toBe(packstream.BoltError);
  expect(framing.Structure).toBe(packstream.Structure);
  expect(framing.HandshakeError.prototype).toBeInstanceOf(packstream.BoltError);
  expect(framing.MessageTooLargeError.prototype).toBeInstanceOf(packstream.BoltError);
});
