// The interface of the byte stream that a connection runs on. No type of any runtime here; the adapters are
// node-stream.ts, web-streams.ts and ../web/websocket.ts.

/** Called by a duplex, never from within `open` or `write`. */
export interface DuplexHandlers {
  /** Bytes have come. They now belong to the handler: nothing else changes them afterwards. */
  data(bytes: Uint8Array): void;
  /** Much was waiting to be written; now little or nothing is. */
  drain(): void;
  /** The peer sends nothing more. */
  end(): void;
  /** The stream is gone for good; of several calls the first one counts. */
  close(error?: Error): void;
}

/** Bytes in order, both ways. */
export interface ByteDuplex {
  /** Starts delivering to the handlers. Called once. */
  open(handlers: DuplexHandlers): void;
  /** Queues bytes. They now belong to the duplex: the caller must not change them, except as `copies` allows. */
  write(bytes: Uint8Array): void;
  /** Bytes that write() has taken and the network has not. */
  readonly bufferedBytes: number;
  /** Whether the memory of written bytes may be used again once `bufferedBytes` is 0. Default false. */
  readonly copies?: boolean | undefined;
  /** Stops delivering data, if the stream can. */
  pause(): void;
  /** Delivers data again. */
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
