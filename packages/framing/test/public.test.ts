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

test("errors keep their names when a bundler renames their classes", () => {
  class A extends framing.HandshakeError {}
  class B extends framing.MessageTooLargeError {}
  const facts = { offered: [], received: "" };
  expect([new A("magic", "m", facts).name, new B(2, 1).name]).toEqual([
    "HandshakeError",
    "MessageTooLargeError",
  ]);
});

test("receive refuses anything but a Uint8Array, such as a WebSocket's ArrayBuffer", () => {
  const { ClientHandshake, Dechunker, MessageReader, ServerHandshake } = framing;
  for (const receiver of [
    new ClientHandshake(),
    new ServerHandshake(),
    new Dechunker(),
    new MessageReader(),
  ]) {
    for (const data of [
      new ArrayBuffer(4),
      "text",
      undefined,
      new DataView(new ArrayBuffer(4)),
      Uint16Array.of(0),
    ]) {
      expect(() => receiver.receive(data as unknown as Uint8Array)).toThrow(
        "expected a Uint8Array, got [object",
      );
    }
    receiver.receive(Buffer.of(0, 0, 0));
  }
});
