// Whatever the values, the chunk sizes and the fragmentation, the same messages come out.
import { Structure, unpack } from "@bolt/packstream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BoltVersion,
  ClientHandshake,
  HandshakeError,
  MessageReader,
  MessageWriter,
  SUPPORTED_VERSIONS,
  ServerHandshake,
} from "../src/index.ts";
import { chunked, concat, cutAt, throughOneBuffer } from "./bytes.ts";

const settings = { seed: 20_240_607, numRuns: 200 };

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true }).filter((number) => !Number.isSafeInteger(number) || Object.is(number, -0)),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 8 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 6, noNullPrototype: true }),
    fc
      .tuple(fc.integer({ min: 0, max: 127 }), fc.array(tie("value"), { maxLength: 4 }))
      .map(([tag, fields]) => new Structure(tag, fields)),
  ),
}));

const message = fc
  .tuple(fc.integer({ min: 0, max: 127 }), fc.array(value, { maxLength: 5 }))
  .map(([tag, fields]) => new Structure(tag, fields));

/** Where to cut a stream, as fractions of its length. */
const cutting = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

function pieces(stream: Uint8Array, fractions: readonly number[]): Iterable<Uint8Array> {
  return throughOneBuffer(
    cutAt(
      stream,
      fractions.map((fraction) => Math.floor(fraction * stream.length)),
    ),
  );
}

function readAll(parts: Iterable<Uint8Array>): { messages: Structure[]; noops: number } {
  const reader = new MessageReader();
  const messages: Structure[] = [];
  for (const part of parts) {
    reader.receive(part);
    for (let next; (next = reader.next());) messages.push(next);
  }
  expect([reader.midMessage, reader.pendingBytes]).toEqual([false, 0]);
  return { messages, noops: reader.noops };
}

describe("messages", () => {
  test("written messages are read back, with any cuts and NOOPs", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, fc.nat({ max: 2 })), { maxLength: 12 }),
        cutting,
        (list, fractions) => {
          const writer = new MessageWriter();
          let noops = 0;
          for (const [each, before] of list) {
            for (let i = 0; i < before; i++) writer.noop();
            noops += before;
            writer.write(each);
          }
          const stream = writer.bytesToSend() ?? new Uint8Array(0);
          const read = readAll(pieces(stream, fractions));
          expect(read.messages).toEqual(list.map(([each]) => each));
          expect(read.noops).toBe(noops);
        },
      ),
      settings,
    );
  });

  test("chunk sizes never change a message", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, fc.integer({ min: 1, max: 40 })), { maxLength: 6 }),
        cutting,
        (list, fractions) => {
          const stream = concat(
            ...list.map(([each, size]) => {
              const writer = new MessageWriter();
              writer.write(each);
              const frame = writer.bytesToSend()!;
              return chunked(frame.subarray(2, -2), size);
            }),
          );
          expect(readAll(pieces(stream, fractions)).messages).toEqual(list.map(([each]) => each));
        },
      ),
      settings,
    );
  });

  test("large messages are read back too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 65_000, max: 200_000 }), cutting, (length, fractions) => {
        const writer = new MessageWriter();
        const text = "0123456789".repeat(length / 10);
        writer.write(new Structure(0x71, [[text]]));
        writer.write(new Structure(0x70, [{}]));
        const { messages } = readAll(pieces(writer.bytesToSend()!, fractions));
        expect(messages.length).toBe(2);
        expect(JSON.stringify(messages[0]!.fields) === JSON.stringify([[text]])).toBe(true);
      }),
      { ...settings, numRuns: 30 },
    );
  });

  test("messageBytes is what was packed", () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 40 }), cutting, (each, size, fractions) => {
        const writer = new MessageWriter();
        writer.write(each);
        const payload = writer.bytesToSend()!.slice(2, -2);
        const reader = new MessageReader();
        let seen = 0;
        for (const part of pieces(chunked(payload, size), fractions)) {
          reader.receive(part);
          while (reader.advance() >= 0) {
            seen++;
            expect(reader.messageBytes()).toEqual(payload);
            expect(unpack(reader.messageBytes())).toEqual(each);
          }
        }
        expect(seen).toBe(1);
      }),
      settings,
    );
  });
});

describe("handshake between our own two sides", () => {
  const versions = fc.uniqueArray(fc.constantFrom(...SUPPORTED_VERSIONS.map(String)), {
    minLength: 1,
    maxLength: 10,
  });

  test("agrees on a version that both want, or fails with no-common-version", () => {
    fc.assert(
      fc.property(
        versions,
        versions,
        fc.constantFrom(true, false, "auto" as const),
        cutting,
        (ours, theirs, manifest, fractions) => {
          const client = new ClientHandshake({ versions: ours, manifest });
          const server = new ServerHandshake({ versions: theirs });
          const common = ours.filter((version) => theirs.includes(version));
          const outcome: (string | undefined)[] = [];
          for (const [from, to] of [
            [client, server],
            [server, client],
            [client, server],
          ] as const) {
            for (const part of pieces(from.bytesToSend() ?? new Uint8Array(0), fractions)) to.receive(part);
          }
          for (const side of [client, server]) {
            try {
              outcome.push(side.nextEvent()?.toString());
            } catch (error) {
              if (!(error instanceof HandshakeError)) throw error;
              outcome.push(error.reason);
            }
          }
          expect(client.manifest).toBe(outcome[0] !== "no-common-version" && server.manifest);
          if (outcome[0] === "no-common-version") {
            expect(outcome[1]).toBe("no-common-version");
            // Only a version that had no slot may be missed.
            const offered = client.plan.offered.map(String);
            expect(
              common.filter((version) => offered.includes(version) && BoltVersion.parse(version).major < 6),
            ).toEqual([]);
          } else {
            expect(outcome[1]).toBe(outcome[0]);
            expect(common).toContain(outcome[0]);
          }
        },
      ),
      { ...settings, numRuns: 1000 },
    );
  });
});
