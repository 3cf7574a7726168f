import { describe, expect, test } from "vitest";
import { cuts, fromHex, throughOneBuffer, toHex } from "../test/bytes.ts";
import { HandshakeError } from "./errors.ts";
import { ServerHandshake } from "./server-handshake.ts";

const MAGIC = "6060b017";
/** The versions that Neo4j 2026.08 serves. */
const NEO4J = ["6.1-6.0", "5.8-5.0", "4.4-4.0"];

interface Outcome {
  version?: string;
  reason?: string;
  /** Every piece that was sent. */
  sent: (string | undefined)[];
  trailing: string | undefined;
}

function play(pieces: readonly Uint8Array[], versions?: readonly string[], eof = false): Outcome {
  const handshake = new ServerHandshake(versions ? { versions } : {});
  const sent: (string | undefined)[] = [];
  let version: string | undefined;
  let error: HandshakeError | undefined;
  const look = (): void => {
    try {
      version = handshake.nextEvent()?.toString() ?? version;
    } catch (thrown) {
      if (!(thrown instanceof HandshakeError)) throw thrown;
      error = thrown;
    }
    const bytes = handshake.bytesToSend();
    if (bytes) sent.push(toHex(bytes));
  };
  look();
  for (const piece of throughOneBuffer(pieces)) {
    handshake.receive(piece);
    look();
  }
  if (eof) handshake.receiveEof();
  look();
  return {
    ...(version === undefined ? {} : { version }),
    ...(error ? { reason: error.reason } : {}),
    sent,
    trailing: toHex(handshake.takeTrailing()),
  };
}

const text = (line: string): string => toHex(new TextEncoder().encode(line)) ?? "";

const classic = (words: string): string => MAGIC + words.replaceAll(" ", "").padEnd(32, "0");

describe("classic, in every fragmentation", () => {
  test.each<[string, string, string[] | undefined, string]>([
    [
      "official drivers with an older server",
      "000001ff 00080805 00020404 00000003",
      ["5.4-5.0", "4.4"],
      "5.4",
    ],
    ["a plain word", "00000106", NEO4J, "6.1"],
    ["first match in the client's order", "00000404 00000405", NEO4J, "4.4"],
    ["highest within a range", "00080805", NEO4J, "5.8"],
    ["highest served version within a range", "00080805", ["5.3-5.1"], "5.3"],
    ["5.5 as the top of a range", "00010505", NEO4J, "5.4"],
    ["a range over 5.5", "00040905", NEO4J, "5.8"],
    ["zero words are skipped", "00000000 00000000 00000000 00000004", NEO4J, "4.0"],
    ["the reserved byte is ignored", "ff000405", NEO4J, "5.4"],
    ["a word with only a reserved byte counts as zero", "ff000000 00000404", NEO4J, "4.4"],
    ["a range ends at minor 0", "00ff0104", NEO4J, "4.1"],
    ["a range ends at minor 0: no version below", "00ff0203 00000002", ["2"], "2"],
    ["unknown versions are skipped", "00000909 00000505 00000405", NEO4J, "5.4"],
    ["an unknown manifest is skipped", "000002ff 00000404", NEO4J, "4.4"],
    ["a version before the manifest", "00000405 000001ff", NEO4J, "5.4"],
    ["the manifest is unknown to a server without 5.7", "000001ff 00080805", ["5.6-5.0"], "5.6"],
    ["old versions", "00000003 00000002 00000001", ["2", "1"], "2"],
    ["an old version, all served", "00000001", undefined, "1"],
    ["3 in a word of its own", "000001ff 00080805 00020404 00000003", ["3"], "3"],
  ])("%s", (_name, words, versions, version) => {
    const answer = version.includes(".") ? version.split(".") : [version, "0"];
    const sent = [`0000${answer[1]!.padStart(2, "0")}${answer[0]!.padStart(2, "0")}`];
    for (const trailing of ["", "0003b1700000"]) {
      for (const { name, pieces } of cuts(fromHex(classic(words) + trailing))) {
        expect(play(pieces, versions), name).toEqual({ version, sent, trailing: trailing || undefined });
      }
    }
  });

  test.each<[string, string, string[]]>([
    ["5.5, which does not exist", "00000505", NEO4J],
    ["nothing proposed", "", NEO4J],
    ["unknown manifest", "000002ff", NEO4J],
    ["manifest, but no version from 5.7 on is served", "000001ff", ["5.4"]],
    ["other versions", "00080805 00020404 00000003", ["2", "1"]],
  ])("no match: %s", (_name, words, versions) => {
    for (const { name, pieces } of cuts(fromHex(classic(words)))) {
      expect(play(pieces, versions), name).toEqual({
        reason: "no-common-version",
        sent: ["00000000"],
        trailing: classic(words),
      });
    }
  });

  test("the message says what was proposed", () => {
    const handshake = new ServerHandshake({ versions: ["5.4-5.0"] });
    handshake.receive(fromHex(classic("000001ff 00020404 00000003")));
    expect(() => handshake.nextEvent()).toThrow(
      "no common version with the client; offered 5.4-5.0; received 255.1, 4.4-4.2, 3",
    );
  });
});

describe("manifest, in every fragmentation", () => {
  const proposals = classic("000001ff 00080805 00020404 00000003");
  const full = "000001ff040004040400040405000208050001010600";

  test.each<[string, string[] | undefined, string]>([
    ["like Neo4j 2026.08", NEO4J, full],
    ["like Neo4j 5.26", ["5.8-5.0", "4.4-4.0"], "000001ff0300040404000404050002080500"],
    ["the order of the option has no meaning", ["4.4-4.0", "5.8-5.0", "6.0", "6.1"], full],
    ["everything", undefined, `000001ff07000000010000000200000003${full.slice(10)}`],
    ["a single version", ["6.1"], "000001ff010000010600"],
    ["with gaps", ["6.0", "5.7", "4.4", "4.2"], "000001ff040000020400000404000007050000000600"],
  ])("offer: %s", (_name, versions, offer) => {
    for (const { name, pieces } of cuts(fromHex(proposals))) {
      expect(play(pieces, versions), name).toEqual({ sent: [offer], trailing: undefined });
    }
  });

  test.each<[string, string, string]>([
    ["the highest", "00000106 00", "6.1"],
    ["another", "00000004 00", "4.0"],
    ["reserved byte", "ff000405 00", "5.4"],
    ["a zero of three bytes", "00000405 808000", "5.4"],
  ])("choice: %s", (_name, choice, version) => {
    for (const trailing of ["", "0000", "0003b1700000"]) {
      for (const { name, pieces } of cuts(fromHex(proposals + choice + trailing))) {
        expect(play(pieces, NEO4J), name).toEqual({ version, sent: [full], trailing: trailing || undefined });
      }
    }
  });

  test.each<[string, string, string]>([
    ["nothing", "00000000 00", "no-common-version"],
    ["5.5", "00000505 00", "not-offered"],
    ["not served", "00000003 00", "not-offered"],
    ["a range", "00010405 00", "not-offered"],
    ["capabilities", "00000405 01", "manifest"],
    ["capabilities, bit 7", "00000405 8001", "manifest"],
    ["capabilities over 64 bits", "00000405 80808080808080808002", "manifest"],
    ["capabilities that do not end", "00000405 80808080808080808080", "manifest"],
  ])("refused, and nothing more is sent: %s", (_name, choice, reason) => {
    for (const { name, pieces } of cuts(fromHex(proposals + choice))) {
      const outcome = play(pieces, NEO4J);
      expect(outcome, name).toMatchObject({ reason, sent: [full] });
      expect(outcome.version).toBeUndefined();
    }
  });

  test("is recorded in `manifest`", () => {
    const handshake = new ServerHandshake();
    expect(handshake.manifest).toBe(false);
    handshake.receive(fromHex(proposals));
    expect(handshake.manifest).toBe(true);
    handshake.receive(fromHex("0000010600"));
    expect(handshake.nextEvent()?.toString()).toBe("6.1");
  });
});

describe("other protocols, in every fragmentation", () => {
  test.each<[string, string, string]>([
    ["GET", text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "http"],
    ["OPTIONS", text("OPTIONS * HTTP/1.1\r\n\r\n"), "http"],
    ["HEAD", text("HEAD / HTTP/1.1\r\n\r\n"), "http"],
    ["POST", text("POST /db HTTP/1.1\r\n\r\n"), "http"],
    ["PUT", text("PUT / HTTP/1.1\r\n\r\n"), "http"],
    ["TLS client hello", "160301020001000200", "tls"],
    ["garbage", "0102030405", "magic"],
    ["almost Bolt", "6060b018" + "00".repeat(16), "magic"],
    ["a word that begins like GET", text("GETAWAY"), "magic"],
  ])("%s: nothing is sent, everything can be taken back", (_name, bytes, reason) => {
    for (const { name, pieces } of cuts(fromHex(bytes))) {
      const outcome = play(pieces, NEO4J);
      expect(outcome, name).toMatchObject({ reason, sent: [] });
      // What arrives after the error is dropped.
      expect(bytes.startsWith(outcome.trailing!), name).toBe(true);
      if (name === "whole") expect(outcome.trailing).toBe(bytes);
    }
  });
});

test("an incomplete handshake waits for more bytes", () => {
  const bytes = fromHex(classic("00000405"));
  for (let length = 0; length < 20; length++) {
    expect(play([bytes.subarray(0, length)], NEO4J)).toEqual({ sent: [], trailing: undefined });
  }
});

test("closed after every number of bytes", () => {
  const bytes = fromHex(classic("000001ff") + "0000010600");
  for (let length = 0; length < bytes.length; length++) {
    expect(play([bytes.subarray(0, length)], NEO4J, true), `${length}`).toMatchObject({ reason: "closed" });
  }
  expect(play([bytes], NEO4J, true)).toMatchObject({ version: "6.1" });
  expect(play([fromHex("1603")], NEO4J, true)).toMatchObject({ reason: "tls" });
});

test("invalid versions are refused", () => {
  expect(() => new ServerHandshake({ versions: ["5.5"] })).toThrow(RangeError);
  expect(() => new ServerHandshake({ versions: [] })).toThrow(RangeError);
});
