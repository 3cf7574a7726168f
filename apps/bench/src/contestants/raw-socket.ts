// A bare socket in the place of a client: sends the same requests, and counts the bytes that come. What it
// needs is what no client can save.
import { connect, type Socket } from "node:net";
import type { ClientSetup, ClientWork } from "../clients/client.ts";
import { HELLO, query } from "../clients/raw-bytes.ts";
import { same } from "../data/check.ts";
import { dataset, queryText } from "../data/datasets.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";
import { END, recordBytes, records, runAnswer, success } from "../replay/answers.ts";

const READ_BYTES = 65_536;

let socket: Socket | undefined;
let due = 0;
let arrived: () => void = () => {};
let request: Uint8Array;
let answerBytes = 0;
let opsOfRequest = 1;

async function open({ port, work, rows }: ClientSetup): Promise<void> {
  const asked = askedOf(work, rows);
  request = query(asked.text, -1);
  opsOfRequest = asked.rows;
  answerBytes =
    runAnswer(dataset(asked.dataset).keys, false).length +
    recordBytes(records(asked.dataset), asked.rows) +
    END.length;
  socket?.destroy();
  const opened = (socket = connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer: new Uint8Array(READ_BYTES),
      callback: (count) => {
        due -= count;
        if (due <= 0) arrived();
        return true;
      },
    },
  }));
  opened.setNoDelay(true);
  const greeting = success({ server: "Neo4j/5.26.0", connection_id: "bolt-1", hints: {} });
  await exchange(HELLO, 4 + greeting.length + success().length);
}

function askedOf(work: ClientWork, rows: number | undefined) {
  if (work.kind === "stream") {
    const perQuery = rows ?? dataset(work.dataset).perQuery;
    return { dataset: work.dataset, rows: perQuery, text: queryText(work.dataset, perQuery) };
  }
  return { dataset: "one" as const, rows: 1, text: queryText("one", 1) };
}

function exchange(bytes: Uint8Array, answer: number): Promise<void> {
  return new Promise((resolve) => {
    due = answer;
    arrived = resolve;
    socket!.write(bytes);
  });
}

/** Callbacks only: a promise for each exchange would be a cost of its own. */
function run(ops: number): Promise<number> {
  return new Promise((resolve) => {
    let done = 0;
    const next = (): void => {
      if (done >= ops) return resolve(done);
      done += opsOfRequest;
      due = answerBytes;
      socket!.write(request);
    };
    arrived = next;
    next();
  });
}

expose({
  open,
  check: async () => {
    await run(opsOfRequest);
    // Nothing may be left over.
    await new Promise((resolve) => setTimeout(resolve, 20));
    same(due, 0, "bytes due");
  },
  slice: (ops: number): Promise<Cost> => cost(() => run(ops)),
});
