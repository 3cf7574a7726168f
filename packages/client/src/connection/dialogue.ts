// The loop between a byte duplex and the sans-IO ClientConnection: one handler per request, in order; one write per
// batch; the receive timeout; the ways it ends. Knows neither login nor what requests are for: Connection does.
import {
  BoltError,
  ClientConnection,
  type ClientEvent,
  Failure,
  Fifo,
  HandshakeError,
  MessageTooLargeError,
  RemoteProtocolError,
  type Request,
  Success,
} from "@bolt/protocol";
import { ClosedError, ConnectionLostError, IgnoredError, ServerFailure, TimeoutError } from "../errors.ts";
import { observe } from "../observer.ts";
import type { Duplex } from "../transport/transport.ts";
import type { OpenOptions } from "./connection-options.ts";
import type { ReplyHandler } from "./replies.ts";
import { SilenceWatch } from "./silence.ts";

/** The server that a driver talks to. */
export interface ServerInfo {
  /** `host:port`. */
  readonly address: string;
  /** The server's name for itself: `Neo4j/5.26.0`. Empty when it does not say. */
  readonly agent: string;
  /** `"5.4"`. */
  readonly protocolVersion: string;
}

export class Dialogue {
  server: ServerInfo;
  isOpen = true;
  /** Bytes received so far; results use it to estimate the size of the rows they hold. */
  bytesReceived = 0;
  /** Called when the handshake is done; messages queued in here leave in the same write as its answer. */
  onNegotiated: (() => void) | undefined;
  /** Called once when the dialogue ends, for any reason; the error is undefined after `close()`. */
  onClosed: ((error: BoltError | undefined) => void) | undefined;

  protected readonly protocol: ClientConnection;
  /** Number of requests so far. */
  protected requests = 0;
  protected readonly silence: SilenceWatch;
  readonly #duplex: Duplex;
  /** One per request, in order. */
  #handlers: Fifo<ReplyHandler> = new Fifo();
  #draining = false;
  #paused = false;
  #failure: ServerFailure | undefined;
  /** The error that the duplex closed with. */
  #closeCause: unknown;
  #closedBy: BoltError | undefined;

  constructor(duplex: Duplex, { address, config }: OpenOptions) {
    this.#duplex = duplex;
    this.server = { address: address.toString(), agent: "", protocolVersion: "" };
    const observer = config.observer && observe(config.observer, this.server.address);
    this.protocol = new ClientConnection({ ...config, observer });
    this.silence = new SilenceWatch(
      config.clock,
      () => this.isOpen && !this.#paused && this.pending > 0,
      (afterMs) => this.#fellSilent(afterMs),
    );
    duplex.onData = (bytes) => this.#receive(bytes);
    duplex.onClose = (error) => this.#closedByPeer(error);
  }

  /** Number of requests that await their summary. */
  get pending(): number {
    return this.#handlers.length;
  }

  /** The protocol's verbs: call expect() after each that succeeds. Throws the error that closed the connection. */
  get verbs(): ClientConnection {
    this.ensureOpen();
    return this.protocol;
  }

  /** Throws the error that closed the connection, if it is closed. */
  ensureOpen(): void {
    if (!this.isOpen) throw this.#closedBy!;
  }

  /** Sets the handler for the answer to the request queued last. */
  expect(reply: ReplyHandler): void {
    this.#handlers.push(reply);
    this.requests++;
    if (this.#paused) this.resume();
    else if (this.#handlers.length === 1) this.silence.start();
  }

  /** Writes everything queued; during the socket's callback or inOneWrite() only once, at the end. */
  flush(): void {
    if (!this.#draining && this.isOpen) this.#write();
  }

  /** Calls `work`; what it queues leaves in a single write, after it. */
  inOneWrite<T>(work: () => T): T {
    if (this.#draining) return work();
    this.#draining = true;
    try {
      return work();
    } finally {
      this.#draining = false;
      this.flush();
    }
  }

  #write(): void {
    const bytes = this.protocol.bytesToSend();
    if (bytes) this.#duplex.write(bytes);
  }

  /** Stops reading for a slow consumer, unless later requests wait for their answers. */
  pause(): void {
    if (this.#paused || this.pending > 1) return;
    this.#paused = true;
    this.#duplex.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.silence.start();
    this.#duplex.resume();
  }

  /** Sends GOODBYE and closes; pending requests fail. Never throws. */
  close(): void {
    if (!this.isOpen) return;
    try {
      if (this.protocol.can("GOODBYE")) this.protocol.goodbye();
      this.#write();
    } catch {
      // The connection is going away in any case.
    }
    this.#shut(undefined);
  }

  /** Closes at once; everything pending fails with the error. */
  destroy(error: BoltError): void {
    this.#shut(error);
  }

  #shut(error: BoltError | undefined): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.silence.stop();
    this.#duplex.close();
    const pending = this.#handlers.toArray();
    this.#handlers = new Fifo();
    const { address: server } = this.server;
    // The pool closes only idle connections, so work is cut off only when the driver closes.
    const reason = error ?? new ClosedError("driver", undefined, { server });
    this.#closedBy = reason;
    for (const waiting of pending) waiting.onFailure(reason, undefined);
    this.onClosed?.(error);
  }

  #receive(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.bytesReceived += bytes.length;
    this.silence.heard();
    try {
      this.protocol.receive(bytes);
      this.#drain();
    } catch (error) {
      this.broken(error);
      return;
    }
    this.flush();
  }

  #drain(): void {
    this.#draining = true;
    try {
      for (let event = this.protocol.nextEvent(); event; event = this.protocol.nextEvent()) {
        this.#dispatch(event);
        if (!this.isOpen) return;
      }
    } finally {
      this.#draining = false;
    }
  }

  #dispatch(event: ClientEvent): void {
    switch (event.type) {
      case "RecordReceived":
        this.#handlers.peek()?.onRecords?.(event.records);
        break;
      case "ResponseReceived": {
        const { response, request } = event;
        const waiting = this.#handlers.shift()!;
        if (response instanceof Success) {
          if (request.name === "RESET") this.#failure = undefined;
          waiting.onSuccess(response.metadata, request);
        } else if (response instanceof Failure) {
          this.#failure = new ServerFailure(response, { server: this.server.address, query: waiting.query });
          waiting.onFailure(this.#failure, request);
        } else {
          waiting.onFailure(this.#ignored(request), request);
        }
        break;
      }
      case "VersionNegotiated":
        this.onNegotiated?.();
        break;
      case "ConnectionLost":
        // A connection cut in the middle of a message counts as lost: nothing violated the protocol.
        if (this.#closeCause) this.broken(this.#closeCause);
        else this.#lost(event.error);
        break;
    }
  }

  #ignored(request: Request): IgnoredError {
    const due = this.#failure ? "because an earlier request failed" : "because it was interrupted";
    return new IgnoredError(`the server ignored ${request.name} ${due}`, {
      server: this.server.address,
      cause: this.#failure,
    });
  }

  #closedByPeer(error: unknown): void {
    if (!this.isOpen) return;
    this.#closeCause = error;
    try {
      this.protocol.receiveEof();
      this.#drain();
    } catch (cause) {
      // The handshake knows that the stream has ended, not why.
      if (error !== undefined) Object.assign(cause as Error, { cause: error });
      this.broken(cause);
      return;
    }
    if (this.isOpen) this.broken(error);
  }

  /** Closes at once because the server or the network failed. */
  broken(cause: unknown): void {
    // Protocol and handshake errors already say what happened; everything else is a lost connection.
    const lost = cause instanceof HandshakeError && cause.reason === "closed";
    if (!(cause instanceof BoltError) || lost) return this.#lost(cause);
    // They say what arrived; only here is it known from where.
    if (cause instanceof RemoteProtocolError || cause instanceof MessageTooLargeError) {
      const { address: server } = this.server;
      Object.assign(cause, { server, message: `the connection to ${server} was closed: ${cause.message}` });
    }
    this.#shut(cause);
  }

  #lost(cause: unknown): void {
    const how = this.#closeCause ?? cause;
    const why = how instanceof Error && how.message ? how.message : "the server closed it";
    const text = `the connection to ${this.server.address} was lost: ${why}`;
    this.#shut(new ConnectionLostError(text, { server: this.server.address, cause }));
  }

  #fellSilent(afterMs: number): void {
    const { address: server } = this.server;
    const cause = new TimeoutError(`no byte within ${afterMs} ms`, { afterMs, server });
    this.#shut(
      new ConnectionLostError(`the server ${server} fell silent: ${cause.message}`, { server, cause }),
    );
  }
}
