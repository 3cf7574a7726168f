// A stream with Node's interface (net.Socket, tls.TLSSocket, stream.Duplex, duplexPair) as a ByteDuplex.
// Typed by its shape, so that this file imports nothing of Node and runs wherever such streams exist.
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";

/** The part of a Node duplex stream that is used here. */
export interface NodeStreamLike {
  on(event: string, listener: (...args: never[]) => void): unknown;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  pause(): unknown;
  resume(): unknown;
  readonly writableLength: number;
  readonly destroyed?: boolean | undefined;
}

export class NodeStreamDuplex implements ByteDuplex {
  info: DuplexInfo;
  /** May be replaced before it is opened, for example by TLS over it. */
  protected stream: NodeStreamLike;

  /** Takes over the stream: its errors are handled once it is open. */
  constructor(stream: NodeStreamLike, info: DuplexInfo) {
    this.stream = stream;
    this.info = info;
  }

  open(handlers: DuplexHandlers): void {
    const { stream } = this;
    let failure: Error | undefined;
    stream.on("data", (bytes: Uint8Array) => handlers.data(bytes));
    stream.on("drain", () => handlers.drain());
    stream.on("end", () => handlers.end());
    stream.on("error", (error: Error) => {
      failure = error;
    });
    const gone = (): void => handlers.close(failure);
    stream.on("close", gone);
    // If it was closed before it was handed over, it emits nothing more.
    if (stream.destroyed === true) queueMicrotask(gone);
  }

  write(bytes: Uint8Array): void {
    this.stream.write(bytes);
  }

  get bufferedBytes(): number {
    return this.stream.writableLength;
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.stream.destroy();
  }
}
