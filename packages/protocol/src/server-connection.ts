// The server's side of one connection, without I/O: bytes become requests, one at a time; verbs become
// bytes. The state table judges what came; what needs no engine to be answered is answered here.
import {
  type BoltVersion,
  ServerHandshake,
  type StructureReader,
  type StructureWriter,
  type UnpackOptions,
} from "@bolt/framing";
import { LocalProtocolError, RemoteProtocolError } from "./errors.ts";
import type { ServerEvent } from "./events.ts";
import { Failure, failureToWire } from "./failure.ts";
import { Inbox, type Received } from "./inbox.ts";
import { metadataToWire } from "./metadata.ts";
import { type MessageObserver, visibleBytes } from "./observer.ts";
import { type OpenResult, OpenResults } from "./open-results.ts";
import { Outbox } from "./outbox.ts";
import { serverWriters, takeReplaced } from "./placeholders.ts";
import { INVALID_FORMAT, refusal, violation } from "./refusals.ts";
import { patches } from "./request-writer.ts";
import { type Hello, type Request, wireName } from "./requests.ts";
import {
  FAILURE,
  IGNORED,
  Ignored,
  type Metadata,
  RECORD,
  type Response,
  SUCCESS,
  Success,
} from "./responses.ts";
import {
  initialState,
  isBeforeLogin,
  type State,
  stateTable,
  type StateTable,
  type Transition,
} from "./server-state.ts";
import { structureReaders } from "./structures/index.ts";
import { requestOfText, textSuccesses } from "./text-transaction.ts";

/** What a server agrees to, and what it makes of values. */
export interface ServerConnectionOptions extends Pick<UnpackOptions, "integers" | "floats" | "maxDepth"> {
  /** Versions and ranges to agree to, such as `["6.1-6.0", "5.8-5.0"]`. Default: all. */
  readonly versions?: readonly string[] | undefined;
  /** Longest message taken once the client has logged in, in bytes. Default: no limit but memory. */
  readonly maxMessageBytes?: number | undefined;
  /** Longest message taken before that, and after a LOGOFF, in bytes. Default 8192, as Neo4j has it. */
  readonly maxMessageBytesBeforeLogin?: number | undefined;
  /** Own readers of structures, by tag, in place of the protocol's. */
  readonly readers?: Readonly<Record<number, StructureReader>> | undefined;
  /** Own writers of values, by constructor, in front of the protocol's. */
  readonly writers?: ReadonlyMap<Function, StructureWriter> | undefined;
  /** Sees every message, secrets starred. */
  readonly observer?: MessageObserver | undefined;
}

/** The request that is being answered. */
interface Current {
  readonly request: Request;
  readonly transition: Transition;
  readonly qid: number;
  /** Of a PULL: the result whose rows may be sent. */
  readonly pulled: OpenResult | undefined;
}

/** Spec: Bolt message specification and server state specification, the server's part. */
export class ServerConnection {
  readonly #handshake: ServerHandshake;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #options: ServerConnectionOptions;
  readonly #results: OpenResults = new OpenResults();
  readonly #urgent: ServerEvent[] = [];
  #version: BoltVersion | undefined;
  #table: StateTable = {};
  #state: State = "DISCONNECTED";
  #current: Current | undefined;
  /** RESETs that have arrived and are not answered. */
  #resets = 0;
  /** Bolt 1 and 2: metadata for the PULL_ALL or DISCARD_ALL behind a transaction text. */
  #trailer: Metadata | undefined;
  #utc = false;
  /** Has logged in before. */
  #known = false;
  #eof = false;
  #ended = false;

  constructor(options: ServerConnectionOptions = {}) {
    const { versions, integers, floats, maxDepth, maxMessageBytesBeforeLogin = 8192, observer } = options;
    this.#options = options;
    this.#handshake = new ServerHandshake({ versions });
    this.#inbox = new Inbox(
      {
        integers,
        floats,
        maxDepth,
        // A Neo4j server refuses a map that says a key twice, and so the sender learns of its mistake.
        duplicateKeys: "reject",
        maxMessageBytes: maxMessageBytesBeforeLogin,
      },
      () => this.#version!,
      (request) => observer?.received && this.#observeReceived(request),
    );
    this.#outbox = new Outbox(observer);
  }

  get state(): State {
    return this.#state;
  }

  /** The negotiated version, once the handshake is done. */
  get version(): BoltVersion | undefined {
    return this.#version;
  }

  /** Requests received and not answered, the current one included, as far as they were looked at. */
  get pending(): number {
    return this.#inbox.length + (this.#current ? 1 : 0);
  }

  /** Bytes that bytesToSend() would return. */
  get queuedBytes(): number {
    return this.#outbox.writer.queuedBytes;
  }

  /** Takes bytes of the client; they are borrowed until nextEvent() has returned undefined. */
  receive(bytes: Uint8Array): void {
    if (this.#ended) return; // nobody will read it
    if (this.#version) this.#inbox.reader.receive(bytes);
    else this.#handshake.receive(bytes);
  }

  /** The client will send nothing more. */
  receiveEof(): void {
    this.#eof = true;
    if (!this.#version) this.#handshake.receiveEof();
  }

  /** Everything to be sent, once; undefined when there is nothing. */
  bytesToSend(): Uint8Array | undefined {
    return this.#handshake.bytesToSend() ?? this.#outbox.writer.bytesToSend();
  }

  /**
   * The next event; undefined when the current request must be answered first, or more bytes are needed.
   * Call it after each answer and after each receive(): while a request runs, that is how a RESET is seen.
   * Throws HandshakeError or RemoteProtocolError: send what is queued, then close; the state is DEFUNCT.
   */
  nextEvent(): ServerEvent | undefined {
    if (this.#ended) return undefined;
    if (!this.#version) return this.#negotiate();
    if (this.#current) this.#lookAhead();
    while (!this.#current && this.#urgent.length === 0) {
      const received = this.#inbox.take();
      if (!received) break;
      const event = this.#judge(received);
      if (event) return event;
    }
    const urgent = this.#urgent.shift();
    // A GOODBYE that has jumped ahead is the last event, as one in its place is.
    if (this.#state === "DEFUNCT" && this.#urgent.length === 0) this.#ended = true;
    if (urgent || !this.#eof) return urgent;
    return this.#lose();
  }

  /** SUCCESS for the current request. Keys that the version does not know are left out. */
  success(metadata: Metadata = {}): void {
    const { request, transition, qid } = this.#answering("SUCCESS");
    const more = metadata.hasMore === true;
    if (more && transition.hasMore === undefined) {
      const name = wireName(request.name, this.#version);
      throw this.#misuse(`SUCCESS with hasMore is no answer to ${name} in Bolt ${this.#version}`, "SUCCESS");
    }
    this.#noteReplaced(qid);
    const said = this.#described(request, qid, metadata);
    const wire = metadataToWire(said, this.#version!, more ? undefined : this.#results.get(qid));
    this.#respond(new Success(said), SUCCESS, wire, () => {
      this.#complete(request, qid, metadata);
      this.#finish(more ? transition.hasMore! : this.#after(transition));
    });
  }

  /** A RECORD of the result that is being pulled. Throws PackError for a value that cannot be sent; nothing is. */
  record(values: readonly unknown[]): void {
    const { request, pulled } = this.#answering("RECORD");
    if (!pulled) throw this.#misuse(`RECORD answers PULL, not ${request.name}`, "RECORD");
    this.#outbox.put(RECORD, values);
    pulled.rows = true;
    if (!this.#outbox.isWatched) return;
    this.#outbox.show({ name: "RECORD", values }, { tag: RECORD, field: values }, this.#state, this.#state);
  }

  /** FAILURE for the current request, in the shape of the version. After a failed login: send it and close. */
  failure(failure: Failure): void {
    const { transition } = this.#answering("FAILURE");
    this.#results.clear();
    this.#trailer = undefined;
    this.#fail(failure, () => this.#finish(transition.failure));
  }

  /** IGNORED for the current request: the answer to what a RESET has interrupted before it started. */
  ignored(): void {
    this.#answering("IGNORED");
    this.#ignore();
    this.#finish(this.#state);
  }

  /** A sign of life between messages, from 4.1 on. */
  noop(): void {
    if (!this.#version?.atLeast(4, 1)) throw this.#misuse("NOOP needs Bolt 4.1 or later", "NOOP");
    this.#outbox.writer.noop();
  }

  #answering(response: string): Current {
    if (!this.#current) throw this.#misuse(`${response}, but no request is waiting for an answer`, response);
    return this.#current;
  }

  #misuse(message: string, response: string): LocalProtocolError {
    return new LocalProtocolError(message, this.#state, response);
  }

  #negotiate(): ServerEvent | undefined {
    let version: BoltVersion | undefined;
    try {
      version = this.#handshake.nextEvent();
    } catch (error) {
      this.#close();
      throw error;
    }
    if (!version) return undefined;
    this.#version = version;
    this.#table = stateTable(version);
    this.#state = initialState(version);
    this.#useStructures();
    const trailing = this.#handshake.takeTrailing();
    if (trailing) this.#inbox.reader.receive(trailing);
    return { type: "VersionNegotiated", version };
  }

  #useStructures(): void {
    const { readers, writers } = this.#options;
    const version = this.#version!;
    const { unpacker } = this.#inbox.reader;
    const { packer } = this.#outbox.writer;
    const utc = this.#utc;
    unpacker.structures = structureReaders(version, { utc, role: "server", overrides: readers });
    packer.structures = serverWriters(version, utc, writers);
    unpacker.uuid = packer.uuid = version.atLeast(6, 1);
  }

  /** While a request runs: a RESET or GOODBYE behind it must be noticed now. */
  #lookAhead(): void {
    for (let urgent = this.#inbox.urgent(); urgent; urgent = this.#inbox.urgent()) {
      if (urgent.name === "GOODBYE") {
        this.#urgent.push({ type: "RequestReceived", request: urgent.request, qid: -1 });
        return this.#close();
      }
      if (!this.#mayInterrupt()) return;
      this.#inbox.interrupt();
      // One event is enough: what runs is aborted already.
      if (this.#resets++ === 0) this.#urgent.push({ type: "Interrupted" });
      this.#state = "INTERRUPTED";
    }
  }

  /** A login is never jumped over: a RESET behind it keeps its place, and leads nowhere without one. */
  #mayInterrupt(): boolean {
    const { name } = this.#current!.request;
    return !isBeforeLogin(this.#state) && name !== "LOGOFF" && name !== "RESET";
  }

  #judge(received: Received): ServerEvent | undefined {
    if (received.kind === "fatal")
      throw this.#end(received.failure, `unexpected ${received.received}`, received.received, received.cause);
    const request = received.kind === "request" ? this.#translate(received.request) : undefined;
    const name = request?.name ?? received.name;
    if (this.#trailer && (name === "PULL" || name === "DISCARD")) return this.#answerTrailer();
    this.#trailer = undefined;
    if (received.kind === "request" && received.interrupting && --this.#resets > 0) return this.#ignore();
    const reaction = name
      ? this.#table[this.#state]?.[name]
      : ({ success: "FAILED", failure: "FAILED" } as const);
    if (!reaction || (!name && isBeforeLogin(this.#state))) throw this.#violation(name);
    if (typeof reaction === "string") return this.#ignore();
    if (!request || received.kind === "malformed") {
      this.#refuse((received as { failure: Failure }).failure, reaction.failure);
      return undefined;
    }
    return this.#deliver(request, reaction);
  }

  #translate(request: Request): Request {
    if (request.name !== "RUN" || this.#version!.atLeast(3)) return request;
    return requestOfText(request, this.#state) ?? request;
  }

  #deliver(request: Request, transition: Transition): ServerEvent | undefined {
    let qid = -1;
    if (request.name === "RUN") qid = this.#inTransaction() ? this.#results.next : 0;
    else if (request.name === "PULL" || request.name === "DISCARD") {
      const found = this.#results.find(request.qid ?? -1);
      if (found === undefined) {
        this.#refuse(refusal(`No such statement: ${request.qid}`, INVALID_FORMAT), transition.failure);
        return undefined;
      }
      qid = found;
    }
    // LOGOFF, LOGON and a long request may come in one go, and the last is read ahead while the second is looked at.
    if (request.name === "LOGON" && this.#known) this.#limit(true);
    if (request.name === "GOODBYE") this.#close();
    else {
      const pulled = request.name === "PULL" ? this.#results.get(qid) : undefined;
      if (pulled) pulled.rows ??= false;
      this.#current = { request, transition, qid, pulled };
    }
    return { type: "RequestReceived", request, qid };
  }

  /** Answers a request that never reaches the engine. */
  #refuse(failure: Failure, next: State): void {
    const before = this.#state;
    this.#results.clear();
    this.#fail(failure, () => this.#enter(next));
    if (next === "DEFUNCT") {
      this.#ended = true;
      throw new RemoteProtocolError(failure.message, before, failure.message);
    }
  }

  #violation(name: Request["name"] | undefined): RemoteProtocolError {
    const shown = name ? wireName(name, this.#version) : "that is no structure";
    const failure = violation(shown, this.#state);
    return this.#end(failure, failure.message, shown);
  }

  /** The end of the connection by the client's fault; the FAILURE is queued for it to read. */
  #end(
    failure: Failure | undefined,
    message: string,
    received: string,
    cause?: unknown,
  ): RemoteProtocolError {
    const before = this.#state;
    if (failure) this.#fail(failure, () => this.#close());
    else this.#close();
    return new RemoteProtocolError(message, before, received, { cause });
  }

  #answerTrailer(): undefined {
    const metadata = this.#trailer!;
    this.#trailer = undefined;
    this.#respond(new Success(metadata), SUCCESS, metadataToWire(metadata, this.#version!));
  }

  #ignore(): undefined {
    this.#respond(new Ignored(), IGNORED);
  }

  #fail(failure: Failure, enter: () => void): void {
    this.#respond(failure, FAILURE, failureToWire(failure, this.#version!), enter);
  }

  /** Sends the response first: one that cannot be packed has changed nothing. */
  #respond(response: Response, tag: number, field?: object, takeEffect?: () => void): void {
    const before = this.#state;
    this.#outbox.put(tag, field);
    takeEffect?.();
    if (this.#outbox.isWatched) this.#outbox.show(response, { tag, field }, before, this.#state);
  }

  /** What the SUCCESS of the request says, beyond what the engine gave too. */
  #described(request: Request, qid: number, metadata: Metadata): Metadata {
    switch (request.name) {
      case "RUN":
        return this.#inTransaction() ? { ...metadata, qid } : metadata;
      case "HELLO":
        if (this.#grantsUtc(request)) return { ...metadata, patchBolt: ["utc"] };
        return this.#handshake.manifest
          ? { ...metadata, protocolVersion: this.#version!.toString() }
          : metadata;
      case "BEGIN":
      case "COMMIT":
      case "ROLLBACK":
        return this.#version!.atLeast(3) ? metadata : textSuccesses(metadata)[0];
      default:
        return metadata;
    }
  }

  /** What the SUCCESS of the request opens and closes. */
  #complete(request: Request, qid: number, metadata: Metadata): void {
    switch (request.name) {
      case "RUN":
        if (!this.#inTransaction()) this.#results.clear();
        return this.#results.add((metadata.fields?.length ?? 0) > 0);
      case "PULL":
      case "DISCARD":
        if (metadata.hasMore !== true) this.#results.end(qid);
        else this.#results.get(qid)!.rows = true;
        return;
      case "HELLO":
        this.#utc = this.#grantsUtc(request);
        if (this.#utc) this.#useStructures();
        return;
      case "BEGIN":
      case "COMMIT":
      case "ROLLBACK":
        if (!this.#version!.atLeast(3)) this.#trailer = textSuccesses(metadata)[1];
        return this.#results.clear();
      case "RESET":
        this.#results.clear();
    }
  }

  #grantsUtc({ patchBolt }: Hello): boolean {
    return patches(this.#version!) && patchBolt?.includes("utc") === true;
  }

  /** Placeholders are written by whichever result is being pulled, and told of at its end; nobody asks if it failed. */
  #noteReplaced(qid: number): void {
    const type = this.#version!.atLeast(6) ? undefined : takeReplaced(this.#outbox.writer.packer);
    const result = type === undefined ? undefined : this.#results.get(qid);
    if (result) result.replaced ??= type;
  }

  #inTransaction(): boolean {
    return this.#state === "TX_READY" || this.#state === "TX_STREAMING";
  }

  /** After success: with results still open a transaction stays in TX_STREAMING. */
  #after({ success, hasMore }: Transition): State {
    return hasMore && this.#results.size > 0 ? hasMore : success;
  }

  #finish(next: State): void {
    const reset = this.#current?.request.name === "RESET";
    this.#current = undefined;
    // An interrupted request may still succeed; the RESET behind it decides the state.
    if (next === "DEFUNCT") this.#close();
    else if (this.#resets === 0 || reset) this.#enter(next);
  }

  #enter(state: State): void {
    this.#state = state;
    this.#known ||= !isBeforeLogin(state);
    this.#limit(!isBeforeLogin(state));
  }

  /** How long a message may be, by whether it is said by somebody who is known. */
  #limit(known: boolean): void {
    const { maxMessageBytes = Infinity, maxMessageBytesBeforeLogin = 8192 } = this.#options;
    this.#inbox.reader.maxMessageBytes = known ? maxMessageBytes : maxMessageBytesBeforeLogin;
  }

  #close(): void {
    this.#inbox.drop();
    this.#current = undefined;
    this.#state = "DEFUNCT";
    if (this.#urgent.length === 0) this.#ended = true;
  }

  #lose(): ServerEvent {
    const pending = this.#current ? [this.#current.request] : [];
    const cut = this.#inbox.reader.midMessage;
    const error = new RemoteProtocolError(
      "the client closed the connection in the middle of a message",
      this.#state,
      "EOF",
    );
    this.#state = "DEFUNCT";
    this.#ended = true;
    return { type: "ConnectionLost", pending, ...(cut && { error }) };
  }

  #observeReceived(request: Request): void {
    const secret = request.name === "LOGON" || request.name === "HELLO";
    const bytes = secret
      ? (): Uint8Array => visibleBytes(request, this.#version!, this.#outbox.writer.packer)
      : (): Uint8Array => this.#inbox.reader.messageBytes();
    this.#options.observer?.received?.({ message: request, bytes, before: this.#state, after: this.#state });
  }
}
