// The byte stream that a connection runs on: what is asked of it, whatever it really is. No type of any
// runtime here; the adapters are node-stream.ts, web-streams.ts and websocket.ts.

/** Called by a duplex, never from within `open` or `write`. */
export interface DuplexHandlers {
  /** Bytes have come. They are handed over: nobody else changes them afterwards. */
  data(bytes: Uint8Array): void;
  /** Much was waiting to be written, and now little or nothing is. */
  drain(): void;
  /** The peer sends nothing more. */
  end(): void;
  /** Gone for good; of several calls the first one counts. */
  close(error?: Error): void;
}

/** Bytes in order, both ways. */
export interface ByteDuplex {
  /** Starts delivering to the handlers. Called once. */
  open(handlers: DuplexHandlers): void;
  /** Queues bytes. They are handed over: nobody changes them afterwards, unless this duplex `copies`. */
  write(bytes: Uint8Array): void;
  /** Bytes that write() took and the network did not take yet. */
  readonly bufferedBytes: number;
  /** With `bufferedBytes` at 0 nobody looks at what was written any more: its memory may serve again. Default false. */
  readonly copies?: boolean | undefined;
  /** Stops and goes on delivering data, as far as the stream can do that. */
  pause(): void;
  resume(): void;
  /** Writes what is queued, then closes. */
  end(): void;
  /** Closes at once and drops what is queued. */
  destroy(): void;
  /** What is known about the stream, for the backend and the log. */
  readonly info: DuplexInfo;
}

/** What a stream knows about itself. Everything is optional: an in-memory pair knows nothing. */
export interface DuplexInfo {
  readonly transport?: "tcp" | "tls" | "websocket" | "stream" | undefined;
  /** `host:port` of the peer, for limits and logs. */
  readonly remoteAddress?: string | undefined;
  /** `host:port` under which the peer reached this server, as far as the socket knows. */
  readonly localAddress?: string | undefined;
  /** The bytes are encrypted on the network. */
  readonly encrypted?: boolean | undefined;
  /** Mutual TLS: the client's certificate as the runtime shows it, once it was verified. */
  readonly peerCertificate?: unknown;
  /** TLS: the server name that the client asked for (SNI). */
  readonly serverName?: string | undefined;
}
