// The least that any client costs: bare sockets that send the same requests and only count the bytes that arrive.
import { connect, type Socket } from "node:net";
import { type ClientSetup, type ClientWork, SESSIONS } from "../clients/client.ts";
import { HELLO, query } from "../clients/raw-bytes.ts";
import { same } from "../data/check.ts";
import { dataset, type DatasetName, queryText } from "../data/datasets.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";
import { END, recordBytes, records, runAnswer, success } from "../replay/answers.ts";

const READ_BYTES = 65_536;
const GREETING_BYTES =
  4 + success({ server: "Neo4j/5.26.0", connection_id: "bolt-1", hints: {} }).length + success().length;

class Line {
  readonly #socket: Socket;
  /** Bytes still to arrive. */
  due = 0;
  #arrived: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      onread: {
        buffer: new Uint8Array(READ_BYTES),
        callback: (count) => {
          this.due -= count;
          if (this.due <= 0) this.#arrived();
          return true;
        },
      },
    });
    this.#socket.setNoDelay(true);
  }

  /** Uses callbacks, because a promise for each exchange would add to the cost. */
  exchange(request: Uint8Array, answer: number, arrived: () => void): void {
    this.due = answer;
    this.#arrived = arrived;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }
}

let lines: Line[] = [];
let request: Uint8Array;
let answerBytes = 0;
let opsOfRequest = 1;

async function open({ port, work, rows: wanted }: ClientSetup): Promise<void> {
  for (const line of lines) line.close();
  const name: DatasetName = work.kind === "stream" ? work.dataset : "one";
  const rows = wanted ?? dataset(name).perQuery;
  opsOfRequest = work.kind === "stream" ? rows : 1;
  request = query(queryText(name, opsOfRequest), -1);
  answerBytes =
    runAnswer(dataset(name).keys, false).length + recordBytes(records(name), opsOfRequest) + END.length;
  lines = Array.from({ length: linesOf(work) }, () => new Line(port));
  const greeted = lines.map(
    (line) => new Promise<void>((resolve) => line.exchange(HELLO, GREETING_BYTES, resolve)),
  );
  await Promise.all(greeted);
}

const linesOf = (work: ClientWork): number =>
  work.kind === "requests" && work.how === "sessions" ? SESSIONS : 1;

function run(ops: number): Promise<number> {
  return new Promise((resolve) => {
    let asked = 0;
    let working = lines.length;
    const work = (line: Line): void => {
      const next = (): void => {
        if (asked < ops) {
          asked += opsOfRequest;
          line.exchange(request, answerBytes, next);
        } else if (--working === 0) resolve(asked);
      };
      next();
    };
    for (const line of lines) work(line);
  });
}

expose({
  open,
  check: async () => {
    await run(lines.length * opsOfRequest);
    // No more bytes may arrive.
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const line of lines) same(line.due, 0, "bytes due");
  },
  slice: (ops: number): Promise<Cost> => cost(() => run(ops)),
});
