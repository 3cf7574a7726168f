// The way in: tells by the first bytes what a client speaks, and hands the stream to whoever answers that.
// Bolt becomes a Connection, WebSocket a Connection inside frames, plain HTTP gets its one response.
import { Alarm } from "../clock.ts";
import { Connection } from "../connection.ts";
import { answerHttp } from "./discovery.ts";
import type { Host } from "../host.ts";
import { HeadReader, type RequestHead } from "./http-head.ts";
import type { ByteDuplex, DuplexHandlers } from "../transport/transport.ts";
import { WebSocketDuplex } from "./websocket.ts";
import { answerWebSocket, asksForWebSocket } from "./websocket-handshake.ts";

/** Spec: Bolt handshake specification, the magic. */
const BOLT = [0x60, 0x60, 0xb0, 0x17];
/** After an HTTP response: how long the client may take to read it. */
const LINGER_MS = 5000;

type Speaks = "bolt" | "http" | "nothing known";

/** What the first bytes are; undefined while they can still be several things. */
export function detect(bytes: Uint8Array): Speaks | undefined {
  if (BOLT.every((byte, i) => i >= bytes.length || bytes[i] === byte)) {
    return bytes.length >= BOLT.length ? "bolt" : undefined;
  }
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  const method = ["GET ", "OPTIONS ", "HEAD ", "POST "].find(
    (name) => name.startsWith(start) || start.startsWith(name),
  );
  if (!method) return "nothing known";
  return start.startsWith(method) ? "http" : undefined;
}

export class Door implements DuplexHandlers {
  readonly id: string;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  readonly #closed: (door: Door) => void;
  readonly #openedAt: number;
  readonly #deadline: Alarm;
  #bytes: Uint8Array = new Uint8Array(0);
  #http: HeadReader | undefined;
  /** Who gets the events once it is known what the client speaks. */
  #behind: DuplexHandlers | undefined;
  #connection: Connection | undefined;
  #ending = false;
  #gone = false;
  #reason = "nothing was said";

  constructor(host: Host, id: string, duplex: ByteDuplex, closed: (door: Door) => void) {
    const { clock, limits } = host.config;
    this.id = id;
    this.#host = host;
    this.#duplex = duplex;
    this.#closed = closed;
    this.#openedAt = clock.now();
    this.#deadline = new Alarm(clock, () => duplex.destroy());
    this.#deadline.set(limits.loginTimeoutMs || Infinity);
    duplex.open(this);
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The stream is a WebSocket by a handshake that somebody else has read. */
  upgrade(head: RequestHead, rest: Uint8Array): void {
    this.#safely(() => this.#answerHttp(head, rest));
  }

  data(bytes: Uint8Array): void {
    if (this.#behind) return this.#behind.data(bytes);
    if (!this.#ending) this.#safely(() => this.#knock(bytes));
  }

  drain(): void {
    this.#behind?.drain();
  }

  end(): void {
    if (this.#behind) this.#behind.end();
    else this.#duplex.end();
  }

  close(error?: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#deadline.dispose();
    this.#behind?.close(error);
    this.#closed(this);
  }

  // --- for the server

  drainAndEnd(): void {
    if (this.#connection) this.#connection.drainAndEnd();
    else this.#refuse("the server is closing");
  }

  stop(): void {
    this.#connection?.stop("server-closing", "the server is closing");
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  /** What is there to tell once it is closed. */
  facts(): { reason: string; durationMs: number; bytesReceived: number; bytesSent: number } {
    const { endReason: reason = this.#reason, bytesReceived = 0, bytesSent = 0 } = this.#connection ?? {};
    return { reason, durationMs: this.#host.config.clock.now() - this.#openedAt, bytesReceived, bytesSent };
  }

  // --- what it is

  #knock(bytes: Uint8Array): void {
    if (this.#http) return this.#readHead(bytes);
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
    const speaks = detect(joined);
    if (!speaks) return;
    if (speaks === "bolt") this.#serve(this.#duplex, joined);
    else if (speaks === "http" && this.#speaksHttp()) {
      this.#http = new HeadReader();
      this.#readHead(joined);
    } else this.#refuse("no Bolt");
  }

  #speaksHttp(): boolean {
    const { webSocket, discovery } = this.#host.config;
    return webSocket !== false || discovery !== false;
  }

  #readHead(bytes: Uint8Array): void {
    const read = this.#http!.receive(bytes);
    if (read === null) this.#refuse("no HTTP");
    else if (read) this.#answerHttp(read.head, read.rest);
  }

  #answerHttp(head: RequestHead, rest: Uint8Array): void {
    const { config } = this.#host;
    if (asksForWebSocket(head) && config.webSocket !== false) {
      const { accepted, bytes } = answerWebSocket(head, config.webSocket.origins);
      this.#duplex.write(bytes);
      if (!accepted) return this.#leave("a WebSocket was refused");
      const socket = new WebSocketDuplex(this.#duplex);
      this.#behind = socket.lowerHandlers;
      this.#serve(socket);
      if (rest.length > 0) this.#behind.data(rest);
      return;
    }
    if (config.discovery === false) return this.#refuse("plain HTTP");
    this.#duplex.write(answerHttp(head, config, this.#duplex.info));
    this.#leave("answered plain HTTP");
  }

  #serve(duplex: ByteDuplex, first?: Uint8Array): void {
    this.#deadline.dispose();
    this.#bytes = new Uint8Array(0);
    this.#http = undefined;
    const connection = new Connection(this.#host, this.id, duplex, this.#openedAt);
    this.#connection = connection;
    if (duplex === this.#duplex) this.#behind = connection;
    else duplex.open(connection);
    if (first) connection.data(first);
  }

  /** The response is on its way: closes behind it. */
  #leave(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
    this.#duplex.end();
    this.#deadline.set(LINGER_MS);
  }

  /** What options are made of may throw (`origins` of a header that is no URL): a client must not end the process so. */
  #safely(answer: () => void): void {
    try {
      answer();
    } catch (error) {
      this.#host.config.logger.error?.("a connection has failed", { connection: this.id, error });
      this.#refuse("internal error");
    }
  }

  #refuse(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
    this.#duplex.destroy();
  }
}
