// The loop between a byte duplex and the sans-IO ClientConnection: login, one handler per request in
// order, one write per batch, the receive timeout. Knows nothing of sessions, pools or results.
import {
  type AuthToken,
  BoltError,
  type BoltVersion,
  ClientConnection,
  type ClientEvent,
  Failure,
  HandshakeError,
  type Hints,
  type PullOptions,
  type Request,
  type RouteFields,
  type RoutingTable,
  type State,
  type StreamFields,
  Success,
  type TransactionExtra,
} from "@bolt/protocol";
import type { Address } from "./address.ts";
import { type ConnectionConfig, type OpenOptions, requireNotificationFilters } from "./connection-options.ts";
import {
  abortError,
  ClosedError,
  ConnectionLostError,
  IgnoredError,
  ServerFailure,
  TimeoutError,
} from "./errors.ts";
import { observe } from "./observer.ts";
import { type Answer, handler, HandlerQueue, nothing, Reply, type ReplyHandler, UNHEARD } from "./replies.ts";
import { SilenceWatch } from "./silence.ts";
import type { Duplex } from "./transport.ts";

/** Who a driver talks to. */
export interface ServerInfo {
  /** `host:port`. */
  readonly address: string;
  /** As the server calls itself: `Neo4j/5.26.0`. Empty when it does not say. */
  readonly agent: string;
  /** `"5.4"`. */
  readonly protocolVersion: string;
}

/** Work that must end before a connection can be used again. */
export interface Recovery {
  /** Settles when it is usable; rejects when it broke. */
  readonly done: Promise<void>;
  /** Nothing was running: the answer is a round trip away, so waiting beats dialling anew. */
  readonly quick: boolean;
}

export class Connection {
  readonly address: Address;
  /** On the clock's scale, in milliseconds. */
  readonly createdAt: number;
  /** As createdAt; kept by the pool. */
  lastUsedAt: number;
  /** Who is logged in. */
  authToken: AuthToken;
  server: ServerInfo;
  hints: Hints = {};
  /** The server's name for this connection, as its log has it; empty when it gave none. */
  connectionId = "";
  /** Only a change of the password is allowed. */
  credentialsExpired = false;
  /** Bytes received so far: results weigh what they hold with it. */
  bytesReceived = 0;
  /** Called once, when the connection is closed by whatever cause; undefined as error for `close()`. */
  onClosed: ((error: BoltError | undefined) => void) | undefined;

  readonly #duplex: Duplex;
  readonly #protocol: ClientConnection;
  readonly #handlers: HandlerQueue = new HandlerQueue();
  readonly #silence: SilenceWatch;
  #draining = false;
  #open = true;
  #paused = false;
  #failure: ServerFailure | undefined;
  /** What the duplex said when it closed. */
  #closeCause: unknown;
  #closedBy: BoltError | undefined;
  #opening: ((version: BoltVersion) => void) | undefined;
  #loggingIn: Promise<void> | undefined;
  /** The RESET that is the last request on its way. */
  #resetting: Promise<void> | undefined;

  /**
   * Handshake and login over a fresh duplex. Rejects with HandshakeError, ServerFailure (login refused),
   * ConnectionLostError, AbortError; the duplex is closed then.
   */
  static async open(duplex: Duplex, options: OpenOptions): Promise<Connection> {
    const connection = new Connection(duplex, options);
    await connection.#login(options);
    return connection;
  }

  private constructor(duplex: Duplex, { address, config, auth }: OpenOptions) {
    this.address = address;
    this.authToken = auth;
    this.createdAt = this.lastUsedAt = config.clock.now();
    this.server = { address: address.toString(), agent: "", protocolVersion: "" };
    this.#duplex = duplex;
    const observer = config.observer && observe(config.observer, this.server.address);
    this.#protocol = new ClientConnection({ ...config, observer });
    this.#silence = new SilenceWatch(
      config.clock,
      () => this.#open && !this.#paused && this.pending > 0,
      (afterMs) => this.#fellSilent(afterMs),
    );
    duplex.onData = (bytes) => this.#receive(bytes);
    duplex.onClose = (error) => this.#closedByPeer(error);
  }

  /** The negotiated version. */
  get version(): BoltVersion {
    return this.#protocol.version!;
  }

  /** Confirmed by the answers read so far. Spec: server state. */
  get state(): State {
    return this.#protocol.state;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Requests that await their summary. */
  get pending(): number {
    return this.#handlers.length;
  }

  /** In READY with nothing on its way: fit for the pool as it is. */
  get isReusable(): boolean {
    return this.#open && this.#protocol.state === "READY" && this.pending === 0;
  }

  /** Whether the notification filters, `impersonatedUser` … of the version are there. */
  supports(major: number, minor = 0): boolean {
    return this.version.atLeast(major, minor);
  }

  // Verbs: each queues one message and its handler; flush() writes what is queued. A verb that throws
  // (PackError, LocalProtocolError) has queued nothing.

  run(
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    extra: TransactionExtra,
    reply: ReplyHandler,
  ): void {
    this.#ensureOpen();
    this.#protocol.run(query, parameters, extra);
    this.#expect(reply);
  }

  pull(options: PullOptions, reply: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.pull(options);
    this.#expect(reply);
  }

  discard(options: Partial<StreamFields>, reply: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.discard(options);
    this.#expect(reply);
  }

  begin(extra: TransactionExtra, reply: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.begin(extra);
    this.#expect(reply);
  }

  commit(reply: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.commit();
    this.#expect(reply);
  }

  rollback(reply: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.rollback();
    this.#expect(reply);
  }

  /** Tells the server which API was called, if it wants to know (5.4+) and the caller says so. */
  telemetry(api: number, heard: () => void = nothing): void {
    if (!this.hints.telemetryEnabled || !this.supports(5, 4)) return;
    this.#ensureOpen();
    this.#protocol.telemetry(api);
    this.#expect({ onSuccess: heard, onFailure: nothing });
  }

  /** Logs in as somebody else, 5.1+: LOGOFF and LOGON are queued; refusal breaks the connection and all behind. */
  logon(auth: AuthToken): void {
    this.#ensureOpen();
    this.#protocol.logoff();
    this.#expect(UNHEARD);
    this.#protocol.logon(auth);
    const answered = new Promise<void>((resolve, reject) => {
      const failed = (error: BoltError): void => {
        reject(error);
        this.destroy(error);
      };
      this.#expect(
        handler(failed, () => {
          this.#loggingIn = undefined;
          resolve();
        }),
      );
    });
    // Whoever has a request behind it hears of the failure by that.
    answered.catch(nothing);
    this.#loggingIn = answered;
    this.authToken = auth;
  }

  /** Settles when the server has answered the last logon(). */
  loggedIn(): Promise<void> {
    this.flush();
    return this.#loggingIn ?? Promise.resolve();
  }

  /** Writes everything queued; inside the socket's callback once, at its end. */
  flush(): void {
    if (this.#draining || !this.#open) return;
    const bytes = this.#protocol.bytesToSend();
    if (bytes) this.#duplex.write(bytes);
  }

  /** Interrupts what runs and clears what failed; resolves in READY. Rejects when the connection broke. */
  reset(signal?: AbortSignal): Promise<void> {
    // A RESET that overtakes LOGON meets a session that has not logged in, which servers do not forgive.
    if (this.#loggingIn) return this.loggedIn().then(() => this.reset(signal));
    // A second RESET would have the first one IGNORED.
    if (this.#resetting && !signal) return this.#resetting;
    const sent = this.#request(signal, "resetting a connection", (reply) => {
      this.#protocol.reset();
      this.#expect(reply);
    }).then(nothing);
    this.#resetting = sent;
    const over = (): void => {
      if (this.#resetting === sent) this.#resetting = undefined;
    };
    sent.then(over, over);
    return sent;
  }

  /** The routing table of a database, 4.3+. */
  async route(fields: RouteFields, signal?: AbortSignal): Promise<RoutingTable> {
    const { metadata } = await this.#request(signal, "asking for a routing table", (reply) => {
      this.#protocol.route(fields);
      this.#expect(reply);
    });
    return metadata.rt ?? { ttl: 0, servers: [] };
  }

  /** A small query read whole, rows as arrays: the routing procedures of old servers. */
  async query(
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    extra: TransactionExtra,
    signal?: AbortSignal,
  ): Promise<unknown[][]> {
    const { records } = await this.#request(signal, "running a procedure", (reply) => {
      this.run(query, parameters, extra, {
        onSuccess: nothing,
        onFailure: (error) => reply.onFailure(error),
      });
      this.pull({ n: -1 }, reply);
    });
    return records as unknown[][];
  }

  /** What has to happen before the next user; undefined when nothing (look at isOpen then). */
  recycle(): Recovery | undefined {
    if (!this.#open || this.isReusable) return undefined;
    const quick = this.pending === 0 || this.state === "FAILED";
    return { done: this.reset(), quick };
  }

  /** Stops reading for a slow consumer, unless others wait behind it for their answers. */
  pause(): void {
    if (this.#paused || this.pending > 1) return;
    this.#paused = true;
    this.#duplex.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#silence.start();
    this.#duplex.resume();
  }

  /** Says GOODBYE and closes; what is pending fails. Never throws. */
  close(): void {
    if (!this.#open) return;
    try {
      if (this.#protocol.can("GOODBYE")) this.#protocol.goodbye();
      this.flush();
    } catch {
      // It was going away in any case.
    }
    this.#shut(undefined);
  }

  /** Closes at once; everything pending fails with the error. */
  destroy(error: BoltError): void {
    this.#shut(error);
  }

  #login({ auth, config, routing, signal }: OpenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.destroy(abortError(signal!, "connecting", this.server.address));
      const failed = (error: BoltError): void => {
        signal?.removeEventListener("abort", abort);
        this.destroy(error);
        reject(error);
      };
      // One handler stands for the handshake, so that whatever breaks it is told like a failed request.
      const negotiation = handler(failed);
      this.#opening = (version) => {
        this.server = { ...this.server, protocolVersion: version.toString() };
        this.#hello(version, config, routing, failed);
        this.#protocol.logon(auth);
        this.#expect(
          handler(failed, (metadata) => {
            this.credentialsExpired ||= metadata.credentialsExpired === true;
            signal?.removeEventListener("abort", abort);
            resolve();
          }),
        );
        // Last, so that whatever was thrown above still finds somebody to tell.
        this.#handlers.take();
      };
      this.#expect(negotiation);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.flush();
    });
  }

  #hello(
    version: BoltVersion,
    { userAgent, boltAgent, notifications }: ConnectionConfig,
    routing: Readonly<Record<string, string>> | undefined,
    failed: (error: BoltError) => void,
  ): void {
    if (notifications) requireNotificationFilters(version, notifications, this.server.address);
    this.#protocol.hello({
      userAgent,
      boltAgent: version.atLeast(5, 3) ? boltAgent : undefined,
      routing: version.atLeast(4, 1) ? routing : undefined,
      patchBolt: version.atLeast(4, 3) && !version.atLeast(5) ? ["utc"] : undefined,
      notificationsMinimumSeverity: notifications?.minimumSeverity,
      notificationsDisabledClassifications: notifications?.disabledClassifications,
    });
    this.#expect(
      handler(failed, (metadata) => {
        this.server = { ...this.server, agent: metadata.server ?? "" };
        this.connectionId = metadata.connectionId ?? "";
        this.hints = metadata.hints ?? {};
        this.#silence.limitSeconds = this.hints.recvTimeoutSeconds;
        this.credentialsExpired = metadata.credentialsExpired === true;
      }),
    );
  }

  #request(signal: AbortSignal | undefined, doing: string, send: (reply: Reply) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.destroy(abortError(signal!, doing, this.server.address));
      const settled = (): void => signal?.removeEventListener("abort", abort);
      this.#ensureOpen();
      if (signal?.aborted) throw abortError(signal, doing, this.server.address);
      send(
        new Reply(
          (result) => (settled(), resolve(result)),
          (error) => (settled(), reject(error)),
        ),
      );
      signal?.addEventListener("abort", abort, { once: true });
      this.flush();
    });
  }

  #ensureOpen(): void {
    if (!this.#open) throw this.#closedBy!;
  }

  #expect(reply: ReplyHandler): void {
    this.#handlers.push(reply);
    this.#resetting = undefined;
    if (this.#paused) this.resume();
    else if (this.#handlers.length === 1) this.#silence.start();
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.bytesReceived += bytes.length;
    this.#silence.heard();
    try {
      this.#protocol.receive(bytes);
      this.#drain();
    } catch (error) {
      this.#broken(error);
      return;
    }
    this.flush();
  }

  #drain(): void {
    this.#draining = true;
    try {
      for (let event = this.#protocol.nextEvent(); event; event = this.#protocol.nextEvent()) {
        this.#dispatch(event);
        if (!this.#open) return;
      }
    } finally {
      this.#draining = false;
    }
  }

  #dispatch(event: ClientEvent): void {
    switch (event.type) {
      case "RecordReceived":
        this.#handlers.first()?.onRecords?.(event.records);
        break;
      case "ResponseReceived": {
        const { response, request } = event;
        const waiting = this.#handlers.take();
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
        this.#opening?.(event.version);
        this.#opening = undefined;
        break;
      case "ConnectionLost":
        this.#broken(this.#closeCause ?? event.error);
        break;
    }
  }

  #ignored(request: Request): IgnoredError {
    const due = this.#failure ? "because a request before it failed" : "because it was interrupted";
    return new IgnoredError(`the server ignored ${request.name} ${due}`, {
      server: this.server.address,
      cause: this.#failure,
    });
  }

  #closedByPeer(error: unknown): void {
    if (!this.#open) return;
    this.#closeCause = error;
    try {
      this.#protocol.receiveEof();
      this.#drain();
    } catch (cause) {
      this.#broken(cause);
      return;
    }
    if (this.#open) this.#broken(error);
  }

  #broken(cause: unknown): void {
    // Protocol and handshake errors say it better than we could; the rest was a loss of the connection.
    const lost = cause instanceof HandshakeError && cause.reason === "closed";
    if (cause instanceof BoltError && !lost) return this.#shut(cause);
    const why = cause instanceof Error && cause.message ? `: ${cause.message}` : "";
    const text = `the connection to ${this.server.address} was lost${why}`;
    this.#shut(new ConnectionLostError(text, { server: this.server.address, cause }));
  }

  #fellSilent(afterMs: number): void {
    const server = this.server.address;
    const cause = new TimeoutError(`no byte within ${afterMs} ms`, { afterMs, server });
    this.#shut(
      new ConnectionLostError(`the server ${server} fell silent: ${cause.message}`, { server, cause }),
    );
  }

  #shut(error: BoltError | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#silence.stop();
    this.#duplex.close();
    const pending = this.#handlers.takeAll();
    const reason =
      error ?? new ClosedError("connection", "the connection was closed", { server: this.server.address });
    this.#closedBy = reason;
    for (const waiting of pending) waiting.onFailure(reason, undefined);
    this.onClosed?.(error);
  }
}
