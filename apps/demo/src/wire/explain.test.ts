import { expect, test } from "vitest";
import { explain, hexOf } from "./explain.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

const lines = (hex: string, name = "RUN"): string[] =>
  explain(bytes(hex), name).map((run) => `${"  ".repeat(run.depth)}${hexOf(run.bytes)} = ${run.meaning}`);

test("a message, run by run", () => {
  expect(lines("B3 10 8F 52455455524E2031204153206E756D A1 81 78 C1 3FF0000000000000 A0")).toStrictEqual([
    "B3 10 = RUN",
    '  8F 52 45 54 55 52 4E 20 31 20 41 53 20 6E 75 6D = "RETURN 1 AS num"',
    "  A1 = dictionary of 1 entry",
    "    81 78 C1 3F F0 00 00 00 00 00 00 = x: float 1",
    "  A0 = dictionary of 0 entries",
  ]);
});

test("every kind of value", () => {
  const values =
    "9E 01 F0 C8 80 C9 8000 CA 80000000 CB 8000000000000000 C0 C2 C3 CC 02 0102 D0 01 41 D4 01 01 D8 00 B1 44 2A E0 00112233445566778899AABBCCDDEEFF";
  expect(
    lines(`B1 71 ${values}`, "RECORD")
      .slice(1)
      .map((line) => line.replace(/.* = /, "")),
  ).toStrictEqual([
    "list of 14",
    "1",
    "-16",
    "-128",
    "-32768",
    "-2147483648",
    "-9223372036854775808",
    "null",
    "false",
    "true",
    "2 bytes",
    '"A"',
    "list of 1",
    "1",
    "dictionary of 0 entries",
    "structure 44, 1 field",
    "42",
  ]);
});

test("a nested value of a dictionary keeps its key", () => {
  expect(lines("B1 70 A1 81 6C 92 01 02", "SUCCESS").slice(2)).toStrictEqual([
    "    81 6C 92 = l: list of 2",
    "      01 = 1",
    "      02 = 2",
  ]);
});

test("unknown bytes end the explanation, not the program", () => {
  for (const hex of ["B1 70 C7 01 02", "B1 70 85 41", "B1", "DF 00", ""]) {
    const runs = explain(bytes(hex), "X");
    expect(runs.reduce((sum, run) => sum + run.bytes.length, 0)).toBeLessThanOrEqual(bytes(hex).length);
  }
});
