// Only the layer between bytes and messages: handshakes, and extracting messages from chunks as a socket delivers them.
// Ours, and the one inside the official driver, which is not part of its public API.
import { createRequire } from "node:module";
import { ClientHandshake, Dechunker, ServerHandshake } from "@bolt/framing";
import { same } from "../data/check.ts";
import { type DatasetName } from "../data/datasets.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";
import { records } from "../replay/answers.ts";

export interface FramingSetup {
  readonly what: "handshake" | "dechunk";
  readonly of: "@bolt/framing" | "neo4j-driver";
  readonly dataset: DatasetName;
}

/** What a socket delivers at once; its boundaries fall inside messages. */
const PIECE_BYTES = 65_536;

let once: () => number;
let expected = 1;

function open({ what, of, dataset }: FramingSetup): void {
  if (what === "handshake") {
    once = handshake;
    return;
  }
  const { block, offsets } = records(dataset);
  expected = offsets.length - 1;
  const pieces: Buffer[] = [];
  for (let at = 0; at < block.length; at += PIECE_BYTES)
    pieces.push(Buffer.from(block.subarray(at, at + PIECE_BYTES)));
  once = of === "@bolt/framing" ? dechunk(pieces) : dechunkNeo4j(pieces);
}

/** Both sides of a handshake, from the offer to the agreement. */
function handshake(): number {
  const client = new ClientHandshake();
  const server = new ServerHandshake();
  let agreed: unknown;
  let heard: unknown;
  for (let i = 0; i < 4; i++) {
    const offer = client.bytesToSend();
    if (offer) server.receive(offer);
    agreed ??= server.nextEvent();
    const answer = server.bytesToSend();
    if (answer) client.receive(answer);
    heard ??= client.nextEvent();
  }
  if (!agreed || !heard) throw new Error("no agreement");
  return 1;
}

function dechunk(pieces: readonly Uint8Array[]): () => number {
  const dechunker = new Dechunker();
  return () => {
    let messages = 0;
    for (const piece of pieces) {
      dechunker.receive(piece);
      while (dechunker.next()) messages++;
    }
    return messages;
  };
}

function dechunkNeo4j(pieces: readonly Buffer[]): () => number {
  const require = createRequire(createRequire(import.meta.url).resolve("neo4j-driver"));
  const { alloc, Dechunker: Theirs } = require("neo4j-driver-bolt-connection/lib/channel") as {
    alloc(bytes: Buffer): unknown;
    Dechunker: new () => { onmessage: (message: unknown) => void; write(piece: unknown): void };
  };
  const dechunker = new Theirs();
  let messages = 0;
  dechunker.onmessage = () => {
    messages++;
  };
  return () => {
    messages = 0;
    for (const piece of pieces) dechunker.write(alloc(piece));
    return messages;
  };
}

expose({
  open,
  check: () => same(once(), expected, "messages"),
  slice: (ops: number): Promise<Cost> =>
    cost(() => {
      let done = 0;
      while (done < ops) done += once();
      return Promise.resolve(done);
    }),
});
