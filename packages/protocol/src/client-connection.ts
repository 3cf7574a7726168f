// The client's side of one connection, without I/O: verbs become bytes, bytes become events. The state
// table judges what may be sent, through ServerModel; ReplyReader reads what comes. Here are the verbs.
import {
  type BoltVersion,
  ClientHandshake,
  MessageReader,
  MessageWriter,
  type StructureReader,
  type StructureWriter,
  UnpackError,
  type UnpackOptions,
} from "@bolt/framing";
import { AuthToken, type AuthTokenInit } from "./auth-token.ts";
import { LocalProtocolError, RemoteProtocolError } from "./errors.ts";
import type { ClientEvent } from "./events.ts";
import { MergedLogin } from "./merged-login.ts";
import { type MessageObserver, visibleBytes } from "./observer.ts";
import { readValues, ReplyReader, type RowReader } from "./reply-reader.ts";
import { wrongFields } from "./request-checks.ts";
import { packFields, patches, writeRequest } from "./request-writer.ts";
import {
  AckFailure,
  Begin,
  Commit,
  Discard,
  Goodbye,
  Hello,
  type HelloFields,
  Logoff,
  Logon,
  missingIn,
  Pull,
  type Request,
  Reset,
  Rollback,
  Route,
  type RouteFields,
  Run,
  type StreamFields,
  Telemetry,
  type TransactionExtra,
  wireName,
} from "./requests.ts";
import { type Response, Success } from "./responses.ts";
import { ServerModel } from "./server-model.ts";
import type { RequestName, State } from "./server-state.ts";
import { structureReaders, structureWriters } from "./structures/index.ts";
import { messagesOf } from "./text-transaction.ts";

/** What a client offers, and how it reads and writes values. */
export interface ClientConnectionOptions extends Pick<UnpackOptions, "integers" | "floats" | "maxDepth"> {
  /** Versions and ranges to offer, in order of preference, such as `["5.8-5.0", "4.4"]`. Default: all. */
  readonly versions?: readonly string[] | undefined;
  /** Longest message accepted from the server, in bytes. Default 256 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Readers of structures, by tag, in place of the protocol's. */
  readonly readers?: Readonly<Record<number, StructureReader>> | undefined;
  /** Writers of values, by constructor, in addition to the protocol's or in place of them. */
  readonly writers?: ReadonlyMap<Function, StructureWriter> | undefined;
  /** Sees every message, secrets starred. */
  readonly observer?: MessageObserver | undefined;
}

/** HELLO's fields; before 5.1 the token may stand in it, as it does on the wire. */
export interface HelloOptions extends Omit<HelloFields, "auth"> {
  readonly auth?: AuthTokenInit | undefined;
}

/** How many records to ask for, of which result, and how to read them. */
export interface PullOptions extends Partial<StreamFields> {
  /** Reads each RECORD. Default: makes an array of its values. */
  readonly rows?: RowReader | undefined;
}

/** Spec: Bolt message specification and server state specification, the client's part. */
export class ClientConnection {
  readonly #handshake: ClientHandshake;
  readonly #reader: MessageReader;
  readonly #writer: MessageWriter;
  readonly #options: ClientConnectionOptions;
  readonly #observer: MessageObserver | undefined;
  /** Its own event for a LOGON that HELLO carried; both have the one response. */
  #logonAnswer: ClientEvent | undefined;
  #version: BoltVersion | undefined;
  readonly #model: ServerModel = new ServerModel();
  #replies: ReplyReader | undefined;
  readonly #login: MergedLogin = new MergedLogin();
  #eof = false;
  #lost = false;

  constructor(options: ClientConnectionOptions = {}) {
    const { versions, integers, floats, maxDepth, maxMessageBytes, observer } = options;
    this.#options = options;
    this.#observer = observer;
    this.#handshake = new ClientHandshake({ versions });
    this.#reader = new MessageReader({ integers, floats, maxDepth, maxMessageBytes });
    this.#writer = new MessageWriter();
    this.#writer.handshake(this.#handshake);
  }

  /** The server's state as confirmed by the replies read so far. */
  get state(): State {
    return this.#lost ? "DEFUNCT" : this.#model.state;
  }

  /** The negotiated version, once the handshake is done. */
  get version(): BoltVersion | undefined {
    return this.#version;
  }

  /** Requests whose summary is awaited. */
  get pending(): number {
    return this.#model.outstanding.length + this.#login.pending;
  }

  /** NOOPs received so far. */
  get noops(): number {
    return this.#reader.noops;
  }

  /** Takes bytes from the server; they are borrowed until nextEvent() has returned undefined. */
  receive(bytes: Uint8Array): void {
    if (this.#lost) return; // it would never be read
    if (this.#version) return this.#reader.receive(bytes);
    this.#handshake.receive(bytes);
    this.#writer.handshake(this.#handshake);
  }

  /** The server will send nothing more. */
  receiveEof(): void {
    this.#eof = true;
    if (!this.#version) this.#handshake.receiveEof();
  }

  /** Everything to be sent, once; undefined when there is nothing. */
  bytesToSend(): Uint8Array | undefined {
    return this.#writer.bytesToSend();
  }

  /**
   * The next event; undefined when more bytes are needed.
   * Throws HandshakeError, RemoteProtocolError or MessageTooLargeError; then the connection is DEFUNCT.
   */
  nextEvent(): ClientEvent | undefined {
    if (this.#logonAnswer) {
      const event = this.#logonAnswer;
      this.#logonAnswer = undefined;
      return event;
    }
    if (this.#lost) return undefined;
    try {
      return this.#version ? this.#nextMessage() : this.#negotiate();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Whether the verb would be accepted now. */
  can(request: RequestName): boolean {
    return !this.#objection(request);
  }

  /**
   * HELLO (INIT on 1 and 2). Before 5.1 it is sent together with LOGON, as one message, unless it brings the
   * token itself; each of the two verbs still gets its own response.
   */
  hello(options: HelloOptions): Hello {
    const { auth } = options;
    const hello = new Hello({ ...options, auth: auth && AuthToken.from(auth) });
    const version = this.#check(hello);
    const apart = version.atLeast(5, 1);
    if (apart && auth)
      throw this.#misuse("HELLO", `HELLO takes no token in Bolt ${version}: send it by LOGON`);
    if (apart || auth) return this.#send(hello);
    return (this.#login.held = hello);
  }

  /** LOGON, on every version; see hello(). */
  logon(token: AuthTokenInit): Logon {
    const logon = new Logon(AuthToken.from(token));
    const { held } = this.#login;
    if (!held) return this.#ask(logon);
    this.#check(logon);
    // The answers refer to the request objects that the two verbs have returned.
    this.#send(new Hello({ ...held, auth: logon.auth }), held);
    this.#login.sent(logon);
    return logon;
  }

  /** LOGOFF, 5.1+. */
  logoff(): Logoff {
    return this.#ask(new Logoff());
  }

  /** RUN. `extra` is only for use outside a transaction: queries inside one have that of BEGIN. */
  run(query: string, parameters: Readonly<Record<string, unknown>> = {}, extra: TransactionExtra = {}): Run {
    return this.#ask(new Run(query, parameters, extra));
  }

  /** PULL: `n` records (default all) of result `qid` (default the last). Before 4.0 a PULL_ALL always pulls all. */
  pull(options: PullOptions = {}): Pull {
    const { n = -1, qid, rows = readValues } = options;
    const asked = new Pull(n, qid);
    const version = this.#check(asked);
    const pull = this.#send(version.atLeast(4) ? asked : new Pull(-1, qid));
    this.#replies!.expectRows(rows);
    return pull;
  }

  /** DISCARD: drops `n` records (default all) of result `qid` (default the last). */
  discard(options: Partial<StreamFields> = {}): Discard {
    return this.#ask(new Discard(options.n ?? -1, options.qid));
  }

  /** BEGIN; on Bolt 1 and 2 a RUN text and its DISCARD_ALL, answered as one. */
  begin(extra: TransactionExtra = {}): Begin {
    return this.#ask(new Begin(extra));
  }

  /** COMMIT; on Bolt 1 and 2 as begin(). */
  commit(): Commit {
    return this.#ask(new Commit());
  }

  /** ROLLBACK; on Bolt 1 and 2 as begin(). */
  rollback(): Rollback {
    return this.#ask(new Rollback());
  }

  /** RESET, after the login. */
  reset(): Reset {
    return this.#ask(new Reset());
  }

  /** ACK_FAILURE, 1 and 2. */
  ackFailure(): AckFailure {
    return this.#ask(new AckFailure());
  }

  /** ROUTE, 4.3+. */
  route(fields: RouteFields = {}): Route {
    return this.#ask(new Route(fields));
  }

  /** TELEMETRY, 5.4+: 0 managed transaction, 1 explicit transaction, 2 auto-commit, 3 executeQuery. */
  telemetry(api: number): Telemetry {
    return this.#ask(new Telemetry(api));
  }

  /** GOODBYE, in every state; the connection is DEFUNCT. Bolt 1 and 2 have no such message: nothing is sent. */
  goodbye(): Goodbye {
    const goodbye = new Goodbye();
    const version = this.#check(goodbye);
    const before = this.state;
    this.#model.close();
    if (version.atLeast(3)) {
      writeRequest(this.#writer, goodbye, version);
      this.#observeSent(goodbye, version, before);
    }
    return goodbye;
  }

  /** Why the verb would be refused now, and in which state; undefined when it would not. */
  #objection(request: RequestName): readonly [why: string, state?: State] | undefined {
    const version = this.#version;
    const model = this.#model;
    if (!version) return [`${request} before the handshake is done`];
    if (this.#lost) return [`${request} on a connection that is closed`];
    const message = this.#login.messageOf(request);
    if (!message) return [`${request} before LOGON`];
    const needs = missingIn(version, message);
    if (needs) return [`${request} needs Bolt ${needs}; this connection speaks ${version}`];
    const state = model.forbiddenIn(message);
    if (state === undefined) return undefined;
    const ahead = state === model.state ? "" : ", where the requests before it may lead";
    return [`${wireName(request, version)} is not allowed in state ${state}${ahead}`, state];
  }

  /** Throws LocalProtocolError when the request may not be sent now, or not with these fields. */
  #check(request: Request): BoltVersion {
    const objection = this.#objection(request.name);
    if (objection) throw this.#misuse(request.name, ...objection);
    const version = this.#version!;
    const wrong = wrongFields(request, version);
    if (wrong) throw this.#misuse(request.name, wrong);
    return version;
  }

  #misuse(request: RequestName, message: string, state: State = this.state): LocalProtocolError {
    return new LocalProtocolError(message, state, request);
  }

  #ask<T extends Request>(request: T): T {
    this.#check(request);
    return this.#send(request);
  }

  /** Sends `request`; its answer is reported as the answer to `asked`. */
  #send<T extends Request>(request: T, asked: T = request): T {
    const version = this.#version!;
    const messages = messagesOf(request, version);
    // All or none: where there are two, the second one cannot fail to be packed.
    for (const message of messages) writeRequest(this.#writer, message, version);
    const before = this.state;
    this.#model.sent(asked);
    for (const message of messages) this.#observeSent(message, version, before);
    return request;
  }

  #observeSent(request: Request, version: BoltVersion, before: State): void {
    if (!this.#observer?.sent) return;
    const bytes = (): Uint8Array => visibleBytes(packFields, request, version, this.#writer.packer);
    this.#observer.sent({ message: request, bytes, before, after: this.state });
  }

  #negotiate(): ClientEvent | undefined {
    const version = this.#handshake.nextEvent();
    if (!version) return undefined;
    this.#version = version;
    this.#model.begin(version);
    this.#replies = new ReplyReader(this.#reader, this.#model, version, this.#observer);
    this.#useStructures(version, false);
    const trailing = this.#handshake.takeTrailing();
    if (trailing) this.#reader.receive(trailing);
    return { type: "VersionNegotiated", version };
  }

  #useStructures(version: BoltVersion, utc: boolean): void {
    const { readers, writers } = this.#options;
    const uuid = version.atLeast(6, 1);
    const { unpacker } = this.#reader;
    const { packer } = this.#writer;
    unpacker.structures = structureReaders(version, { utc, role: "client", overrides: readers });
    packer.structures = structureWriters(version, { utc, role: "client", overrides: writers });
    unpacker.uuid = packer.uuid = uuid;
  }

  #nextMessage(): ClientEvent | undefined {
    const event = this.#replies!.next();
    if (!event) return this.#eof ? this.#lose() : undefined;
    if (event.type === "ResponseReceived" && event.request.name === "HELLO") {
      this.#greeted(event.request, event.response);
    }
    return event;
  }

  #lose(): ClientEvent {
    const cut = this.#reader.midMessage;
    const error = new RemoteProtocolError(
      "the server closed the connection in the middle of a message",
      this.state,
      "EOF",
    );
    this.#lost = true;
    const pending = this.#login.insertInto(this.#model.outstanding.toArray());
    return { type: "ConnectionLost", pending, ...(cut && { error }) };
  }

  #greeted(hello: Hello, response: Response): void {
    const version = this.#version!;
    const metadata = response instanceof Success ? response.metadata : undefined;
    const utc = hello.patchBolt?.includes("utc") && metadata?.patchBolt?.includes("utc");
    if (utc && patches(version)) this.#useStructures(version, true);
    this.#logonAnswer = this.#login.answered(metadata);
  }

  #fail(error: unknown): unknown {
    const state = this.state;
    this.#lost = true;
    if (!(error instanceof UnpackError)) return error;
    return new RemoteProtocolError(
      `the server's message cannot be read: ${error.message}`,
      state,
      "unreadable message",
      {
        cause: error,
      },
    );
  }
}
