// A connection that is logged in or logging in: the verbs of the protocol, each with a handler for its answer, and
// requests as promises. Its base class, Dialogue, moves the bytes. Knows nothing of sessions, pools or results.
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
import { onceAborted } from "../abort.ts";
import { abortError, UnsupportedError } from "../errors.ts";
import type { Address } from "../transport/address.ts";
import type { Duplex } from "../transport/transport.ts";
import type { OpenOptions } from "./connection-options.ts";
import { Dialogue } from "./dialogue.ts";
import { login } from "./login.ts";
import { handler, nothing, type ReplyHandler, UNHEARD } from "./replies.ts";

/** Work that must end before a connection can be used again. */
export interface Recovery {
  /** Resolves when the connection is usable; rejects when it broke. */
  readonly done: Promise<void>;
  /** Nothing was running: the answer is one round trip away, so waiting beats opening a new connection. */
  readonly quick: boolean;
}

export class Connection extends Dialogue {
  readonly address: Address;
  /** On the clock's scale, in milliseconds. */
  readonly createdAt: number;
  /** The current login. */
  authToken: AuthToken;
  hints: Hints = {};
  /** The server's name for this connection, as in its log; empty when it gave none. */
  connectionId = "";

  #loggingIn: Promise<void> | undefined;
  /** The latest RESET, and the number of requests when it was sent. */
  #resetting: Promise<void> | undefined;
  #resetAt = 0;

  /**
   * Does handshake and login over a fresh duplex. Rejects with HandshakeError, ServerFailure (login refused),
   * ConnectionLostError or AbortError, after closing the duplex.
   */
  static async open(duplex: Duplex, options: OpenOptions): Promise<Connection> {
    const connection = new Connection(duplex, options);
    await login(connection, options);
    return connection;
  }

  private constructor(duplex: Duplex, options: OpenOptions) {
    super(duplex, options);
    this.address = options.address;
    this.authToken = options.auth;
    this.createdAt = options.config.clock.now();
  }

  /** The negotiated version. */
  get version(): BoltVersion {
    return this.protocol.version!;
  }

  /** The state according to the answers read so far. Spec: server state. */
  get state(): State {
    return this.protocol.state;
  }

  /** Whether the negotiated version is this one or newer. */
  supports(major: number, minor = 0): boolean {
    return this.version.atLeast(major, minor);
  }

  /** Throws UnsupportedError for older versions, which would silently ignore the feature. */
  require(what: string, major: number, minor: number): void {
    if (this.supports(major, minor)) return;
    const server = this.server.address;
    const version = this.version.toString();
    const message = `${what} needs Bolt ${major}.${minor} or newer, ${server} speaks ${version}`;
    throw new UnsupportedError(message, { server, version });
  }

  /** Takes over what HELLO's SUCCESS says. */
  greeted({ server = "", connectionId = "", hints = {} }: Metadata): void {
    this.server = { ...this.server, agent: server, protocolVersion: this.version.toString() };
    this.connectionId = connectionId;
    this.hints = hints;
    this.silence.limitSeconds = hints.recvTimeoutSeconds;
  }

  // Verbs: each queues one message and its handler; flush() writes what is queued. A verb that throws
  // (PackError, LocalProtocolError) has queued nothing.

  run(
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    extra: TransactionExtra,
    reply: ReplyHandler,
  ): void {
    this.verbs.run(query, parameters, extra);
    this.expect(reply);
  }

  pull(options: PullOptions, reply: ReplyHandler): void {
    this.verbs.pull(options);
    this.expect(reply);
  }

  discard(options: Partial<StreamFields>, reply: ReplyHandler): void {
    this.verbs.discard(options);
    this.expect(reply);
  }

  begin(extra: TransactionExtra, reply: ReplyHandler): void {
    this.verbs.begin(extra);
    this.expect(reply);
  }

  commit(reply: ReplyHandler): void {
    this.verbs.commit();
    this.expect(reply);
  }

  rollback(reply: ReplyHandler): void {
    this.verbs.rollback();
    this.expect(reply);
  }

  /** Tells the server which API was called, if it wants to know (5.4+). */
  telemetry(api: number, heard: () => void = nothing): void {
    if (!this.hints.telemetryEnabled || !this.supports(5, 4)) return;
    this.verbs.telemetry(api);
    this.expect(handler(nothing, heard));
  }

  /** Queues LOGOFF and LOGON (5.1+). If the login is refused, the connection breaks and all later requests fail. */
  logon(auth: AuthToken): void {
    this.verbs.logoff();
    this.expect(UNHEARD);
    this.verbs.logon(auth);
    const answered = new Promise<void>((resolve, reject) => {
      const failed = (error: BoltError): void => {
        reject(error);
        this.destroy(error);
      };
      this.expect(
        handler(failed, () => {
          this.#loggingIn = undefined;
          resolve();
        }),
      );
    });
    // Later requests report the failure.
    answered.catch(nothing);
    this.#loggingIn = answered;
    this.authToken = auth;
  }

  /** Settles when the server has answered the latest logon(). */
  loggedIn(): Promise<void> {
    this.flush();
    return this.#loggingIn ?? Promise.resolve();
  }

  /** Sends RESET: stops running work and clears a failure. Resolves in READY; rejects when the connection broke. */
  reset(): Promise<void> {
    // A RESET that overtakes LOGON would reach a session that is not logged in: older servers close the connection.
    if (this.#loggingIn) return this.loggedIn().then(() => this.reset());
    // A second RESET would have the first one IGNORED.
    if (this.pending > 0 && this.requests === this.#resetAt) return this.#resetting!;
    return (this.#resetting = this.#request("resetting a connection", undefined, (reply) => {
      this.verbs.reset();
      this.expect(reply);
      this.#resetAt = this.requests;
    }).then(nothing));
  }

  /** The routing table of a database, 4.3+. */
  async route(fields: RouteFields, signal?: AbortSignal): Promise<RoutingTable> {
    const { metadata } = await this.#request("asking for a routing table", signal, (reply) => {
      this.verbs.route(fields);
      this.expect(reply);
    });
    return metadata.rt ?? { ttl: 0, servers: [] };
  }

  /** Runs a small query and returns all its rows as arrays: for the routing procedures of old servers. */
  async query(
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    extra: TransactionExtra,
    signal?: AbortSignal,
  ): Promise<unknown[][]> {
    const { records } = await this.#request("running a procedure", signal, (reply) => {
      this.run(
        query,
        parameters,
        extra,
        handler((error) => reply.onFailure(error, undefined)),
      );
      this.pull({ n: -1 }, reply);
    });
    return records as unknown[][];
  }

  /** Starts what must happen before the connection can be used again; undefined if nothing (then check `isOpen`). */
  recycle(): Recovery | undefined {
    const { pending, state } = this;
    // In READY with nothing pending it can be used at once.
    if (!this.isOpen || (pending === 0 && state === "READY")) return undefined;
    const quick = pending === 0 || state === "FAILED";
    return { done: this.reset(), quick };
  }

  /** Makes a promise of one request. A signal that fires meanwhile closes the connection. */
  async #request(
    doing: string,
    signal: AbortSignal | undefined,
    send: (reply: ReplyHandler) => void,
  ): Promise<{ readonly metadata: Metadata; readonly records: unknown[] }> {
    const { address } = this.server;
    if (signal?.aborted) throw abortError(signal, doing, address);
    const unlisten = onceAborted(signal, (fired) => this.destroy(abortError(fired, doing, address)));
    const records: unknown[] = [];
    const onRecords = (more: unknown[]): void => {
      for (const record of more) records.push(record);
    };
    try {
      const metadata = await new Promise<Metadata>((onSuccess, onFailure) => {
        send({ onRecords, onSuccess, onFailure });
        this.flush();
      });
      return { metadata, records };
    } finally {
      unlisten();
    }
  }
}
