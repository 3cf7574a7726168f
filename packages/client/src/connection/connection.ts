// A connection that is logged in, or on its way there: the verbs of the protocol, each with who is told of its answer,
// and requests as promises. The dialogue below it moves the bytes. Knows nothing of sessions, pools or results.
import type {
  AuthToken,
  BoltError,
  BoltVersion,
  Hints,
  Metadata,
  PullOptions,
  RouteFields,
  RoutingTable,
  State,
  StreamFields,
  TransactionExtra,
} from "@bolt/protocol";
import type { Address } from "../transport/address.ts";
import type { OpenOptions } from "./connection-options.ts";
import { Dialogue } from "./dialogue.ts";
import { abortError } from "../errors.ts";
import { login } from "./login.ts";
import { type Answer, handler, nothing, Reply, type ReplyHandler, UNHEARD } from "./replies.ts";
import type { Duplex } from "../transport/transport.ts";

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
  /** Whoever keeps it notes here what it knows of it. */
  holder: unknown;
  /** Called once, when the connection is closed by whatever cause; undefined as error for `close()`. */
  onClosed: ((error: BoltError | undefined) => void) | undefined;

  readonly #dialogue: Dialogue;
  #loggingIn: Promise<void> | undefined;
  /** The latest RESET, and how many requests there were when it was sent. */
  #resetting: Promise<void> | undefined;
  #resetAt = 0;

  /**
   * Handshake and login over a fresh duplex. Rejects with HandshakeError, ServerFailure (login refused),
   * ConnectionLostError, AbortError; the duplex is closed then.
   */
  static async open(duplex: Duplex, options: OpenOptions): Promise<Connection> {
    const connection = new Connection(duplex, options);
    await login(connection.#dialogue, connection.server.address, options, {
      negotiated: (version) => {
        connection.server = { ...connection.server, protocolVersion: version.toString() };
      },
      greeted: (metadata) => connection.#greeted(metadata),
      loggedOn: ({ credentialsExpired }) => {
        connection.credentialsExpired ||= credentialsExpired === true;
      },
    });
    return connection;
  }

  private constructor(duplex: Duplex, { address, config, auth }: OpenOptions) {
    this.address = address;
    this.authToken = auth;
    this.createdAt = this.lastUsedAt = config.clock.now();
    this.server = { address: address.toString(), agent: "", protocolVersion: "" };
    this.#dialogue = new Dialogue(duplex, this.server.address, config);
    this.#dialogue.onEnded = (error) => this.onClosed?.(error);
  }

  /** The negotiated version. */
  get version(): BoltVersion {
    return this.#dialogue.protocol.version!;
  }

  /** Confirmed by the answers read so far. Spec: server state. */
  get state(): State {
    return this.#dialogue.protocol.state;
  }

  get isOpen(): boolean {
    return this.#dialogue.isOpen;
  }

  /** Requests that await their summary. */
  get pending(): number {
    return this.#dialogue.pending;
  }

  /** So far: results weigh what they hold with it. */
  get bytesReceived(): number {
    return this.#dialogue.bytesReceived;
  }

  /** In READY with nothing on its way: fit for the pool as it is. */
  get isReusable(): boolean {
    const { isOpen, protocol, pending } = this.#dialogue;
    return isOpen && pending === 0 && protocol.state === "READY";
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
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.run(query, parameters, extra);
    dialogue.expect(reply);
  }

  pull(options: PullOptions, reply: ReplyHandler): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.pull(options);
    dialogue.expect(reply);
  }

  discard(options: Partial<StreamFields>, reply: ReplyHandler): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.discard(options);
    dialogue.expect(reply);
  }

  begin(extra: TransactionExtra, reply: ReplyHandler): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.begin(extra);
    dialogue.expect(reply);
  }

  commit(reply: ReplyHandler): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.commit();
    dialogue.expect(reply);
  }

  rollback(reply: ReplyHandler): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.rollback();
    dialogue.expect(reply);
  }

  /** Tells the server which API was called, if it wants to know (5.4+) and the caller says so. */
  telemetry(api: number, heard: () => void = nothing): void {
    if (!this.hints.telemetryEnabled || !this.supports(5, 4)) return;
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.telemetry(api);
    dialogue.expect({ onSuccess: heard, onFailure: nothing });
  }

  /** Logs in as somebody else, 5.1+: LOGOFF and LOGON are queued; refusal breaks the connection and all behind. */
  logon(auth: AuthToken): void {
    const dialogue = this.#dialogue;
    dialogue.ensureOpen();
    dialogue.protocol.logoff();
    dialogue.expect(UNHEARD);
    dialogue.protocol.logon(auth);
    const answered = new Promise<void>((resolve, reject) => {
      const failed = (error: BoltError): void => {
        reject(error);
        this.destroy(error);
      };
      dialogue.expect(
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
    this.#dialogue.flush();
  }

  /** Interrupts what runs and clears what failed; resolves in READY. Rejects when the connection broke. */
  reset(signal?: AbortSignal): Promise<void> {
    // A RESET that overtakes LOGON meets a session that has not logged in, which servers do not forgive.
    if (this.#loggingIn) return this.loggedIn().then(() => this.reset(signal));
    const dialogue = this.#dialogue;
    // A second RESET would have the first one IGNORED.
    if (this.#resetting && dialogue.requests === this.#resetAt && !signal) return this.#resetting;
    const sent = this.#request(signal, "resetting a connection", (reply) => {
      dialogue.protocol.reset();
      dialogue.expect(reply);
      this.#resetAt = dialogue.requests;
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
      this.#dialogue.protocol.route(fields);
      this.#dialogue.expect(reply);
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
    if (!this.isOpen || this.isReusable) return undefined;
    const quick = this.pending === 0 || this.state === "FAILED";
    return { done: this.reset(), quick };
  }

  /** Stops reading for a slow consumer, unless others wait behind it for their answers. */
  pause(): void {
    this.#dialogue.pause();
  }

  resume(): void {
    this.#dialogue.resume();
  }

  /** Says GOODBYE and closes; what is pending fails. Never throws. */
  close(): void {
    this.#dialogue.close();
  }

  /** Closes at once; everything pending fails with the error. */
  destroy(error: BoltError): void {
    this.#dialogue.shut(error);
  }

  #greeted(metadata: Metadata): void {
    this.server = { ...this.server, agent: metadata.server ?? "" };
    this.connectionId = metadata.connectionId ?? "";
    this.hints = metadata.hints ?? {};
    this.#dialogue.silenceLimitSeconds = this.hints.recvTimeoutSeconds;
    this.credentialsExpired = metadata.credentialsExpired === true;
  }

  #request(signal: AbortSignal | undefined, doing: string, send: (reply: Reply) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.destroy(abortError(signal!, doing, this.server.address));
      const settled = (): void => signal?.removeEventListener("abort", abort);
      this.#dialogue.ensureOpen();
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
}
