// Drives servers: raw sockets that send prebuilt requests, several at once, and look only for the ends of the answers.
// It is a separate process, so that its CPU time does not count for the server.
import { connect, type Socket } from "node:net";
import { answerOf, plainValue } from "../clients/raw-answers.ts";
import { HELLO, query, VERSION_BYTES } from "../clients/raw-bytes.ts";
import { RowCheck } from "../data/check.ts";
import { dataset, type DatasetName, queryText } from "../data/datasets.ts";
import { type Cost, expose } from "../measure/worker.ts";
import { Scanner } from "../replay/scanner.ts";

export interface LoadSetup {
  readonly port: number;
  readonly connections: number;
  /** Queries in flight on each connection. */
  readonly depth: number;
  readonly dataset: DatasetName;
  readonly rows: number;
  /** The server does not speak Bolt: no handshake, just requests. */
  readonly plain?: boolean | undefined;
}

const RECORD = 0x71;
/** Summaries per query: SUCCESS for RUN and SUCCESS for PULL. */
const SUMMARIES = 2;
const READ_BYTES = 65_536;

let setup: LoadSetup;
let request: Uint8Array;
let lines: Line[] = [];
let received = 0;

/** One connection: sends a batch, waits for all its answers, then sends the next while there is work left. */
class Line {
  readonly #socket: Socket;
  readonly #scanner: Scanner;
  #skip = 0;
  #summaries = 0;
  #done: () => void = () => {};
  /** Copies of all received bytes while this is set. */
  kept: Uint8Array[] | undefined;

  constructor(port: number) {
    this.#scanner = new Scanner(2, (bytes, start) => {
      if (bytes[start + 1] === RECORD) return;
      if (bytes[start + 1] !== 0x70)
        throw new Error(`the server answers 0x${bytes[start + 1]!.toString(16)}`);
      if (--this.#summaries === 0) this.#done();
    });
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      onread: {
        buffer: new Uint8Array(READ_BYTES),
        callback: (count, buffer) => {
          this.#data(buffer.subarray(0, count));
          return true;
        },
      },
    });
    this.#socket.setNoDelay(true);
  }

  #data(bytes: Uint8Array): void {
    received += bytes.length;
    const skip = Math.min(this.#skip, bytes.length);
    this.#skip -= skip;
    const rest = bytes.subarray(skip);
    this.kept?.push(new Uint8Array(rest));
    if (rest.length > 0) this.#scanner.push(rest);
  }

  login(): Promise<void> {
    this.#skip = VERSION_BYTES;
    return new Promise((resolve) => this.#send(HELLO, SUMMARIES, resolve));
  }

  /** Sends `batch` repeatedly until `more` returns false. */
  work(batch: Uint8Array, summaries: number, more: () => boolean, idle: () => void): void {
    const next = (): void => {
      if (more()) this.#send(batch, summaries, next);
      else idle();
    };
    next();
  }

  #send(bytes: Uint8Array, summaries: number, done: () => void): void {
    this.#summaries = summaries;
    this.#done = done;
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function open(given: LoadSetup): Promise<void> {
  for (const line of lines) line.close();
  setup = given;
  request = query(queryText(setup.dataset, setup.rows), -1);
  lines = Array.from({ length: setup.connections }, () => new Line(setup.port));
  if (!setup.plain) await Promise.all(lines.map((line) => line.login()));
}

function run(ops: number): Promise<number> {
  const { depth } = setup;
  const batch = Buffer.concat(Array.from({ length: depth }, () => request));
  let asked = 0;
  let working = lines.length;
  const more = (): boolean => {
    if (asked >= ops) return false;
    asked += depth;
    return true;
  };
  return new Promise((resolve) => {
    const idle = (): void => {
      if (--working === 0) resolve(asked);
    };
    for (const line of lines) line.work(batch, SUMMARIES * depth, more, idle);
  });
}

/** One request and its answer, of which every value has been checked. */
async function check(): Promise<{ request: Uint8Array; answer: Uint8Array }> {
  const [line] = lines;
  const kept: Uint8Array[] = (line!.kept = []);
  let left = 1;
  await new Promise<void>((resolve) => line!.work(request, SUMMARIES, () => left-- > 0, resolve));
  line!.kept = undefined;
  const answer = Buffer.concat(kept);
  const data = dataset(setup.dataset);
  const rows = new RowCheck(data);
  for (const row of answerOf(answer)) rows.row(row.map(plainValue));
  rows.end(setup.rows);
  return { request, answer };
}

expose({
  open,
  check,
  /** Wall time only; CPU time has to be read from the server's process. */
  slice: async (ops: number): Promise<Cost> => {
    const start = process.hrtime.bigint();
    received = 0;
    const asked = await run(ops);
    return { ops: asked, cpuUs: 0, wallUs: Number(process.hrtime.bigint() - start) / 1000, bytes: received };
  },
  close: () => {
    for (const line of lines) line.close();
  },
});
