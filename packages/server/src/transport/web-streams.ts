// Streams of the web platform as a ByteDuplex: a pair of WHATWG streams (Deno, Workers, WebTransport) and a
// WebSocket that another server has accepted (Deno.upgradeWebSocket, WebSocketPair, the ws package).
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";

/** A pair of WHATWG streams of bytes. */
export interface StreamPair {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** The part of the standard WebSocket that is used here. */
export interface WebSocketLike {
  binaryType?: string;
  readonly bufferedAmount?: number;
  readonly readyState?: number;
  addEventListener(type: string, listener: (event: never) => void): void;
  // A Uint8Array<ArrayBuffer>, written so that TypeScript before 5.7 understands it, too.
  send(bytes: ReturnType<Uint8ArrayConstructor["of"]>): void;
  close(code?: number, reason?: string): void;
}

const asError = (reason: unknown): Error | undefined =>
  reason === undefined || reason instanceof Error ? reason : new Error(String(reason));

export class WebStreamsDuplex implements ByteDuplex {
  readonly info: DuplexInfo;
  bufferedBytes = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #handlers: DuplexHandlers | undefined;
  #reading = false;
  #paused = false;
  #closed = false;

  constructor(streams: StreamPair, info: DuplexInfo) {
    this.info = info;
    this.#reader = streams.readable.getReader();
    this.#writer = streams.writable.getWriter();
    this.#writer.closed.then(
      () => this.#close(undefined),
      (reason) => this.#close(reason),
    );
  }

  open(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
    void this.#read();
  }

  write(bytes: Uint8Array): void {
    this.bufferedBytes += bytes.length;
    this.#writer.write(bytes).then(
      () => {
        this.bufferedBytes -= bytes.length;
        if (this.bufferedBytes === 0) this.#handlers?.drain();
      },
      () => {}, // reported by writer.closed
    );
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    void this.#read();
  }

  end(): void {
    this.#writer.close().catch(() => {});
    this.#reader.cancel().catch(() => {});
  }

  destroy(): void {
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
    this.#close(undefined);
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && !this.#closed) {
        const { done, value } = await this.#reader.read();
        if (this.#closed) return;
        if (done) return this.#handlers?.end();
        this.#handlers?.data(value);
      }
      this.#reading = false;
    } catch (reason) {
      this.#close(reason);
    }
  }

  #close(reason: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    queueMicrotask(() => this.#handlers?.close(asError(reason)));
  }
}

/** `readyState` of a WebSocket that has closed. */
const CLOSED = 3;
/** How often to check whether a WebSocket has sent what it buffered: it has no event for that. */
const POLL_MS = 20;

export class WebSocketLikeDuplex implements ByteDuplex {
  readonly info: DuplexInfo;
  readonly #socket: WebSocketLike;
  #handlers: DuplexHandlers | undefined;
  #polling = false;

  constructor(socket: WebSocketLike, info: DuplexInfo) {
    this.info = { transport: "websocket", ...info };
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
  }

  open(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
    const gone = (): void => handlers.close();
    this.#socket.addEventListener("message", ({ data }: { data: unknown }) => {
      // A text frame has no place in Bolt; what follows it is dropped by the WebSocket.
      if (data instanceof ArrayBuffer) handlers.data(new Uint8Array(data));
      else this.#socket.close(1003);
    });
    this.#socket.addEventListener("close", gone);
    this.#socket.addEventListener("error", () => {});
    // If it was closed before it was handed over, it has no more events.
    if (this.#socket.readyState === CLOSED) queueMicrotask(gone);
  }

  write(bytes: Uint8Array): void {
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
    if (this.bufferedBytes > 0 && !this.#polling) this.#poll();
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  // A WebSocket cannot be paused; the connection drops a client that goes on sending regardless.
  pause(): void {}
  resume(): void {}

  end(): void {
    this.#socket.close(1000);
  }

  destroy(): void {
    this.#socket.close(1011);
  }

  #poll(): void {
    this.#polling = true;
    setTimeout(() => {
      // What it had not sent when it closed stays in bufferedAmount forever.
      if (this.#socket.readyState === CLOSED) return;
      this.#polling = false;
      if (this.bufferedBytes > 0) this.#poll();
      else this.#handlers?.drain();
    }, POLL_MS);
  }
}
