import { expect, test } from "vitest";
import { explainHandshake, handshakeLength, proposals } from "./handshake.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const told = (sent: string, received: string): string[] =>
  explainHandshake(bytes(sent), bytes(received)).flatMap((part) =>
    part.meaning.map(({ hex, text }) => `${part.from} ${part.name}: ${hex} ${text}`),
  );

const CLASSIC = "6060B017 00020404 00000003 00000000 00000000";
const MODERN = "6060B017 000001FF 00080805 00020404 00000003";

test("four proposals and an answer", () => {
  expect(told(`${CLASSIC} 0002`, "00000404 0001")).toStrictEqual([
    "client handshake: 60 60 B0 17 magic: this is Bolt",
    "client handshake: 00 02 04 04 Bolt 4.4 down to 4.2",
    "client handshake: 00 00 00 03 Bolt 3",
    "client handshake: 00 00 00 00 unused",
    "client handshake: 00 00 00 00 unused",
    "server version: 00 00 04 04 Bolt 4.4",
  ]);
  expect(handshakeLength(bytes("00000404"))).toBe(20);
});

test("a manifest", () => {
  expect(told(`${MODERN} 00000805 00 0011`, "000001FF 02 00040404 00080805 00").slice(5)).toStrictEqual([
    "server manifest: 00 00 01 FF manifest v1: choose among all versions of this server",
    "server manifest: 02 number of ranges: 2",
    "server manifest: 00 04 04 04 4.4 down to 4.0",
    "server manifest: 00 08 08 05 5.8 down to 5.0",
    "server manifest: 00 capabilities offered",
    "client choice: 00 00 08 05 Bolt 5.8",
    "client choice: 00 no capabilities",
  ]);
  expect(handshakeLength(bytes("000001FF"))).toBe(25);
});

test("a handshake that failed", () => {
  expect(told(CLASSIC, "")).toHaveLength(5);
  expect(told(CLASSIC, "00000000").at(-1)).toBe("server version: 00 00 00 00 no common version");
});

test("proposals for people", () => {
  expect(proposals(bytes(MODERN))).toStrictEqual(["the manifest", "5.8 down to 5.0", "4.4 down to 4.2", "3"]);
});
