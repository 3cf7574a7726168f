// Any bytes at all yield events or one of our errors, on both ends, and nothing else.
import { BoltError } from "@bolt/framing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConnectionPair } from "./connection-pair.ts";
import { connections, recordings } from "./recordings.ts";

const VERSIONS = ["1", "3", "4.4", "5.4", "6.1"];

function drain(
  end: { receive(bytes: Uint8Array): void; nextEvent(): unknown; bytesToSend(): unknown },
  bytes: Uint8Array,
): void {
  end.receive(bytes);
  try {
    for (let left = 1000; end.nextEvent() && left > 0; left--);
  } catch (error) {
    if (!(error instanceof BoltError)) throw error;
  }
  end.bytesToSend();
}

const version = fc.constantFrom(...VERSIONS);
const bytes = fc.uint8Array({ maxLength: 200 });
/** Bytes that look like messages: one chunk that begins with the header of a known message. */
const message = fc
  .tuple(
    fc.constantFrom(0x70, 0x71, 0x7e, 0x7f, 0x01, 0x02, 0x0f, 0x10, 0x11, 0x2f, 0x3f, 0x66, 0x6a, 0x6b, 0x54),
    fc.integer({ min: 0, max: 3 }),
    bytes,
  )
  .map(([tag, size, body]) => Uint8Array.of(0, body.length + 2, 0xb0 | size, tag, ...body, 0, 0));

test("random bytes and random messages, before and after the login", () => {
  fc.assert(
    fc.property(
      version,
      fc.array(fc.oneof(bytes, message), { maxLength: 6 }),
      fc.boolean(),
      (bolt, pieces, login) => {
        const pair = login ? ConnectionPair.ready(bolt) : new ConnectionPair(bolt);
        pair.client.bytesToSend();
        if (login) {
          pair.client.run("RETURN 1");
          pair.client.pull();
          pair.client.bytesToSend();
        }
        for (const piece of pieces) {
          drain(pair.client, piece);
          drain(pair.server, piece);
        }
        expect(["DEFUNCT", "DISCONNECTED"].includes(pair.client.state) || pair.client.version).toBeTruthy();
      },
    ),
    { seed: 4711, numRuns: 1500 },
  );
});

test("recorded server bytes with one byte changed", () => {
  const [recording] = recordings("main").filter(({ bolt }) => bolt === "5.4");
  const steps = [...connections(recording!).values()][0]!.filter(({ server }) => server.length > 8);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, where, flip) => {
      const server = steps[which % steps.length]!.server.slice();
      server[where % server.length]! ^= flip;
      const { client } = ConnectionPair.ready("5.4");
      client.run("RETURN 1");
      client.pull();
      drain(client, server);
    }),
    { seed: 1848, numRuns: 1500 },
  );
});
