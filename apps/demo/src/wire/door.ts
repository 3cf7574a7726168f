// Opens plain TCP connections whose bytes can be watched. The client's own way to the network does more, TLS
// among it, but hands out no bytes; where those are needed, this takes its place.
import { connect, Socket } from "node:net";
import type { Duplex as Stream } from "node:stream";
import type { Address, DialOptions, Duplex } from "@bolt/client";

/** Opens a stream to a server. */
export type Door = (address: Address, options: DialOptions) => Stream | Promise<Stream>;

/** What passes, as it passes. */
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

/** A stream as the client wants it, with somebody watching. */
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
      // Streams flow from here on, and nothing arrives before.
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

/** How long the other side may take to hang up as well, before it is hung up on. */
const LINGER_MS = 2000;

/** Says what is left to say and goes; a server that never hangs up does not keep the program alive. */
function leave(stream: Stream): void {
  stream.end(() => {
    if (stream instanceof Socket) stream.unref();
  });
  stream.resume();
  const timer = setTimeout(() => stream.destroy(), LINGER_MS).unref();
  stream.once("close", () => clearTimeout(timer));
}
