import { describe, expect, test, vi } from "vitest";
import { chunked, concat, cutAt, cuts, fromHex, random, throughOneBuffer, toHex } from "../test/bytes.ts";
import { Dechunker } from "./dechunker.ts";
import { MessageTooLargeError } from "./errors.ts";

const view = ({ buffer, start, end }: Dechunker): Uint8Array => buffer.slice(start, end);

/** All messages in these pieces; each is read before the next call, as callers must. */
function messages(pieces: Iterable<Uint8Array>, dechunker = new Dechunker()): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  for (const piece of pieces) {
    dechunker.receive(piece);
    while (dechunker.next()) found.push(toHex(view(dechunker)));
  }
  return found;
}

function counted(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);
}

describe("messages, in every fragmentation", () => {
  test.each<[string, string, string[], number]>([
    ["one", "0003 b17000 0000", ["b17000"], 0],
    ["several", "0001 01 0000 0002 0202 0000 0001 03 0000", ["01", "0202", "03"], 0],
    ["in two chunks", "0002 b170 0001 a0 0000", ["b170a0"], 0],
    ["in one-byte chunks", "0001 01 0001 02 0001 03 0001 04 0000", ["01020304"], 0],
    ["NOOPs before, between and after", "0000 0000 0001 01 0000 0000 0001 02 0000 0000", ["01", "02"], 4],
    ["zeros inside a message are not a NOOP", "0004 00000000 0000", ["00000000"], 0],
    ["a chunk of zeros, then another", "0002 0000 0002 0000 0000", ["00000000"], 0],
    [
      "a size whose low byte is zero",
      `0100 ${"ab".repeat(256)} 0000 0001 01 0000`,
      ["ab".repeat(256), "01"],
      0,
    ],
    [
      "the answer to INIT in Bolt 1",
      "0016 b170a1867365727665728b4e656f346a2f332e332e31 0000",
      ["b170a1867365727665728b4e656f346a2f332e332e31"],
      0,
    ],
    ["an invalid message is passed on", "0001 ff 0000", ["ff"], 0],
  ])("%s", (_name, hex, expected, noops) => {
    for (const { name, pieces } of cuts(fromHex(hex))) {
      const dechunker = new Dechunker();
      expect(messages(throughOneBuffer(pieces), dechunker), name).toEqual(expected);
      expect(dechunker.noops, name).toBe(noops);
      expect(dechunker.midMessage, name).toBe(false);
      expect(dechunker.pendingBytes, name).toBe(0);
    }
  });

  test("two thousand NOOPs", () => {
    const bytes = concat(new Uint8Array(2000), fromHex("0001 01 0000"), new Uint8Array(2000));
    for (const pieces of [
      [bytes],
      cutAt(
        bytes,
        Array.from(bytes, (_, i) => i),
      ),
      cutAt(bytes, [1, 1999, 2003, 3001]),
    ]) {
      const dechunker = new Dechunker();
      expect(messages(throughOneBuffer(pieces), dechunker)).toEqual(["01"]);
      expect(dechunker.noops).toBe(2000);
      expect(dechunker.pendingBytes).toBe(0);
    }
  });

  test.each([0xfffe, 0xffff, 0x1_0000, 0x1_0001, 0x2_0000, 200_000])("%d bytes", (length) => {
    const payload = counted(length);
    const next = random(length);
    for (const size of [1400, 8192, 0xffff]) {
      const bytes = concat(chunked(payload, size), fromHex("0000 0001 07 0000"));
      const offsets = Array.from({ length: 20 }, () => next(bytes.length));
      for (const pieces of [
        [bytes],
        cutAt(bytes, offsets),
        cutAt(bytes, [1, 2, 3, length, length + 1, length + 2]),
      ]) {
        const dechunker = new Dechunker();
        const found: Uint8Array[] = [];
        for (const piece of throughOneBuffer(pieces)) {
          dechunker.receive(piece);
          while (dechunker.next()) found.push(view(dechunker));
        }
        expect(found.length).toBe(2);
        expect(Buffer.compare(found[0]!, payload)).toBe(0);
        expect(dechunker.noops).toBe(1);
      }
    }
  });
});

describe("copying", () => {
  test("a message in one chunk of the received bytes is not copied", () => {
    const bytes = fromHex("0001 01 0000 0000 0002 0202 0000 0001");
    const dechunker = new Dechunker();
    dechunker.receive(bytes);
    expect(dechunker.next()).toBe(true);
    expect(dechunker.buffer).toBe(bytes);
    expect([dechunker.start, dechunker.end]).toEqual([2, 3]);
    expect(dechunker.next()).toBe(true);
    expect(dechunker.buffer).toBe(bytes);
    expect([dechunker.start, dechunker.end]).toEqual([9, 11]);
    expect(dechunker.next()).toBe(false);
  });

  test("received bytes are never written to", () => {
    const bytes = concat(
      chunked(counted(5000), 700),
      chunked(counted(10), 3),
      fromHex("0001 01 0000 0007 010203"),
    );
    for (const { pieces } of cuts(bytes.subarray(0, 64)).concat([{ name: "", pieces: [bytes] }])) {
      const before = pieces.map((piece) => piece.slice());
      messages(pieces);
      expect(pieces).toEqual(before);
    }
  });

  test("nothing is borrowed after next() returned false", () => {
    const dechunker = new Dechunker();
    const bytes = fromHex("0001 01 0000 0004 aabb");
    dechunker.receive(bytes);
    expect(dechunker.next()).toBe(true);
    expect(dechunker.next()).toBe(false);
    bytes.fill(0xee);
    dechunker.receive(fromHex("ccdd 0000"));
    expect(dechunker.next()).toBe(true);
    expect(toHex(view(dechunker))).toBe("aabbccdd");
  });

  test("nothing is lost if bytes arrive before the earlier ones were read", () => {
    const bytes = concat(
      fromHex("0001 01 0000 0000"),
      chunked(counted(300), 50),
      fromHex("0002 0202 0000 0003 0303"),
    );
    const expected = messages([bytes]);
    for (const drainEvery of [2, 3, 7, 1000]) {
      const dechunker = new Dechunker();
      const found: (string | undefined)[] = [];
      let count = 0;
      for (const piece of cutAt(
        bytes,
        Array.from({ length: bytes.length / 3 }, (_, i) => i * 3),
      )) {
        dechunker.receive(piece);
        // One message at a time, so that bytes are left over when more arrive.
        if (++count % drainEvery === 0 && dechunker.next()) found.push(toHex(view(dechunker)));
      }
      while (dechunker.next()) found.push(toHex(view(dechunker)));
      expect(found).toEqual(expected);
      expect(dechunker.pendingBytes).toBe(2);
    }
  });

  test("empty pieces change nothing", () => {
    const dechunker = new Dechunker();
    for (const hex of ["", "0002 01", "", "02 0000"]) {
      dechunker.receive(fromHex(hex));
      if (hex !== "02 0000") expect(dechunker.next()).toBe(false);
    }
    dechunker.receive(new Uint8Array(0));
    expect(dechunker.next()).toBe(true);
    expect(toHex(view(dechunker))).toBe("0102");
  });
});

describe("generation", () => {
  test("is the same for all messages of one piece and changes for the next, even in the same buffer", () => {
    const buffer = fromHex("0001 01 0000 0001 02 0000");
    const dechunker = new Dechunker();
    const generations: number[] = [];
    for (let round = 0; round < 2; round++) {
      dechunker.receive(buffer);
      while (dechunker.next()) generations.push(dechunker.generation);
      // Between the pieces nothing is held, and a changed generation tells the reader.
      expect(dechunker.buffer).toHaveLength(0);
      generations.push(dechunker.generation);
    }
    expect(generations).toEqual([1, 1, 2, 3, 3, 4]);
  });

  test("changes whenever the contents may have changed", () => {
    const next = random(7);
    const stream = concat(
      ...Array.from({ length: 200 }, (_, i) => chunked(counted(1 + next(40), i), 1 + next(30))),
    );
    const dechunker = new Dechunker();
    let loaded: Uint8Array | undefined;
    let generation = -1;
    let contents: Uint8Array | undefined;
    for (const piece of throughOneBuffer(
      cutAt(
        stream,
        Array.from({ length: 150 }, () => next(stream.length)),
      ),
    )) {
      dechunker.receive(piece);
      while (dechunker.next()) {
        if (dechunker.generation === generation) {
          expect(dechunker.buffer).toBe(loaded);
          expect(dechunker.buffer).toEqual(contents);
        }
        generation = dechunker.generation;
        loaded = dechunker.buffer;
        contents = dechunker.buffer.slice();
      }
    }
  });
});

describe("incomplete messages", () => {
  test("are recognised at every byte", () => {
    const bytes = fromHex("0000 0002 0102 0001 03 0000 0000");
    const boundaries = new Set([0, 2, 11, 13]);
    for (let length = 0; length <= bytes.length; length++) {
      const dechunker = new Dechunker();
      messages([bytes.subarray(0, length)], dechunker);
      expect(dechunker.midMessage, `${length}`).toBe(!boundaries.has(length));
    }
  });

  test("count as pending without their chunk headers", () => {
    const dechunker = new Dechunker();
    dechunker.receive(fromHex("0001 01 0000 0005 aabbcc"));
    expect(dechunker.pendingBytes).toBe(10);
    dechunker.next();
    expect(dechunker.pendingBytes).toBe(5);
    dechunker.next();
    expect(dechunker.pendingBytes).toBe(3);
    dechunker.receive(fromHex("ddee 00"));
    dechunker.next();
    expect(dechunker.pendingBytes).toBe(6);
    dechunker.receive(fromHex("00"));
    expect(dechunker.next()).toBe(true);
    expect(dechunker.pendingBytes).toBe(0);
  });
});

test("takeTrailing removes and copies what follows a message", () => {
  const dechunker = new Dechunker();
  const bytes = fromHex("0001 01 0000 0000 0005 aa");
  dechunker.receive(bytes);
  expect(dechunker.next()).toBe(true);
  const trailing = dechunker.takeTrailing();
  expect(toHex(trailing)).toBe("00000005aa");
  expect(dechunker.next()).toBe(false);
  expect(dechunker.midMessage).toBe(false);
  expect(toHex(dechunker.takeTrailing())).toBe("");
  bytes.fill(0);
  expect(toHex(trailing)).toBe("00000005aa");
});

describe("the limit", () => {
  test("is 256 MiB by default", () => {
    expect(new Dechunker().maxMessageBytes).toBe(268_435_456);
  });

  test("accepts a message of exactly that size, however it is chunked", () => {
    for (const size of [1, 3, 10]) {
      for (const { pieces } of cuts(chunked(counted(10), size))) {
        expect(messages(throughOneBuffer(pieces), new Dechunker({ maxMessageBytes: 10 }))).toHaveLength(1);
      }
    }
  });

  test.each<[string, string, number, number]>([
    ["one chunk: fails at its header", "000b", 2, 11],
    ["two chunks: fails at the second header", "0008 0102030405060708 0003", 12, 11],
    ["one-byte chunks: fails at the eleventh header", `${"0001 01 ".repeat(10)} 0001`, 32, 11],
    ["a huge chunk", "ffff", 2, 0xffff],
  ])("%s", (_name, hex, needed, bytes) => {
    const stream = fromHex(hex);
    expect(stream.length).toBe(needed);
    for (const { name, pieces } of cuts(stream)) {
      const dechunker = new Dechunker({ maxMessageBytes: 10 });
      const last = pieces.pop()!;
      expect(messages(throughOneBuffer(pieces), dechunker), name).toEqual([]);
      expect(() => messages([last], dechunker), name).toThrow(
        expect.objectContaining({
          name: "MessageTooLargeError",
          code: "MESSAGE_TOO_LARGE",
          bytes,
          limit: 10,
        }),
      );
    }
  });

  test("the rest of a message that is too large is skipped, and the next ones are read", () => {
    const next = fromHex("0000 0001 07 0000 0002 0808 0000");
    for (const size of [1, 4, 11, 1000]) {
      const stream = concat(fromHex("0001 01 0000"), chunked(counted(1000), size), next);
      for (const pieces of [
        [stream],
        cutAt(
          stream,
          Array.from(stream, (_, i) => i),
        ),
        cutAt(stream, [9, 100, 999]),
      ]) {
        const dechunker = new Dechunker({ maxMessageBytes: 10 });
        const found: (string | undefined)[] = [];
        let errors = 0;
        for (const piece of throughOneBuffer(pieces)) {
          dechunker.receive(piece);
          for (;;) {
            try {
              if (!dechunker.next()) break;
              found.push(toHex(view(dechunker)));
            } catch (error) {
              expect(error).toBeInstanceOf(MessageTooLargeError);
              errors++;
            }
          }
          expect(dechunker.pendingBytes).toBeLessThanOrEqual(11);
        }
        expect(found).toEqual(["01", "07", "0808"]);
        expect(errors).toBe(1);
        expect(dechunker.noops).toBe(1);
      }
    }
  });

  test("may be changed between messages and within one", () => {
    const dechunker = new Dechunker({ maxMessageBytes: 4 });
    dechunker.receive(fromHex("0004 01020304 0000"));
    expect(dechunker.next()).toBe(true);
    dechunker.maxMessageBytes = 8;
    dechunker.receive(fromHex("0004 01020304 0004 0506"));
    expect(dechunker.next()).toBe(false);
    dechunker.maxMessageBytes = 7;
    dechunker.receive(fromHex("0708 0000"));
    expect(dechunker.next()).toBe(true);
    dechunker.receive(fromHex("0008"));
    expect(() => dechunker.next()).toThrow(MessageTooLargeError);
  });

  test("nothing is allocated for bytes that were only announced", () => {
    const allocated: number[] = [];
    vi.stubGlobal(
      "Uint8Array",
      new Proxy(Uint8Array, {
        construct(target, [size]: [number]) {
          allocated.push(size);
          return new target(size);
        },
      }),
    );
    try {
      const dechunker = new Dechunker();
      for (const piece of cutAt(fromHex("ffff 01020304"), [2, 3, 4])) {
        dechunker.receive(piece);
        expect(dechunker.next()).toBe(false);
      }
    } finally {
      vi.unstubAllGlobals();
    }
    // The pieces of the test itself are made by slice(), which does not use this constructor.
    expect(allocated.filter((size) => size > 100)).toEqual([1024]);
  });
});

describe("large messages", () => {
  test("100 MB in 64 KiB pieces: one buffer that doubles and is released afterwards", () => {
    const size = 100_000_000;
    const piece = chunked(counted(0xffff)).subarray(0, 0x1_0001);
    const dechunker = new Dechunker();
    for (let sent = 0; sent < size; sent += 0xffff) {
      dechunker.receive(piece);
      expect(dechunker.next()).toBe(false);
    }
    dechunker.receive(Uint8Array.of(0, 0));
    expect(dechunker.next()).toBe(true);
    expect(dechunker.end - dechunker.start).toBeGreaterThanOrEqual(size);
    expect(dechunker.buffer.length).toBeLessThan(2 * size);
    const { generation } = dechunker;
    expect(dechunker.next()).toBe(false);
    expect(dechunker.buffer.length).toBe(0);
    expect(dechunker.generation).not.toBe(generation);
  });

  test("one after another in one buffer, which is released when small ones follow", () => {
    const dechunker = new Dechunker();
    const pieces = cutAt(chunked(counted(100_000)), [40_000, 80_000]);
    const buffers = new Set<Uint8Array>();
    for (let i = 0; i < 5; i++) {
      expect(messages(pieces.slice(0, -1), dechunker)).toEqual([]);
      dechunker.receive(pieces.at(-1)!);
      expect(dechunker.next()).toBe(true);
      expect(Buffer.compare(view(dechunker), counted(100_000))).toBe(0);
      buffers.add(dechunker.buffer);
      expect(dechunker.next()).toBe(false);
    }
    expect(buffers.size).toBe(1);
    const [kept] = buffers;
    messages(["0001", "01 0000", "0001", "02 0000"].map(fromHex), dechunker);
    for (const piece of ["0001", "03 0000"].map(fromHex)) {
      dechunker.receive(piece);
      dechunker.next();
    }
    expect(dechunker.buffer.length).toBeGreaterThan(0);
    expect(dechunker.buffer).not.toBe(kept);
  });

  test("a buffer never grows past the limit", () => {
    const dechunker = new Dechunker({ maxMessageBytes: 3000 });
    dechunker.receive(chunked(counted(3000), 100));
    expect(dechunker.next()).toBe(true);
    expect(dechunker.buffer.length).toBe(3000);
  });

  test("a million single bytes", () => {
    const dechunker = new Dechunker();
    const one = new Uint8Array(1);
    let found = 0;
    // 250,000 messages of one byte, each in five pieces.
    for (let i = 0; i < 1_250_000; i++) {
      one[0] = i % 5 === 1 ? 1 : 0;
      dechunker.receive(one);
      while (dechunker.next()) found++;
    }
    expect(found).toBe(250_000);
  });

  test("a megabyte received byte by byte before anything is read", () => {
    const stream = chunked(counted(1_000_000), 1000);
    const dechunker = new Dechunker();
    for (let i = 0; i < stream.length; i++) dechunker.receive(stream.subarray(i, i + 1));
    expect(dechunker.next()).toBe(true);
    expect(Buffer.compare(view(dechunker), counted(1_000_000))).toBe(0);
  });
});
