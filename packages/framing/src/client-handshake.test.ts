import { describe, expect, test } from "vitest";
import { concat, cuts, fromHex, throughOneBuffer, toHex } from "../test/bytes.ts";
import { ClientHandshake, type ClientHandshakeOptions } from "./client-handshake.ts";
import { HandshakeError } from "./errors.ts";

interface Outcome {
  version?: string;
  reason?: string;
  message?: string;
  offered?: readonly string[];
  received?: string;
  sent: string | undefined;
  trailing: string | undefined;
  manifest: boolean;
}

/** Feeds a server's bytes to a handshake piece by piece, asks for events after each, and returns the outcome. */
function play(pieces: readonly Uint8Array[], options?: ClientHandshakeOptions, eof = false): Outcome {
  const handshake = new ClientHandshake(options);
  handshake.bytesToSend();
  let version: string | undefined;
  let error: HandshakeError | undefined;
  const look = (): void => {
    try {
      const event = handshake.nextEvent();
      if (event) {
        expect(version).toBeUndefined();
        version = event.toString();
      }
    } catch (thrown) {
      if (!(thrown instanceof HandshakeError)) throw thrown;
      if (error) expect(thrown).toBe(error);
      error = thrown;
    }
  };
  look();
  for (const piece of throughOneBuffer(pieces)) {
    handshake.receive(piece);
    look();
  }
  if (eof) handshake.receiveEof();
  look();
  const { reason, message, offered, received } = error ?? {};
  return {
    ...(version === undefined ? {} : { version }),
    ...(error ? { reason: reason!, message: message!, offered: offered!, received: received! } : {}),
    sent: toHex(handshake.bytesToSend()),
    trailing: error ? undefined : toHex(handshake.takeTrailing()),
    manifest: handshake.manifest,
  };
}

describe("proposals", () => {
  test.each<[string[] | undefined, string]>([
    [undefined, "6060b017 000001ff 00080805 00040404 00000003"],
    [["6.1-6.0", "5.8-5.0", "4.4-4.2", "3"], "6060b017 000001ff 00080805 00020404 00000003"],
    [["6.1"], "6060b017 00000106 00000000 00000000 00000000"],
    [["5.4"], "6060b017 00000405 00000000 00000000 00000000"],
    [["1"], "6060b017 00000001 00000000 00000000 00000000"],
    [["4.4-4.0"], "6060b017 00040404 00000204 00000104 00000004"],
  ])("for %s, once", (versions, bytes) => {
    const handshake = new ClientHandshake(versions ? { versions } : {});
    expect(toHex(handshake.bytesToSend())).toBe(bytes.replaceAll(" ", ""));
    expect(handshake.bytesToSend()).toBeUndefined();
    expect(handshake.nextEvent()).toBeUndefined();
    expect(handshake.takeTrailing()).toBeUndefined();
  });

  test.each([[["5.5"]], [["6.2"]], [[]], [["new"]]])("invalid versions are refused: %s", (versions) => {
    expect(() => new ClientHandshake({ versions })).toThrow(RangeError);
  });
});

describe("agreement, in every fragmentation", () => {
  // Manifests of Neo4j 5.26 and 2026.08, and the specification's example, which offers a capability.
  const neo4j5 = "000001ff 03 00040404 00040405 00020805 00";
  const neo4j2026 = "000001ff 04 00040404 00040405 00020805 00010106 00";
  const specification = "000001ff 02 00020805 00040404 09";

  test.each<[string, string, string[] | undefined, string, string | undefined]>([
    ["classic", "00000405", undefined, "5.4", undefined],
    ["classic, inside a range", "00000204", undefined, "4.2", undefined],
    ["classic, highest", "00000805", undefined, "5.8", undefined],
    ["classic, last slot", "00000003", undefined, "3", undefined],
    ["classic, a 6.x version asked for by its plain word", "00000106", ["6.1"], "6.1", undefined],
    ["classic, oldest", "00000001", ["2", "1"], "1", undefined],
    ["Neo4j 5.26", neo4j5, undefined, "5.8", "0000080500"],
    ["Neo4j 2026.08", neo4j2026, undefined, "6.1", "0000010600"],
    ["the specification's example", specification, undefined, "5.8", "0000080500"],
    [
      "capabilities offered, none taken",
      "000001ff 01 00000705 ffffffffffffffffff01",
      undefined,
      "5.7",
      "0000070500",
    ],
    ["the client's preference decides", neo4j2026, ["4.4", "6.1-6.0"], "4.4", "0000040400"],
    [
      "the server's order has no meaning",
      "000001ff 03 00010106 00000003 00020805 00",
      undefined,
      "6.1",
      "0000010600",
    ],
    ["a manifest with future versions", "000001ff 02 00030307 00000805 00", undefined, "5.8", "0000080500"],
    ["a range over 5.5", "000001ff 01 00050505 00", undefined, "5.4", "0000040500"],
    ["a range below zero", "000001ff 01 00ff0404 00", undefined, "4.4", "0000040400"],
    ["a version that had no slot", "000001ff 01 00000002 00", undefined, "2", "0000000200"],
    ["varints longer than necessary", "000001ff 818000 00000705 808000", undefined, "5.7", "0000070500"],
    ["256 entries", `000001ff 8002 ${"00000009".repeat(255)} 00000705 00`, undefined, "5.7", "0000070500"],
  ])("%s", (_name, reply, versions, version, sent) => {
    const options = versions ? { versions } : {};
    for (const trailing of ["", "0000", "0003b1700000"]) {
      const bytes = fromHex(reply + trailing);
      for (const { name, pieces } of cuts(bytes)) {
        expect(play(pieces, options), name).toEqual({
          version,
          sent,
          trailing: trailing || undefined,
          manifest: sent !== undefined,
        });
      }
    }
  });

  test("nothing is sent before the manifest is complete, and the answer is one piece", () => {
    const bytes = fromHex(neo4j2026);
    const handshake = new ClientHandshake();
    handshake.bytesToSend();
    for (const byte of bytes.subarray(0, -1)) {
      handshake.receive(Uint8Array.of(byte));
      expect(handshake.bytesToSend()).toBeUndefined();
      expect(handshake.nextEvent()).toBeUndefined();
    }
    handshake.receive(bytes.subarray(-1));
    // bytesToSend() before nextEvent(): both orders work.
    expect(toHex(handshake.bytesToSend())).toBe("0000010600");
    expect(handshake.nextEvent()?.toString()).toBe("6.1");
    expect(handshake.nextEvent()).toBeUndefined();
  });

  test("if the manifest arrives before the proposals were taken, the answer follows them", () => {
    const handshake = new ClientHandshake();
    handshake.receive(fromHex(neo4j5));
    expect(toHex(handshake.bytesToSend())).toBe("6060b017000001ff0008080500040404000000030000080500");
  });

  test("bytes after the handshake are copied and returned once, even those that arrive later", () => {
    const handshake = new ClientHandshake();
    const bytes = fromHex("00000405 aabb");
    handshake.receive(bytes);
    bytes.fill(0);
    handshake.receive(Uint8Array.of(0xcc));
    expect(handshake.nextEvent()?.toString()).toBe("5.4");
    expect(toHex(handshake.takeTrailing())).toBe("aabbcc");
    expect(handshake.takeTrailing()).toBeUndefined();
    handshake.receiveEof();
    expect(handshake.nextEvent()).toBeUndefined();
  });
});

describe("failure, in every fragmentation", () => {
  const all = ["6.1-6.0", "5.8-5.0", "4.4-4.0", "3"];

  test.each<[string, string, ClientHandshakeOptions, string, string | undefined]>([
    ["no common version", "00000000", {}, "no-common-version", undefined],
    ["HTTP", "485454502f312e3120343030", {}, "http", undefined],
    ["TLS alert", "15030100020228", {}, "tls", undefined],
    ["TLS record", "160303007a020000", {}, "tls", undefined],
    ["something else", "5353482d322e30", {}, "magic", undefined],
    ["not offered", "00000009", {}, "not-offered", undefined],
    ["5.5, which is not offered although the range includes it", "00000505", {}, "not-offered", undefined],
    ["known, but not asked for", "00000404", { versions: ["5.4"] }, "not-offered", undefined],
    ["had no slot", "00000002", {}, "not-offered", undefined],
    ["6.1 although it was offered only through the manifest", "00000106", {}, "not-offered", undefined],
    ["a range as the answer", "00010405", {}, "not-offered", undefined],
    [
      "manifest that was not asked for",
      "000001ff 01 00000405 00",
      { versions: ["5.4"] },
      "manifest",
      undefined,
    ],
    ["unknown manifest version", "000002ff", {}, "manifest", undefined],
    ["too many versions", "000001ff 8102", {}, "manifest", undefined],
    ["a length over 64 bits", "000001ff ffffffffffffffffff02", {}, "manifest", undefined],
    ["a length that does not end", "000001ff 80808080808080808080", {}, "manifest", undefined],
    ["capabilities over 64 bits", "000001ff 01 00000405 ffffffffffffffffff7f", {}, "manifest", undefined],
    [
      "manifest without a version that we want",
      "000001ff 02 00000009 00000505 00",
      {},
      "no-common-version",
      "0000000000",
    ],
    ["empty manifest", "000001ff 00 00", {}, "no-common-version", "0000000000"],
  ])("%s", (_name, reply, options, reason, sent) => {
    for (const { name, pieces } of cuts(fromHex(reply))) {
      const outcome = play(pieces, options);
      expect(outcome, name).toMatchObject({ reason, manifest: false });
      expect(outcome.version).toBeUndefined();
      expect(outcome.sent).toBe(sent);
    }
  });

  test("closed after every number of bytes", () => {
    const reply = fromHex("000001ff 02 00020805 00040404 00");
    for (let length = 0; length < reply.length; length++) {
      const outcome = play([reply.subarray(0, length)], {}, true);
      expect(outcome, `${length}`).toMatchObject({ reason: "closed", sent: undefined });
    }
    expect(play([reply], {}, true)).toMatchObject({ version: "5.8" });
  });

  test("closed after bytes that show another reason", () => {
    expect(play([fromHex("1503")], {}, true)).toMatchObject({ reason: "tls" });
    expect(play([fromHex("150301")], {}, true)).toMatchObject({ reason: "tls" });
    expect(play([fromHex("485454")], {}, true)).toMatchObject({ reason: "closed", received: "48 54 54" });
  });

  test("the message says what both sides sent", () => {
    expect(play([fromHex("00000000")])).toMatchObject({
      offered: all,
      received: "00 00 00 00",
      message:
        "no common version with the server; offered 6.1-6.0, 5.8-5.0, 4.4-4.0, 3; received 00 00 00 00",
    });
    expect(play([fromHex("000001ff 02 00010909 00000505 00")])).toMatchObject({
      offered: all,
      received: "9.9-9.8, 5.5",
      message:
        "no common version with the server; offered 6.1-6.0, 5.8-5.0, 4.4-4.0, 3; received 9.9-9.8, 5.5",
    });
    expect(play([fromHex("00000009")]).message).toMatch(/^the server chose 9\.0; offered/);
    expect(play([fromHex("000002ff")]).message).toMatch(/^the server chose manifest 2; offered/);
    expect(play([new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")])).toMatchObject({
      received: "48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64 20 52 65 71",
      message: "the server speaks HTTP",
    });
    expect(play([], {}, true).message).toMatch(/^the server closed the connection; .* received nothing$/);
  });

  test("the error has the name and code of its class", () => {
    const handshake = new ClientHandshake();
    handshake.receive(new Uint8Array(4));
    expect(() => handshake.nextEvent()).toThrow(
      expect.objectContaining({
        name: "HandshakeError",
        code: "HANDSHAKE_ERROR",
        reason: "no-common-version",
      }),
    );
  });

  test("bytes received after an error are dropped", () => {
    const handshake = new ClientHandshake();
    handshake.receive(fromHex("48545450"));
    for (let i = 0; i < 10; i++) handshake.receive(new Uint8Array(100));
    expect(() => handshake.nextEvent()).toThrow(HandshakeError);
    expect(toHex(handshake.takeTrailing())).toBe("48545450");
  });
});

test("received bytes are not written to", () => {
  const bytes = fromHex("000001ff 01 00000405 00 0000");
  const before = concat(bytes);
  const handshake = new ClientHandshake();
  handshake.receive(bytes);
  handshake.nextEvent();
  handshake.takeTrailing()?.fill(9);
  expect(bytes).toEqual(before);
});
