// One client from its first byte to its last: detects what it speaks, and hands over the stream. Bolt becomes a
// Connection, WebSocket a Connection inside frames, plain HTTP gets its one response.
import { Alarm } from "./clock.ts";
import { Connection, LINGER_MS } from "./connection.ts";
import type { Host } from "./host.ts";
import { attempt } from "./maybe-promise.ts";
import type { ByteDuplex, DuplexHandlers } from "./transport/transport.ts";
import { answerHttp } from "./web/discovery.ts";
import { type HttpResponse, readHead, type RequestHead, response } from "./web/http-head.ts";
import { answerWebSocket, asksForWebSocket } from "./web/websocket-handshake.ts";
import { WebSocketDuplex } from "./web/websocket.ts";

/** Spec: Bolt handshake specification, the magic. */
const BOLT = "\x60\x60\xb0\x17";
/** What the first bytes of a client may be. */
const OPENINGS = [BOLT, "GET ", "OPTIONS ", "HEAD ", "POST "];

/** What the first bytes are; undefined while more are needed to tell. */
export function detect(bytes: Uint8Array): "bolt" | "http" | "nothing known" | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  for (const opening of OPENINGS) {
    if (start.startsWith(opening)) return opening === BOLT ? "bolt" : "http";
    if (opening.startsWith(start)) return undefined;
  }
  return "nothing known";
}

export class Incoming implements DuplexHandlers {
  readonly id: string;
  /** Set once the client has turned out to speak Bolt. */
  connection: Connection | undefined;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  /** Called when the connection is gone, before `closed` resolves. */
  readonly #onGone: () => void;
  readonly #openedAt: number;
  readonly #deadline: Alarm;
  /** What has come before it is known what the client speaks. */
  #bytes: Uint8Array = new Uint8Array(0);
  /** Gets the events once it is known what the client speaks. */
  #handlers: DuplexHandlers | undefined;
  #ending = false;
  #resolveClosed!: () => void;
  #reason = "nothing was said";

  constructor(host: Host, id: string, duplex: ByteDuplex, onGone: () => void) {
    const { clock, limits } = host;
    this.id = id;
    this.#host = host;
    this.#duplex = duplex;
    this.#onGone = onGone;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#openedAt = clock.now();
    this.#deadline = new Alarm(clock, () =>
      this.connection ? this.connection.outOfTime() : duplex.destroy(),
    );
    this.#deadline.set(limits.loginTimeoutMs);
    duplex.open(this);
  }

  /** Answers a request for a WebSocket that another HTTP server has read; `rest` came after its head. */
  upgrade(head: RequestHead, rest: Uint8Array): void {
    this.#safely(() => this.#answerHttp(head, rest));
  }

  data(bytes: Uint8Array): void {
    if (this.#handlers) return this.#handlers.data(bytes);
    if (!this.#ending) this.#safely(() => this.#tellApart(bytes));
  }

  drain(): void {
    this.#handlers?.drain();
  }

  end(): void {
    if (this.#handlers) this.#handlers.end();
    else this.#duplex.end();
  }

  close(error?: Error): void {
    this.#handlers?.close(error);
    this.#deadline.dispose();
    this.#onGone();
    this.#resolveClosed();
  }

  // --- for the server

  drainAndEnd(): void {
    if (this.connection) this.connection.drainAndEnd();
    else this.#refuse("the server is closing");
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  /** What to report once it is closed. */
  facts(): { reason: string; durationMs: number; bytesReceived: number; bytesSent: number } {
    const { endReason: reason = this.#reason, bytesReceived = 0, bytesSent = 0 } = this.connection ?? {};
    return { reason, durationMs: this.#host.clock.now() - this.#openedAt, bytesReceived, bytesSent };
  }

  // --- detection

  #tellApart(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
    const speaks = detect(joined);
    if (speaks === "bolt") {
      this.#handlers = this.#serve(this.#duplex);
      this.#handlers.data(joined);
    } else if (speaks === "http") {
      const read = readHead(joined);
      if (read) this.#answerHttp(read.head, read.rest);
      else if (read === null) this.#refuse("no HTTP");
    } else if (speaks) this.#refuse("no Bolt");
  }

  #answerHttp(head: RequestHead, rest: Uint8Array): void {
    const host = this.#host;
    const { webSocket, discovery } = host;
    let answer: HttpResponse;
    if (webSocket !== false && asksForWebSocket(head)) answer = answerWebSocket(head, webSocket.origins);
    else if (discovery !== false) answer = answerHttp(head, host, this.#duplex.info);
    else return this.#refuse("plain HTTP");
    this.#duplex.write(response(...answer));
    const [status] = answer;
    if (status !== 101) return this.#leave(`answered HTTP with ${status}`);
    const socket = new WebSocketDuplex(this.#duplex);
    socket.open(this.#serve(socket));
    this.#handlers = socket.lowerHandlers;
    this.#handlers.data(rest);
  }

  #serve(duplex: ByteDuplex): Connection {
    this.#bytes = new Uint8Array(0);
    this.connection = new Connection(this.#host, this.id, duplex, this.#deadline);
    return this.connection;
  }

  /** The response is on its way: closes after it. */
  #leave(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
    this.#duplex.end();
    this.#deadline.set(LINGER_MS);
  }

  /** Functions given as options may throw (`origins` on a header that is no URL): no client may end the process so. */
  #safely(answer: () => void): void {
    void attempt(answer, (error) => {
      this.#host.logger.error("a connection has failed", { connection: this.id, error });
      this.#refuse("internal error");
    });
  }

  #refuse(reason: string): void {
    this.#ending = true;
    this.#reason = reason;
    this.#duplex.destroy();
  }
}
