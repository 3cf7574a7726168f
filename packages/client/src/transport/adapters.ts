// Turns what a `dial` returned into a Duplex: Node streams, WebSockets, pairs of WHATWG streams.
// Knows their interfaces; imports none of them.
import { ConfigError } from "../errors.ts";
import {
  Channel,
  type Duplex,
  type DuplexLike,
  type NodeStreamLike,
  type StreamPair,
  type WebSocketLike,
} from "./transport.ts";

/** Wraps any supported byte stream in a Duplex; returns a Duplex unchanged. Throws ConfigError for anything else. */
export function toDuplex(stream: DuplexLike): Duplex {
  // Told apart by members that only one of them has: the types do not guarantee what users return.
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

/** @param close ends the stream once everything written is sent */
export function fromNodeStream(
  stream: NodeStreamLike,
  close = (): void => void (stream.destroySoon ? stream.destroySoon() : stream.end()),
): Channel {
  const channel = new Channel({
    write: (bytes) => void stream.write(bytes),
    close,
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
  });
  let failure: unknown;
  stream.on("data", (bytes) => channel.received(bytes as unknown as Uint8Array));
  stream.on("error", (error) => (failure ??= error));
  stream.on("end", () => channel.ended(failure));
  stream.on("close", () => channel.ended(failure));
  return channel;
}

/** Codes of a close that say nothing more: normal, going away, none given. Spec: RFC 6455, section 7.4.1. */
const NO_ERROR: readonly unknown[] = [undefined, 1000, 1001, 1005];

/** Neo4j closes a WebSocket when a longer message comes. */
const MAX_WEB_SOCKET_MESSAGE_BYTES = 65_536;

function fromWebSocket(socket: WebSocketLike): Duplex {
  const waiting: Uint8Array[] = [];
  const send = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; at += MAX_WEB_SOCKET_MESSAGE_BYTES) {
      // Our bytes never live in shared memory, which send() refuses.
      socket.send(bytes.subarray(at, at + MAX_WEB_SOCKET_MESSAGE_BYTES) as Uint8Array<ArrayBuffer>);
    }
  };
  const channel = new Channel({
    // 0 is CONNECTING.
    write: (bytes) => void (socket.readyState === 0 ? waiting.push(bytes) : send(bytes)),
    close: () => socket.close(),
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
  socket.addEventListener("close", ({ code, reason }: { code?: unknown; reason?: unknown }) => {
    const why = `the server closed the WebSocket with code ${String(code)} ${String(reason)}`.trim();
    channel.ended(NO_ERROR.includes(code) ? undefined : new Error(why));
  });
  return channel;
}

function fromPair({ readable, writable }: StreamPair): Duplex {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let wake: (() => void) | undefined;
  let paused = false;
  const fail = (error: unknown): void => channel.ended(error ?? new Error("the stream broke"));
  const channel = new Channel({
    write: (bytes) => void writer.write(bytes).catch(fail),
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
