// Raw Bolt: messages as bytes, and a socket that follows no rules. Replies are told apart by their tags.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { pack, Structure } from "@bolt/protocol";

/** Encodes one message in one chunk. */
export function message(tag: number, ...fields: unknown[]): Buffer {
  return chunk(pack(new Structure(tag, fields)));
}

export function chunk(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body, Buffer.alloc(2)]);
}

/** A handshake that offers only 5.4. */
export const HANDSHAKE = Buffer.from("6060b01700000405000000000000000000000000", "hex");
export const HELLO = message(0x01, { user_agent: "hostile/1", bolt_agent: { product: "hostile/1" } });
export const logon = (credentials = "secret"): Buffer =>
  message(0x6a, { scheme: "basic", principal: "mallory", credentials });
export const LOGIN = Buffer.concat([HANDSHAKE, HELLO, logon()]);
export const run = (rows: number, extra = {}): Buffer => message(0x10, String(rows), {}, extra);
export const pull = (n = -1): Buffer => message(0x3f, { n });
export const RESET = message(0x0f);
export const GOODBYE = message(0x02);

/** All requests of 5.4, well-formed. */
export const REQUESTS: Readonly<Record<string, Buffer>> = {
  HELLO,
  LOGON: logon(),
  LOGOFF: message(0x6b),
  RUN: run(5),
  PULL: pull(1),
  DISCARD: message(0x2f, { n: 1 }),
  BEGIN: message(0x11, {}),
  COMMIT: message(0x12),
  ROLLBACK: message(0x13),
  RESET,
  ROUTE: message(0x66, {}, [], {}),
  TELEMETRY: message(0x54, 0),
  GOODBYE,
};

const SUMMARIES = new Map([
  [0x70, "SUCCESS"],
  [0x7e, "IGNORED"],
  [0x7f, "FAILURE"],
]);

export class RawClient {
  readonly socket: Socket;
  /** Number of summaries so far. */
  readonly replies: string[] = [];
  records = 0;
  closed = false;
  /** Called after bytes have arrived. */
  #changed: () => void = () => {};
  #bytes: Buffer = Buffer.alloc(0);
  #isVersionRead = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
      this.#changed();
    });
    this.socket.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  static async open(port: number, first: Uint8Array = LOGIN): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, "connect");
    if (first.length > 0) client.socket.write(first);
    return client;
  }

  /** Opens a client that is logged in. */
  static async loggedIn(port: number): Promise<RawClient> {
    const client = await RawClient.open(port);
    await client.summaries(2);
    return client;
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.closed) this.socket.write(Buffer.concat(parts));
  }

  /** Resolves when this many summaries have arrived in total, or the server has closed. Rejects after `ms`. */
  async summaries(count: number, ms = 30_000): Promise<void> {
    await this.#until(() => this.replies.length >= count || this.closed, ms);
  }

  /** Resolves with true when the server has closed, with false when it has not within `ms`. */
  async end(ms = 10_000): Promise<boolean> {
    await this.#until(() => this.closed, ms).catch(() => {});
    return this.closed;
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until(done: () => boolean, ms: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing arrived for ${ms} ms`)), ms);
      this.#changed = () => {
        if (!done()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #read(bytes: Buffer): void {
    let rest = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, bytes]) : bytes;
    if (!this.#isVersionRead && rest.length >= 4) {
      this.#isVersionRead = true;
      rest = rest.subarray(4);
    }
    while (this.#isVersionRead && rest.length >= 2) {
      const size = rest.readUInt16BE();
      if (size === 0) {
        rest = rest.subarray(2);
        continue;
      }
      if (rest.length < size + 4) break;
      const name = SUMMARIES.get(rest[3]!);
      if (name) this.replies.push(name);
      else this.records++;
      rest = rest.subarray(size + 4);
    }
    // A copy: a slice would hold the socket's whole buffer.
    this.#bytes = Buffer.from(rest);
    this.#changed();
  }
}
