// A byte stream without a network: the test is the peer, and decides when it reads.
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "../src/transport/transport.ts";

export class FakeDuplex implements ByteDuplex {
  info: DuplexInfo = { transport: "tcp", remoteAddress: "10.0.0.1:5000", localAddress: "10.0.0.2:7687" };
  bufferedBytes = 0;
  /** Whether written bytes are copied, as they are while the peer reads. */
  copies = false;
  paused = false;
  /** The server has closed its side; `destroyed`: without sending what was queued. */
  ended = false;
  destroyed = false;
  closed = false;
  /** Every write as it was made. */
  readonly writes: Uint8Array[] = [];
  /** Whether the peer takes what is written at once. */
  reading = true;
  #handlers: DuplexHandlers | undefined;
  #unread: Uint8Array[] = [];
  #held: Uint8Array[] = [];
  /** Called for what the peer has read. */
  received: (bytes: Uint8Array) => void = () => {};

  open(handlers: DuplexHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): void {
    if (this.ended || this.destroyed) throw new Error("write after the end");
    this.writes.push(bytes);
    if (this.copies && this.reading) {
      const copy = bytes.slice();
      return queueMicrotask(() => this.received(copy));
    }
    this.#unread.push(bytes);
    this.bufferedBytes += bytes.length;
    if (this.reading) queueMicrotask(() => this.read());
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    queueMicrotask(() => {
      while (!this.paused && this.#held.length > 0) this.#handlers?.data(this.#held.shift()!);
    });
  }

  end(): void {
    this.ended = true;
    if (this.reading) queueMicrotask(() => this.read());
  }

  destroy(): void {
    this.destroyed = true;
    this.#unread = [];
    this.bufferedBytes = 0;
    queueMicrotask(() => this.close());
  }

  // --- the peer's side

  /** The peer sends. */
  send(bytes: Uint8Array): void {
    if (this.closed) return;
    if (this.paused || this.#held.length > 0) this.#held.push(bytes);
    else this.#handlers?.data(bytes);
  }

  /** Bytes that the server does not want to read for now. */
  get heldBytes(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0);
  }

  /** The peer reads: everything, or the next `n` writes. */
  read(n = Infinity): void {
    const had = this.bufferedBytes > 0;
    for (let i = 0; i < n && this.#unread.length > 0; i++) {
      const bytes = this.#unread.shift()!;
      this.bufferedBytes -= bytes.length;
      this.received(bytes);
    }
    if (had && this.bufferedBytes === 0 && !this.closed) this.#handlers?.drain();
    if (this.ended && this.bufferedBytes === 0) this.close();
  }

  /** The peer sends nothing more. */
  sendEnd(): void {
    this.#handlers?.end();
  }

  /** The stream is gone. */
  close(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#handlers?.close(error);
  }
}
