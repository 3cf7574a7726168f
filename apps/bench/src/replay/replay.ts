// The server for clients under test: sends prebuilt bytes as fast as a socket takes them, so that only the client is
// measured. Runs in a separate process, speaks only Bolt 5.4, and accepts any login.
import { createServer, type Socket } from "node:net";
import { dataset } from "../data/datasets.ts";
import { expose } from "../measure/worker.ts";
import { END, MORE, type Records, records, runAnswer, success, WRITTEN_END } from "./answers.ts";
import { type Asked, requestOf } from "./requests.ts";
import { Scanner } from "./scanner.ts";

const VERSION = Uint8Array.of(0, 0, 4, 5);
const NOTHING = success();
const GREETING = success({ server: "Neo4j/5.26.0", connection_id: "bolt-1", hints: {} });
const COMMITTED = success({ bookmark: "FB:kcwQ/wTfJf8rS1WY+GiIKXsCXgmQ" });
/** Stop writing while more than this waits in the socket. */
const AHEAD_BYTES = 1 << 20;

class Conversation {
  readonly #socket: Socket;
  readonly #scanner: Scanner;
  #greeted: Uint8Array | undefined = new Uint8Array(0);
  #inTransaction = false;
  // The current result; `#records` is undefined if there are no rows.
  #records: Records | undefined;
  #at = 0;
  #left = 0;
  #end = END;
  // Rows of the current PULL that have not been sent yet.
  #due = 0;
  readonly #waiting: Asked[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#scanner = new Scanner(Infinity, (bytes, start, end) =>
      this.#received(requestOf(bytes, start, end)),
    );
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#data(bytes));
    socket.on("drain", () => this.#pump());
    socket.on("error", () => socket.destroy());
  }

  #data(bytes: Uint8Array): void {
    this.#socket.cork();
    try {
      if (this.#greeted) this.#greet(bytes);
      else this.#scanner.push(bytes);
    } catch (error) {
      process.stderr.write(`replay: ${String(error)}\n`);
      this.#socket.destroy();
    }
    this.#socket.uncork();
  }

  /** Spec: handshake. Ignores an offer of the manifest. */
  #greet(bytes: Uint8Array): void {
    const greeting = new Uint8Array([...this.#greeted!, ...bytes]);
    this.#greeted = greeting;
    if (greeting.length < 20) return;
    this.#greeted = undefined;
    const offers = [4, 8, 12, 16].map((at) => [...greeting.subarray(at, at + 4)]);
    const fits = offers.some(
      ([, range = 0, minor = 0, major]) => major === 5 && minor >= 4 && minor - range <= 4,
    );
    if (!fits) throw new Error("a client that does not offer Bolt 5.4");
    this.#socket.write(VERSION);
    this.#scanner.push(greeting.subarray(20));
  }

  #received(asked: Asked): void {
    if (this.#due > 0) this.#waiting.push(asked);
    else this.#answer(asked);
  }

  #answer(asked: Asked): void {
    const socket = this.#socket;
    switch (asked.name) {
      case "RUN":
        this.#records = asked.dataset && records(asked.dataset);
        this.#end = asked.dataset ? END : WRITTEN_END;
        this.#at = 0;
        this.#left = asked.rows;
        socket.write(runAnswer(asked.dataset ? dataset(asked.dataset).keys : [], this.#inTransaction));
        break;
      case "PULL":
        this.#due = asked.n < 0 ? this.#left : Math.min(asked.n, this.#left);
        if (this.#due === 0) socket.write(this.#end);
        else this.#pump();
        break;
      case "DISCARD":
        this.#left = 0;
        socket.write(this.#end);
        break;
      case "HELLO":
        socket.write(GREETING);
        break;
      case "GOODBYE":
        socket.end();
        break;
      case "COMMIT":
        this.#inTransaction = false;
        socket.write(COMMITTED);
        break;
      default:
        this.#inTransaction = asked.name === "BEGIN" || (asked.name === "other" && this.#inTransaction);
        socket.write(NOTHING);
    }
  }

  /** Sends the rows due for the PULL, as long as the socket takes them. */
  #pump(): void {
    const socket = this.#socket;
    while (this.#due > 0) {
      if (socket.writableLength > AHEAD_BYTES) return;
      const { block, offsets } = this.#records!;
      const perBlock = offsets.length - 1;
      const count = Math.min(this.#due, perBlock - this.#at);
      socket.write(block.subarray(offsets[this.#at], offsets[this.#at + count]));
      this.#at = (this.#at + count) % perBlock;
      this.#due -= count;
      this.#left -= count;
      if (this.#due === 0) {
        socket.write(this.#left > 0 ? MORE : this.#end);
        const next = this.#waiting.splice(0);
        for (const asked of next) this.#received(asked);
      }
    }
  }
}

const server = createServer((socket) => new Conversation(socket));

expose({
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    }),
});
