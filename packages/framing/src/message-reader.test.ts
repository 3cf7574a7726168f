import { Structure, UnpackError } from "@bolt/packstream";
import { describe, expect, test } from "vitest";
import { chunked, concat, cuts, fromHex, throughOneBuffer, toHex } from "../test/bytes.ts";
import { MessageTooLargeError } from "./errors.ts";
import { MessageReader, type MessageReaderOptions } from "./message-reader.ts";

function read(pieces: Iterable<Uint8Array>, options?: MessageReaderOptions): unknown[] {
  const reader = new MessageReader(options);
  const found: unknown[] = [];
  for (const piece of pieces) {
    reader.receive(piece);
    for (let message; (message = reader.next());) found.push(message);
  }
  expect(reader.midMessage).toBe(false);
  return found;
}

describe("next: whole messages, in every fragmentation", () => {
  test.each<[string, string, Structure[]]>([
    ["RESET", "0002 b00f 0000", [new Structure(0x0f, [])]],
    ["SUCCESS {}", "0003 b170a0 0000", [new Structure(0x70, [{}])]],
    [
      "RUN and PULL in one piece, as sent to Neo4j 2026.08",
      "0014 b3108f52455455524e2031204153206e756da0a0 0000 0006 b13fa1816eff 0000",
      [new Structure(0x10, ["RETURN 1 AS num", {}, {}]), new Structure(0x3f, [{ n: -1 }])],
    ],
    ["RECORD between NOOPs", "0000 0004 b1719101 0000 0000", [new Structure(0x71, [[1]])]],
    [
      "split inside an integer and a string",
      "0003 b17192 0002 c901 0001 00 0002 82c3 0001 a9 0000",
      [new Structure(0x71, [[256, "é"]])],
    ],
    ["header with STRUCT8", "0004 dc017fa0 0000", [new Structure(0x7f, [{}])]],
  ])("%s", (_name, hex, expected) => {
    for (const { name, pieces } of cuts(fromHex(hex))) {
      expect(read(throughOneBuffer(pieces)), name).toEqual(expected);
    }
  });

  test("passes the unpacker's options on", () => {
    const bytes = fromHex("0004 b1719101 0000");
    expect(read([bytes], { integers: "bigint" })).toEqual([new Structure(0x71, [[1n]])]);
    const structures = [];
    structures[0x4e] = (): string => "node";
    expect(read([fromHex("0005 b17191b04e 0000")], { structures })).toEqual([
      new Structure(0x71, [["node"]]),
    ]);
  });
});

describe("advance: field by field", () => {
  test("tag, size, fields, end", () => {
    const reader = new MessageReader();
    expect(reader.advance()).toBe(-1);
    reader.receive(fromHex("0014 b3108f52455455524e2031204153206e756da0a0 0000 0002 b00f 0000"));
    expect(reader.advance()).toBe(0x10);
    expect(reader.unpacker.size).toBe(3);
    expect(reader.unpacker.read()).toBe("RETURN 1 AS num");
    expect(reader.unpacker.read()).toEqual({});
    expect(() => reader.finish()).toThrow(expect.objectContaining({ reason: "trailing", offset: 19 }));
    expect(reader.unpacker.read()).toEqual({});
    reader.finish();
    expect(reader.advance()).toBe(0x0f);
    expect(reader.unpacker.size).toBe(0);
    reader.finish();
    expect(reader.advance()).toBe(-1);
  });

  test("a message may be left unread", () => {
    const reader = new MessageReader();
    reader.receive(fromHex("0004 b1719101 0000 0002 b00f 0000 0004 b17191"));
    expect(reader.advance()).toBe(0x71);
    expect(reader.advance()).toBe(0x0f);
    expect(reader.advance()).toBe(-1);
    reader.receive(fromHex("02 0000"));
    expect(reader.advance()).toBe(0x71);
    expect(reader.unpacker.read()).toEqual([2]);
  });

  test("nothing read aliases the received bytes", () => {
    const bytes = fromHex("000b b17193cc020102826162c0 0000");
    const reader = new MessageReader();
    reader.receive(bytes);
    reader.advance();
    const fields = reader.unpacker.read();
    bytes.fill(0xee);
    expect(fields).toEqual([Uint8Array.of(1, 2), "ab", null]);
  });

  test("new bytes in the same socket buffer are read correctly", () => {
    const found: unknown[] = [];
    const reader = new MessageReader();
    const texts = ["aa", "bb", "cc", "dd"];
    const pieces = texts.map((text) => concat(...Array.from({ length: 40 }, () => record(text))));
    for (const piece of throughOneBuffer(pieces)) {
      reader.receive(piece);
      while (reader.advance() >= 0) found.push(reader.unpacker.read());
    }
    expect(found).toEqual(texts.flatMap((text) => Array.from({ length: 40 }, () => [text])));
  });
});

/** RECORD [text]. */
function record(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return chunked(concat(Uint8Array.of(0xb1, 0x71, 0x91, 0x80 + bytes.length), bytes));
}

describe("errors leave the reader usable", () => {
  const good = fromHex("0004 b1719107 0000");

  test.each<[string, string, string]>([
    ["not a structure", "0001 01", "structure"],
    ["only a marker", "0001 b1", "truncated"],
    ["fields missing", "0002 b170", "truncated"],
    ["field cut off", "0003 b17081", "truncated"],
    ["bytes after the structure", "0004 b170a001", "trailing"],
    ["reserved marker", "0003 b170c7", "marker"],
    ["more fields than bytes", "0003 dcff70", "truncated"],
  ])("%s", (_name, hex, reason) => {
    const bytes = concat(good, fromHex(`${hex} 0000`), good);
    for (const { name, pieces } of cuts(bytes)) {
      const reader = new MessageReader();
      const found: unknown[] = [];
      for (const piece of throughOneBuffer(pieces)) {
        reader.receive(piece);
        for (;;) {
          try {
            const message = reader.next();
            if (!message) break;
            found.push(message.fields);
          } catch (error) {
            if (!(error instanceof UnpackError)) throw error;
            found.push(error.reason);
          }
        }
      }
      expect(found, name).toEqual([[[7]], reason, [[7]]]);
    }
  });

  test("offsets count from the start of the message", () => {
    const reader = new MessageReader();
    reader.receive(concat(good, fromHex("0003 b170c7 0000")));
    reader.next();
    expect(() => reader.next()).toThrow(expect.objectContaining({ offset: 2, marker: 0xc7 }));
  });

  test("too large", () => {
    const reader = new MessageReader({ maxMessageBytes: 4 });
    reader.receive(concat(good, fromHex("0005 b170810102 0000"), good));
    expect(reader.next()?.fields).toEqual([[7]]);
    expect(() => reader.next()).toThrow(MessageTooLargeError);
    expect(reader.next()?.fields).toEqual([[7]]);
    expect(reader.maxMessageBytes).toBe(4);
    reader.maxMessageBytes = 5;
    reader.receive(fromHex("0005 b170820102 0000"));
    expect(reader.next()?.fields).toEqual(["\x01\x02"]);
  });
});

describe("for observers", () => {
  test("messageBytes is a copy without chunk headers", () => {
    // Node's Buffer.slice would be a view.
    const bytes = Buffer.from(fromHex("0004 b1719107 0000 0002 b171 0002 9108 0000"));
    const reader = new MessageReader();
    reader.receive(bytes);
    reader.next();
    const first = reader.messageBytes();
    reader.next();
    const second = reader.messageBytes();
    bytes.fill(0);
    expect(toHex(first)).toBe("b1719107");
    expect(toHex(second)).toBe("b1719108");
    expect(first.constructor).toBe(Uint8Array);
  });

  test("noops, pendingBytes, midMessage", () => {
    const reader = new MessageReader();
    reader.receive(fromHex("0000 0000 0002 b0"));
    expect(reader.pendingBytes).toBe(7);
    expect(reader.advance()).toBe(-1);
    expect([reader.noops, reader.pendingBytes, reader.midMessage]).toEqual([2, 1, true]);
    reader.receive(fromHex("0f 0000"));
    expect(reader.advance()).toBe(0x0f);
    expect(reader.advance()).toBe(-1);
    expect([reader.noops, reader.pendingBytes, reader.midMessage]).toEqual([2, 0, false]);
  });

  test("takeTrailing hands the rest to another reader", () => {
    const reader = new MessageReader();
    reader.receive(fromHex("0002 b00f 0000 0004 b1719107 0000"));
    reader.advance();
    expect(read([reader.takeTrailing()])).toEqual([new Structure(0x71, [[7]])]);
    expect(reader.advance()).toBe(-1);
  });
});
