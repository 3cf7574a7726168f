// Opens plain TCP connections whose bytes can be watched. The client's own transport does more, such as TLS, but does
// not show its bytes; where these are needed, this replaces it.
import { connect, Socket } from "node:net";
import type { Duplex as Stream } from "node:stream";
import type { Address, DialOptions, Duplex } from "@bolt/client";

/** Opens a stream to a server. */
export type Door = (address: Address, options: DialOptions) => Stream | Promise<Stream>;

/** Is called with the bytes as they pass. */
export interface Watcher {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
  closed(): void;
}

/** A TCP connection. Rejects with the system's error, or with the signal's reason. */
export function openTcp({ host, port }: Address, { signal }: DialOptions): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, autoSelectFamily: true });
    const abort = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** Wraps a stream for the client and shows its bytes to `watcher`. */
export function watched(stream: Stream, watcher: Watcher): Duplex {
  let failure: Error | undefined;
  const duplex: Duplex = {
    write(bytes) {
      stream.write(bytes);
      watcher.sent(bytes);
    },
    close() {
      watcher.closed();
      duplex.onClose = undefined;
      leave(stream);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    set onData(listener: (bytes: Uint8Array) => void) {
      // Listening makes the stream flow; nothing arrives before.
      stream.on("data", (bytes: Uint8Array) => {
        watcher.received(bytes);
        listener(bytes);
      });
    },
  };
  stream.on("error", (error) => (failure = error));
  stream.on("close", () => {
    watcher.closed();
    duplex.onClose?.(failure);
  });
  return duplex;
}

/** How long the other side may take to close its end, before the stream is destroyed. */
const LINGER_MS = 2000;

/** Sends what is left and closes; a server that never closes its end does not keep the program alive. */
function leave(stream: Stream): void {
  stream.end(() => {
    if (stream instanceof Socket) stream.unref();
  });
  stream.resume();
  const timer = setTimeout(() => stream.destroy(), LINGER_MS).unref();
  stream.once("close", () => clearTimeout(timer));
}
