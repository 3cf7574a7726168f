// Attacks with the bytes of one connection: in pieces, cut off, false sizes, too deep, out of order.
import { type Attack, expect, inParallel } from "./attack.ts";
import {
  chunk,
  GOODBYE,
  HANDSHAKE,
  HELLO,
  LOGIN,
  logon,
  message,
  pull,
  RawClient,
  REQUESTS,
  RESET,
  run,
} from "./wire.ts";

const dialogue = Buffer.concat([
  LOGIN,
  run(5),
  pull(),
  REQUESTS["BEGIN"]!,
  run(5),
  pull(2),
  REQUESTS["ROLLBACK"]!, // not RESET, which may arrive before or after the PULL is answered
  run(1),
  pull(),
]);

export const byteByByte: Attack = {
  name: "bytes one at a time",
  async run({ port }) {
    const client = await RawClient.open(port, new Uint8Array());
    for (const byte of dialogue) {
      client.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.summaries(10);
    const { replies, records } = client;
    client.destroy();
    expect(replies.length === 10 && !replies.includes("FAILURE"), `wrong answers: ${replies.join(" ")}`);
    return `${dialogue.length} writes, ${replies.length} answers, ${records} rows`;
  },
};

export const cutEverywhere: Attack = {
  name: "cut at every byte",
  async run(target) {
    await inParallel(dialogue.length, 20, async (cut) => {
      const client = await RawClient.open(target.port, dialogue.subarray(0, cut));
      if (cut % 2) client.socket.end();
      else setImmediate(() => client.socket.resetAndDestroy());
      await client.end();
    });
    const { connections, transactions, openResults } = await target.calm();
    expect(
      connections + transactions + openResults === 0,
      `left behind: ${connections} ${transactions} ${openResults}`,
    );
    return `${dialogue.length} connections, half by RST; nothing left open`;
  },
};

/** The requests that lead into each state. */
const STATES: Readonly<Record<string, Buffer[]>> = {
  NEGOTIATION: [],
  AUTHENTICATION: [HELLO],
  READY: [HELLO, logon()],
  STREAMING: [HELLO, logon(), run(5)],
  TX_READY: [HELLO, logon(), REQUESTS["BEGIN"]!],
  TX_STREAMING: [HELLO, logon(), REQUESTS["BEGIN"]!, run(5)],
  FAILED: [HELLO, logon(), message(0x10, 1, {}, {})],
};

export const everyMessageInEveryState: Attack = {
  name: "every message in every state",
  async run(target) {
    const cases = Object.entries(STATES).flatMap(([state, way]) =>
      Object.entries(REQUESTS).map(([name, bytes]) => ({ state, way, name, bytes })),
    );
    const count: Record<string, number> = { SUCCESS: 0, FAILURE: 0, IGNORED: 0, closed: 0 };
    await inParallel(cases.length, 10, async (at) => {
      const { state, way, name, bytes } = cases[at]!;
      const client = await RawClient.open(target.port, Buffer.concat([HANDSHAKE, ...way, bytes]));
      await client.summaries(way.length + 1);
      if (client.replies.length <= way.length) await client.end();
      const answer = client.replies[way.length] ?? "closed";
      count[answer]!++;
      const early = state === "NEGOTIATION" || state === "AUTHENTICATION";
      if (early && !/HELLO|LOGON|GOODBYE/.test(name))
        expect(answer === "FAILURE", `${name} in ${state}: ${answer}`);
      client.destroy();
    });
    expect((await target.calm()).transactions === 0, "a transaction is left");
    const figures = Object.entries(count).map(([answer, times]) => `${times} ${answer}`);
    return `${cases.length} cases: ${figures.join(", ")}`;
  },
};

/** A parameter in a RUN, given as bytes. */
const withParameter = (value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0xb3, 0x10, 0x81, 0x31, 0xa1, 0x81, 0x78]), value, Buffer.from([0xa0])]);

const LIES: Readonly<Record<string, string>> = {
  "list of 2^32-1": "d6ffffffff",
  "list of 2^31-1": "d67fffffff",
  "map of 2^31-1": "da7fffffff",
  "string of 2^31-1": "d27fffffff",
  "bytes of 2^31-1": "ce7fffffff",
  "string of 200 in 0": "d0c8",
  "structure of 15 fields": "bf4e",
};

export const lyingSizes: Attack = {
  name: "sizes that lie",
  async run(target) {
    const before = await target.figures();
    let refused = 0;
    for (const lie of Object.values(LIES)) {
      const client = await RawClient.loggedIn(target.port);
      for (let i = 0; i < 100; i++) client.send(chunk(withParameter(Buffer.from(lie, "hex"))), RESET);
      await client.summaries(202);
      refused += client.replies.slice(2).filter((reply) => reply === "FAILURE").length;
      client.destroy();
    }
    const { usedBytes } = await target.calm();
    const expected = 100 * Object.keys(LIES).length;
    expect(refused === expected, `${refused} of ${expected} refused`);
    expect(usedBytes - before.usedBytes < 8 * 2 ** 20, "memory was taken for what was only announced");
    return `${refused} of ${expected} refused, connection usable after each`;
  },
};

export const deepNesting: Attack = {
  name: "100,000-deep nesting",
  async run({ port }) {
    const depth = 100_000;
    const body = withParameter(Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0x01])]));
    const chunks: Buffer[] = [];
    for (let at = 0; at < body.length; at += 65_535) {
      const part = body.subarray(at, at + 65_535);
      chunks.push(Buffer.from([part.length >> 8, part.length & 255]), part);
    }
    chunks.push(Buffer.alloc(2));
    const client = await RawClient.loggedIn(port);
    const times = 20;
    const start = performance.now();
    for (let i = 0; i < times; i++) client.send(...chunks, RESET);
    await client.summaries(2 + 2 * times);
    const took = performance.now() - start;
    const failures = client.replies.filter((reply) => reply === "FAILURE").length;
    client.send(GOODBYE);
    expect(failures === times, `${failures} of ${times} refused`);
    expect(await client.end(), "no end after GOODBYE");
    return `${times} of ${times} refused, ${(took / times).toFixed(2)} ms each, connection usable`;
  },
};
