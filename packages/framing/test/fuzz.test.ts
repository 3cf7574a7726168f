// Any bytes at all give messages, events or our errors, and the reader goes on with the next message.
import { BoltError, Structure } from "@bolt/packstream";
import { describe, expect, test } from "vitest";
import {
  ClientHandshake,
  HandshakeError,
  MessageReader,
  MessageTooLargeError,
  MessageWriter,
  ServerHandshake,
  UnpackError,
} from "../src/index.ts";
import { chunked, concat, cutAt, fromHex, random, throughOneBuffer } from "./bytes.ts";

const RUNS = 2000;

type Random = ReturnType<typeof random>;

/** Random bytes with many small numbers and markers, so that some form headers and structures. */
function noise(next: Random, length: number): Uint8Array {
  const likely = fromHex("00 00 00 01 02 03 05 b1 b0 71 70 91 81 a1 c0 c9 d0 e0 ff 7f 16 03 60");
  return Uint8Array.from({ length }, () => (next(3) ? likely[next(likely.length)]! : next(256)));
}

function pieces(next: Random, stream: Uint8Array): Iterable<Uint8Array> {
  return throughOneBuffer(
    cutAt(
      stream,
      Array.from({ length: next(12) }, () => next(stream.length + 1)),
    ),
  );
}

/** Reads until more bytes are needed; returns the messages and checks the errors. */
function drain(reader: MessageReader): Structure[] {
  const found: Structure[] = [];
  for (;;) {
    try {
      const message = reader.next();
      if (!message) return found;
      expect(message).toBeInstanceOf(Structure);
      found.push(message);
    } catch (error) {
      if (!(error instanceof UnpackError) && !(error instanceof MessageTooLargeError)) throw error;
      expect(error).toBeInstanceOf(BoltError);
    }
  }
}

describe("message reader", () => {
  test("random bytes as a stream", () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const next = random(seed);
      const reader = new MessageReader({ maxMessageBytes: 200 });
      for (const piece of pieces(next, noise(next, next(300)))) {
        reader.receive(piece);
        drain(reader);
      }
      // An odd number of zeros ends whatever chunk it is in; then it reads on.
      while (reader.midMessage) {
        reader.receive(new Uint8Array(4097));
        drain(reader);
      }
      reader.receive(fromHex("0004 b1719107 0000"));
      expect(drain(reader), `seed ${seed}`).toEqual([new Structure(0x71, [[7]])]);
    }
  });

  test("random bytes as messages: every valid one among them is found", () => {
    const good = fromHex("0004 b1719107 0000");
    for (let seed = 1; seed <= RUNS; seed++) {
      const next = random(seed);
      const frames = Array.from({ length: 6 }, () => chunked(noise(next, 1 + next(40)), 1 + next(20)));
      const reader = new MessageReader({ maxMessageBytes: 30 });
      let found = 0;
      for (const piece of pieces(next, concat(...frames.flatMap((frame) => [frame, good])))) {
        reader.receive(piece);
        found += drain(reader).filter(
          (message) => message.tag === 0x71 && String(message.fields) === "7",
        ).length;
      }
      expect(found, `seed ${seed}`).toBeGreaterThanOrEqual(6);
      expect(reader.midMessage).toBe(false);
    }
  });

  test("changed bytes of real messages", () => {
    const writer = new MessageWriter();
    writer.write(
      new Structure(0x10, ["RETURN $x AS x", { x: [1, 2.5, "é", null, { k: new Uint8Array(9) }] }, {}]),
    );
    writer.write(new Structure(0x3f, [{ n: -1 }]));
    const original = writer.bytesToSend()!;
    for (let seed = 1; seed <= RUNS; seed++) {
      const next = random(seed);
      const stream = original.slice();
      for (let i = next(4); i >= 0; i--) stream[next(stream.length)] = next(256);
      const reader = new MessageReader();
      for (const piece of pieces(next, stream)) {
        reader.receive(piece);
        drain(reader);
      }
    }
  });
});

describe.each([
  ["client", () => new ClientHandshake(), "000001ff 03 00040404 00040405 00020805 00"],
  ["server", () => new ServerHandshake(), "6060b017 000001ff 00080805 00020404 00000003 0000080500"],
])("%s handshake", (_name, create, good) => {
  test("random and changed bytes", () => {
    const original = fromHex(good);
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const next = random(seed);
      const stream = concat(original.slice(0, next(original.length + 1)), noise(next, next(30)));
      if (next(2)) stream[next(stream.length)] = next(256);
      const handshake = create();
      const look = (): void => {
        try {
          if (handshake.nextEvent()) outcomes.add("version");
        } catch (error) {
          if (!(error instanceof HandshakeError)) throw error;
          outcomes.add(error.reason);
        }
        handshake.bytesToSend();
      };
      for (const piece of pieces(next, stream)) {
        handshake.receive(piece);
        look();
      }
      handshake.receiveEof();
      look();
      handshake.takeTrailing();
    }
    expect(outcomes).toContain("version");
    expect(outcomes).toContain("closed");
    expect(outcomes).toContain("not-offered");
    expect(outcomes.size).toBeGreaterThan(4);
  });
});
