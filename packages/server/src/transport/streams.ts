// What may be handed to `server.accept`, told apart by its shape.
import { ConfigError } from "../option-checks.ts";
import { NodeStreamDuplex, type NodeStreamLike } from "./node-stream.ts";
import type { ByteDuplex, DuplexInfo } from "./transport.ts";
import { WebSocketLikeDuplex, type WebSocketLike, WebStreamsDuplex, type StreamPair } from "./web-streams.ts";

/**
 * A stream of bytes in any of the forms that runtimes have: this package's own `ByteDuplex`, a Node duplex
 * stream, a pair of WHATWG streams, or an open WebSocket.
 */
export type DuplexLike = ByteDuplex | NodeStreamLike | StreamPair | WebSocketLike;

export function toByteDuplex(given: DuplexLike, info: DuplexInfo = {}): ByteDuplex {
  // In a primitive value nothing can be looked for.
  const stream = Object(given) as DuplexLike;
  if ("open" in stream && "bufferedBytes" in stream) return stream;
  const known: DuplexInfo = { transport: "stream", ...info };
  if ("writableLength" in stream && "on" in stream) return new NodeStreamDuplex(stream, known);
  if ("readable" in stream && "writable" in stream) return new WebStreamsDuplex(stream, known);
  if ("send" in stream && "addEventListener" in stream) return new WebSocketLikeDuplex(stream, info);
  throw new ConfigError("expected a stream: a ByteDuplex, a Node stream, WHATWG streams or a WebSocket");
}
