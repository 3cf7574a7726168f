// The loop between a byte duplex and the sans-IO ClientConnection: login, one handler per request in
// order, one write per batch, the receive timeout. Knows nothing of sessions, pools or results.
import {
  type AuthToken,
  type BoltAgent,
  BoltError,
  type BoltVersion,
  ClientConnection,
  type ClientConnectionOptions,
  type ClientEvent,
  Failure,
  HandshakeError,
  type Hints,
  type Metadata,
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
import { type Clock, detachTimer } from "./clock.ts";
import {
  abortError,
  ClosedError,
  ConnectionLostError,
  IgnoredError,
  ServerFailure,
  TimeoutError,
  UnsupportedError,
} from "./errors.ts";
import { observe, type Observer } from "./observer.ts";
import type { Duplex } from "./transport.ts";

/** What a connection must know of the driver's settings. */
export interface ConnectionConfig extends Omit<ClientConnectionOptions, "observer"> {
  readonly observer?: Observer | undefined;
  readonly userAgent: string;
  readonly boltAgent: BoltAgent;
  /** Which remarks servers leave out (5.2+); older servers make `open` reject. */
  readonly notifications?: NotificationSettings | undefined;
  readonly clock: Clock;
}

/** Spec: HELLO and BEGIN/RUN, notification keys, 5.2+. */
export interface NotificationSettings {
  /** The least severe remark that is wanted: `"OFF"` for none at all. */
  readonly minimumSeverity?: "OFF" | "WARNING" | "INFORMATION" | undefined;
  /** Classes of remarks that are not wanted, such as `"DEPRECATION"`. */
  readonly disabledClassifications?: readonly string[] | undefined;
}

export interface OpenOptions {
  readonly address: Address;
  readonly config: ConnectionConfig;
  readonly auth: AuthToken;
  /** The routing context of `neo4j://`; undefined for no server-side routing. */
  readonly routing?: Readonly<Record<string, string>> | undefined;
  /** Gives up: the duplex is closed and `open` rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Who a driver talks to. */
export interface ServerInfo {
  /** `host:port`. */
  readonly address: string;
  /** As the server calls itself: `Neo4j/5.26.0`. Empty when it does not say. */
  readonly agent: string;
  /** `"5.4"`. */
  readonly protocolVersion: string;
}

/** Receives what comes back for one request. Called in the order of the requests, from the socket's callback. */
export interface ReplyHandler {
  /** The query that the request belongs to, for the facts of a ServerFailure. */
  readonly query?: string | undefined;
  /** Rows of a PULL, as its RowReader built them; any number of calls before the end. */
  onRecords?(records: unknown[]): void;
  onSuccess(metadata: Metadata, request: Request): void;
  /** ServerFailure, IgnoredError (`cause` is the failure it is due to), or what broke the connection. */
  onFailure(error: BoltError, request: Request | undefined): void;
}

/** Work that must end before a connection can be used again. */
export interface Recovery {
  /** Settles when it is usable; rejects when it broke. */
  readonly done: Promise<void>;
  /** Nothing was running: the answer is a round trip away, so waiting beats dialling anew. */
  readonly quick: boolean;
}

// Handlers that have been served stay in front of the queue until there are this many of them.
const SERVED_LIMIT = 1024;

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
  readonly #config: ConnectionConfig;
  #handlers: (ReplyHandler | undefined)[] = [];
  #served = 0;
  #draining = false;
  #open = true;
  #paused = false;
  #failure: ServerFailure | undefined;
  /** What the duplex said when it closed. */
  #closeCause: unknown;
  #closedBy: BoltError | undefined;
  #recvTimeoutMs = 0;
  #lastReadAt = 0;
  #timer: unknown;
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
    this.#config = config;
    this.#duplex = duplex;
    const observer = config.observer && observe(config.observer, this.server.address);
    this.#protocol = new ClientConnection({ ...config, observer });
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
    return this.#handlers.length - this.#served;
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
    handler: ReplyHandler,
  ): void {
    this.#ensureOpen();
    this.#protocol.run(query, parameters, extra);
    this.#expect(handler);
  }

  pull(options: PullOptions, handler: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.pull(options);
    this.#expect(handler);
  }

  discard(options: Partial<StreamFields>, handler: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.discard(options);
    this.#expect(handler);
  }

  begin(extra: TransactionExtra, handler: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.begin(extra);
    this.#expect(handler);
  }

  commit(handler: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.commit();
    this.#expect(handler);
  }

  rollback(handler: ReplyHandler): void {
    this.#ensureOpen();
    this.#protocol.rollback();
    this.#expect(handler);
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
        new LoginReply(failed, () => {
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
    this.#watch();
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
      const negotiation = new LoginReply(failed);
      this.#opening = (version) => {
        this.server = { ...this.server, protocolVersion: version.toString() };
        this.#hello(version, config, routing, failed);
        this.#protocol.logon(auth);
        this.#expect(
          new LoginReply(failed, (metadata) => {
            this.credentialsExpired ||= metadata.credentialsExpired === true;
            signal?.removeEventListener("abort", abort);
            resolve();
          }),
        );
        // Last, so that whatever was thrown above still finds somebody to tell.
        this.#take();
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
      new LoginReply(failed, (metadata) => {
        this.server = { ...this.server, agent: metadata.server ?? "" };
        this.connectionId = metadata.connectionId ?? "";
        this.hints = metadata.hints ?? {};
        this.#recvTimeoutMs = (this.hints.recvTimeoutSeconds ?? 0) * 1000;
        this.credentialsExpired = metadata.credentialsExpired === true;
      }),
    );
  }

  #request(
    signal: AbortSignal | undefined,
    doing: string,
    send: (reply: Reply) => void,
  ): Promise<{ metadata: Metadata; records: unknown[] }> {
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

  #expect(handler: ReplyHandler): void {
    this.#handlers.push(handler);
    this.#resetting = undefined;
    if (this.#paused) this.resume();
    else if (this.#recvTimeoutMs > 0 && this.pending === 1) this.#watch();
  }

  #take(): ReplyHandler {
    const handler = this.#handlers[this.#served]!;
    this.#handlers[this.#served++] = undefined;
    if (this.#served === this.#handlers.length) {
      this.#handlers.length = this.#served = 0;
    } else if (this.#served === SERVED_LIMIT) {
      this.#handlers.splice(0, this.#served);
      this.#served = 0;
    }
    return handler;
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.bytesReceived += bytes.length;
    if (this.#recvTimeoutMs > 0) this.#lastReadAt = this.#config.clock.now();
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
        this.#handlers[this.#served]?.onRecords?.(event.records);
        break;
      case "ResponseReceived": {
        const { response, request } = event;
        const handler = this.#take();
        if (response instanceof Success) {
          if (request.name === "RESET") this.#failure = undefined;
          handler.onSuccess(response.metadata, request);
        } else if (response instanceof Failure) {
          this.#failure = new ServerFailure(response, { server: this.server.address, query: handler.query });
          handler.onFailure(this.#failure, request);
        } else {
          handler.onFailure(this.#ignored(request), request);
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

  #shut(error: BoltError | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#config.clock.clearTimeout(this.#timer);
    this.#duplex.close();
    const pending = this.#handlers.slice(this.#served);
    this.#handlers.length = this.#served = 0;
    const reason =
      error ?? new ClosedError("connection", "the connection was closed", { server: this.server.address });
    this.#closedBy = reason;
    for (const handler of pending) handler?.onFailure(reason, undefined);
    this.onClosed?.(error);
  }

  // One timer at most, whatever the number of queries: it looks at the time of the last read when it fires.
  #watch(): void {
    if (this.#recvTimeoutMs === 0) return;
    this.#lastReadAt = this.#config.clock.now();
    if (this.#timer === undefined) this.#startTimer(this.#recvTimeoutMs);
  }

  #startTimer(delayMs: number): void {
    this.#timer = this.#config.clock.setTimeout(() => {
      this.#timer = undefined;
      if (!this.#open || this.#paused || this.pending === 0) return;
      const left = this.#recvTimeoutMs - (this.#config.clock.now() - this.#lastReadAt);
      if (left > 0) return this.#startTimer(left);
      const afterMs = this.#recvTimeoutMs;
      const cause = new TimeoutError(`no byte within ${afterMs} ms`, {
        afterMs,
        server: this.server.address,
      });
      this.#broken(
        new ConnectionLostError(`the server ${this.server.address} fell silent: ${cause.message}`, {
          server: this.server.address,
          cause,
        }),
      );
    }, delayMs);
    detachTimer(this.#timer);
  }
}

const nothing = (): void => {};

/** For requests whose failure shows in what follows them. */
const UNHEARD: ReplyHandler = { onSuccess: nothing, onFailure: nothing };

class LoginReply implements ReplyHandler {
  readonly onFailure: (error: BoltError) => void;
  readonly onSuccess: (metadata: Metadata) => void;

  constructor(onFailure: (error: BoltError) => void, onSuccess: (metadata: Metadata) => void = nothing) {
    this.onFailure = onFailure;
    this.onSuccess = onSuccess;
  }
}

/** One request as a promise. */
class Reply implements ReplyHandler {
  readonly #records: unknown[] = [];
  readonly #resolve: (result: { metadata: Metadata; records: unknown[] }) => void;
  readonly #reject: (error: BoltError) => void;

  constructor(
    resolve: (result: { metadata: Metadata; records: unknown[] }) => void,
    reject: (error: BoltError) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRecords(records: unknown[]): void {
    this.#records.push(...records);
  }

  onSuccess(metadata: Metadata): void {
    this.#resolve({ metadata, records: this.#records });
  }

  onFailure(error: BoltError): void {
    this.#reject(error);
  }
}

/** Throws when the version has no notification filters: they would be dropped in silence. */
export function requireNotificationFilters(
  version: BoltVersion,
  settings: NotificationSettings,
  server: string,
): void {
  if (version.atLeast(5, 2)) return;
  if (settings.minimumSeverity === undefined && settings.disabledClassifications === undefined) return;
  throw new UnsupportedError(`notification filters need Bolt 5.2 or later, ${server} speaks ${version}`, {
    server,
    version: version.toString(),
  });
}
