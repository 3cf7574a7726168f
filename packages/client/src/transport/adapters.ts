// Makes a Duplex of whatever a `dial` returned: Node streams, WebSockets, pairs of WHATWG streams.
// Knows their faces, imports none of them.
import { ConfigError } from "../errors.ts";
import { Channel } from "./transport.ts";
import type { Duplex, DuplexLike, NodeStreamLike, StreamPair, WebSocketLike } from "./transport.ts";

/** The Duplex of a byte stream of another kind; a Duplex stays what it is. */
export function toDuplex(stream: DuplexLike): Duplex {
  // Told apart by what only one of them has; the types say nothing about what users really return.
  const any = stream as unknown as Record<string, unknown> | null | undefined;
  if (typeof any?.["send"] === "function") return fromWebSocket(stream as WebSocketLike);
  if (typeof (any?.["readable"] as { getReader?: unknown } | undefined)?.getReader === "function") {
    return fromPair(stream as StreamPair);
  }
  if (typeof any?.["on"] === "function" && typeof any["destroy"] === "function") {
    return fromNodeStream(stream as NodeStreamLike);
  }
  if (typeof any?.["write"] === "function" && typeof any["pause"] === "function") return stream as Duplex;
  throw new ConfigError(
    "dial must return a Duplex, a Node stream, a WebSocket or { readable, writable } of bytes",
  );
}

function fromNodeStream(stream: NodeStreamLike): Duplex {
  const channel = new Channel({
    write: (bytes) => void stream.write(bytes),
    close: () => void (stream.destroySoon ? stream.destroySoon() : stream.end()),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    buffered: () => stream.writableLength ?? 0,
  });
  let failure: unknown;
  stream.on("data", (bytes) => channel.received(bytes as unknown as Uint8Array));
  stream.on("drain", () => channel.drained());
  stream.on("error", (error) => (failure ??= error));
  stream.on("end", () => channel.ended(failure));
  stream.on("close", () => channel.ended(failure));
  return channel;
}

/** How often a WebSocket is asked whether its buffer is empty, in milliseconds: it has no event for that. */
const DRAIN_POLL_MS = 10;

function fromWebSocket(socket: WebSocketLike): Duplex {
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let polling = false;
  const poll = (): void => {
    polling = socket.bufferedAmount > 0 && socket.readyState === 1;
    if (polling) setTimeout(poll, DRAIN_POLL_MS);
    else channel.drained();
  };
  const send = (bytes: Uint8Array<ArrayBuffer>): void => {
    socket.send(bytes);
    if (!polling && socket.bufferedAmount > 0) {
      polling = true;
      setTimeout(poll, DRAIN_POLL_MS);
    }
  };
  const channel = new Channel({
    // 0 is CONNECTING. Our bytes never live in shared memory, which send() refuses.
    write: (bytes) => {
      const plain = bytes as Uint8Array<ArrayBuffer>;
      if (socket.readyState === 0) waiting.push(plain);
      else send(plain);
    },
    close: () => socket.close(),
    buffered: () => socket.bufferedAmount,
  });
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    for (const bytes of waiting.splice(0)) send(bytes);
  });
  socket.addEventListener("message", ({ data }: { data: unknown }) => {
    if (data instanceof ArrayBuffer) channel.received(new Uint8Array(data));
    else channel.ended(new Error("the server sent a text frame where Bolt has binary ones"));
  });
  socket.addEventListener("error", (event: { message?: unknown; error?: unknown }) => {
    channel.ended(event.error ?? new Error(`WebSocket error ${String(event.message ?? "")}`.trim()));
  });
  socket.addEventListener("close", () => channel.ended());
  return channel;
}

function fromPair({ readable, writable }: StreamPair): Duplex {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let buffered = 0;
  let wake: (() => void) | undefined;
  let paused = false;
  const fail = (error: unknown): void => channel.ended(error ?? new Error("the stream broke"));
  const channel = new Channel({
    write: (bytes) => {
      buffered += bytes.length;
      writer.write(bytes).then(() => {
        buffered -= bytes.length;
        if (buffered === 0) channel.drained();
      }, fail);
    },
    close: () => {
      const ignore = (): void => {};
      writer.close().then(ignore, ignore);
      reader.cancel().then(ignore, ignore);
      wake?.();
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      wake?.();
    },
    buffered: () => buffered,
  });
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return channel.ended();
      if (value) channel.received(value);
      if (paused) await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  read().catch(fail);
  return channel;
}
