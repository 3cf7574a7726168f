// A WebSocket, after its opening handshake, as a ByteDuplex over another one. One write is one frame:
// browsers' drivers read a handshake reply out of one message.
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "../transport/transport.ts";
import { BINARY, closeFrame, frame, FrameReader, NORMAL, PONG } from "./websocket-frames.ts";

/** No pong is sent while more than this is queued: a peer that asks for pongs may not read them. */
const MAX_PONG_BACKLOG_BYTES = 65_536;

export class WebSocketDuplex implements ByteDuplex {
  readonly info: DuplexInfo;
  /** Takes the events of the lower duplex; whoever opened that passes them on. */
  readonly lowerHandlers: DuplexHandlers;
  readonly #lower: ByteDuplex;
  #handlers!: DuplexHandlers;
  #closing = false;

  constructor(lower: ByteDuplex) {
    this.#lower = lower;
    this.info = { ...lower.info, transport: "websocket" };
    const frames = new FrameReader({
      data: (bytes) => this.#handlers.data(bytes),
      ping: (payload) => this.#pong(payload),
      close: (code) => this.#closed(code),
    });
    this.lowerHandlers = {
      data: (bytes) => {
        if (!this.#closing) frames.receive(bytes);
      },
      drain: () => this.#handlers.drain(),
      // Without a closing handshake, as most programs leave.
      end: () => this.#handlers.end(),
      close: (error) => this.#handlers.close(error),
    };
  }

  open(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    if (!this.#closing) this.#lower.write(frame(BINARY, bytes));
  }

  get bufferedBytes(): number {
    return this.#lower.bufferedBytes;
  }

  pause(): void {
    this.#lower.pause();
  }

  resume(): void {
    this.#lower.resume();
  }

  end(): void {
    if (!this.#closing) this.#lower.write(closeFrame(NORMAL));
    this.#closing = true;
    this.#lower.end();
  }

  destroy(): void {
    this.#closing = true;
    this.#lower.destroy();
  }

  #pong(payload: Uint8Array): void {
    if (this.bufferedBytes < MAX_PONG_BACKLOG_BYTES) this.#lower.write(frame(PONG, payload));
  }

  /** The client has sent a close frame, or broken the rules: answers with a close frame. */
  #closed(code: number): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#lower.write(closeFrame(code));
    this.#handlers.end();
    this.#lower.end();
  }
}
