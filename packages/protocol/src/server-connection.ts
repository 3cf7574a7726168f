// The server's side of one connection, without I/O: bytes become requests, one at a time; verbs become
// bytes. The state table judges the requests; those that need no engine are answered here.
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
import { metadataToWire } from "./metadata-writer.ts";
import { type MessageObserver, visibleBytes } from "./observer.ts";
import type { OpenResult } from "./open-results.ts";
import { Outbox } from "./outbox.ts";
import { serverWriters, takeReplaced } from "./placeholders.ts";
import { INVALID_FORMAT, refusal, violation } from "./refusals.ts";
import { packLogin, patches } from "./request-writer.ts";
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
import { ServerProgress } from "./server-progress.ts";
import type { State, Transition } from "./server-state.ts";
import { structureReaders } from "./structures/index.ts";
import { isText, requestOfText, textSuccesses } from "./text-transaction.ts";

/** What a server agrees to, and how it reads and writes values. */
export interface ServerConnectionOptions extends Pick<UnpackOptions, "integers" | "floats" | "maxDepth"> {
  /** Versions and ranges to agree to, such as `["6.1-6.0", "5.8-5.0"]`. Default: all. */
  readonly versions?: readonly string[] | undefined;
  /** Longest message accepted once the client has logged in, in bytes. Default: no limit but memory. */
  readonly maxMessageBytes?: number | undefined;
  /** Longest message accepted before that, and after a LOGOFF, in bytes. Default 8192, as in Neo4j. */
  readonly maxMessageBytesBeforeLogin?: number | undefined;
  /** Readers of structures, by tag, in place of the protocol's. */
  readonly readers?: Readonly<Record<number, StructureReader>> | undefined;
  /** Writers of values, by constructor, in addition to the protocol's or in place of them. */
  readonly writers?: ReadonlyMap<Function, StructureWriter> | undefined;
  /** Sees every message, secrets starred. */
  readonly observer?: MessageObserver | undefined;
}

/** The request that is being answered. */
interface Current {
  readonly request: Request;
  readonly transition: Transition;
  /** For PULL and DISCARD: the result that they refer to. */
  readonly result: OpenResult | undefined;
}

/** Spec: Bolt message specification and server state specification, the server's part. */
export class ServerConnection {
  readonly #handshake: ServerHandshake;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #options: ServerConnectionOptions;
  readonly #progress = new ServerProgress();
  readonly #urgent: ServerEvent[] = [];
  #version: BoltVersion | undefined;
  #current: Current | undefined;
  /** Bolt 1 and 2: metadata for the PULL_ALL or DISCARD_ALL after a transaction text. */
  #trailer: Metadata | undefined;
  /** The client has logged in at least once. */
  #hadLogin = false;
  #eof = false;

  constructor(options: ServerConnectionOptions = {}) {
    const { versions, integers, floats, maxDepth, observer } = options;
    this.#options = options;
    this.#handshake = new ServerHandshake({ versions });
    this.#inbox = new Inbox(
      // As a Neo4j server does: refusing a map with a repeated key tells its sender about the mistake.
      { integers, floats, maxDepth, duplicateKeys: "reject" },
      () => this.#version!,
      (request) => observer?.received && this.#observeReceived(request),
    );
    this.#outbox = new Outbox(observer);
    this.#limitMessages(false);
  }

  get state(): State {
    return this.#progress.state;
  }

  /** The negotiated version, once the handshake is done. */
  get version(): BoltVersion | undefined {
    return this.#version;
  }

  /** Requests received and not answered, including the current one, as far as they have been read. */
  get pending(): number {
    return this.#inbox.length + (this.#current ? 1 : 0);
  }

  /** Bytes that bytesToSend() would return. */
  get queuedBytes(): number {
    return this.#outbox.writer.queuedBytes;
  }

  /** Takes bytes from the client; they are borrowed until nextEvent() has returned undefined. */
  receive(bytes: Uint8Array): void {
    if (this.state === "DEFUNCT") return; // it would never be read
    if (this.#version) return this.#inbox.reader.receive(bytes);
    this.#handshake.receive(bytes);
    // Messages may follow within the same turn: all answers leave in one piece.
    this.#outbox.writer.handshake(this.#handshake);
  }

  /** The client will send nothing more. */
  receiveEof(): void {
    this.#eof = true;
    if (!this.#version) this.#handshake.receiveEof();
  }

  /** Everything to be sent, once; undefined when there is nothing. */
  bytesToSend(): Uint8Array | undefined {
    return this.#outbox.writer.bytesToSend();
  }

  /** Gives back what bytesToSend() returned, once nothing reads it any more: its memory is used again. Optional. */
  reuse(sent: Uint8Array): void {
    this.#outbox.writer.reuse(sent);
  }

  /**
   * The next event; undefined when the current request must be answered first, or more bytes are needed.
   * Call it after each answer and after each receive(): while a request runs, that is how a RESET is noticed.
   * Throws HandshakeError or RemoteProtocolError: send what is queued, then close; the state is DEFUNCT.
   */
  nextEvent(): ServerEvent | undefined {
    if (this.state === "DEFUNCT") return this.#urgent.shift();
    if (!this.#version) return this.#negotiate();
    if (this.#current) this.#lookAhead();
    while (!this.#current && this.#urgent.length === 0) {
      const received = this.#inbox.take();
      if (!received) break;
      const event = this.#judge(received);
      if (event) return event;
    }
    return this.#urgent.shift() ?? (this.#eof ? this.#lose() : undefined);
  }

  /** SUCCESS for the current request. Keys that the version does not know are left out. */
  success(metadata: Metadata = {}): void {
    const { request, transition, result } = this.#answering("SUCCESS");
    const more = metadata.hasMore === true;
    if (more && transition.hasMore === undefined) {
      const name = wireName(request.name, this.#version);
      throw this.#misuse(`SUCCESS with hasMore is no answer to ${name} in Bolt ${this.#version}`, "SUCCESS");
    }
    this.#noteReplaced(result);
    const said = this.#described(request, metadata);
    const wire = metadataToWire(said, this.#version!, more ? undefined : result);
    this.#respond(new Success(said), SUCCESS, wire, () => {
      this.#progress.succeeded(request, result, metadata);
      this.#takeEffect(request, metadata);
      this.#finish(this.#progress.after(transition, more));
    });
  }

  /** A RECORD of the result being pulled. Throws PackError, queueing nothing, for a value that cannot be sent. */
  record(values: readonly unknown[]): void {
    const { request, result } = this.#answering("RECORD");
    if (request.name !== "PULL") throw this.#misuse(`RECORD answers PULL, not ${request.name}`, "RECORD");
    this.#outbox.put(RECORD, values);
    result!.rows = true;
    if (!this.#outbox.isWatched) return;
    this.#outbox.show({ name: "RECORD", values }, { tag: RECORD, field: values }, this.state, this.state);
  }

  /** FAILURE for the current request, in the shape of the version. After a failed login: send it and close. */
  failure(failure: Failure): void {
    const { transition } = this.#answering("FAILURE");
    this.#progress.results.clear();
    this.#trailer = undefined;
    this.#fail(failure, transition.failure);
  }

  /** IGNORED for the current request: the answer to what a RESET has interrupted before it started. */
  ignored(): void {
    this.#answering("IGNORED");
    this.#ignore();
    this.#finish(this.state);
  }

  /** A sign of life between messages, from 4.1 on. */
  noop(): void {
    if (this.state === "DEFUNCT" || !this.#version?.atLeast(4, 1)) {
      throw this.#misuse("NOOP needs an open connection of Bolt 4.1 or later", "NOOP");
    }
    this.#outbox.writer.noop();
  }

  #answering(response: string): Current {
    if (!this.#current) throw this.#misuse(`${response}, but no request is waiting for an answer`, response);
    return this.#current;
  }

  #misuse(message: string, response: string): LocalProtocolError {
    return new LocalProtocolError(message, this.state, response);
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
    this.#progress.begin(version);
    this.#useStructures(version, false);
    const trailing = this.#handshake.takeTrailing();
    if (trailing) this.#inbox.reader.receive(trailing);
    return { type: "VersionNegotiated", version };
  }

  #useStructures(version: BoltVersion, utc: boolean): void {
    const { readers, writers } = this.#options;
    const { unpacker } = this.#inbox.reader;
    const { packer } = this.#outbox.writer;
    unpacker.structures = structureReaders(version, { utc, role: "server", overrides: readers });
    packer.structures = serverWriters(version, utc, writers);
    unpacker.uuid = packer.uuid = version.atLeast(6, 1);
    // As Neo4j does before 5: clients of that time, which never met others, take sizes of 8 and 16 bits for signed.
    packer.writer.signedSizes = !version.atLeast(5);
  }

  /** While a request runs: a RESET or GOODBYE after it must be noticed now. */
  #lookAhead(): void {
    for (let urgent = this.#inbox.urgent(); urgent; urgent = this.#inbox.urgent()) {
      if (urgent.name === "GOODBYE") {
        this.#urgent.push({ type: "RequestReceived", request: urgent.request!, qid: -1 });
        return this.#close();
      }
      if (!this.#progress.mayInterrupt(this.#current!.request)) return;
      this.#inbox.interrupt();
      // One event is enough: what runs is aborted already.
      if (this.#progress.interrupt()) this.#urgent.push({ type: "Interrupted" });
    }
  }

  #judge(received: Received): ServerEvent | undefined {
    const { failure, fatal, interrupting } = received;
    if (fatal) throw this.#end(failure, `unexpected ${fatal}`, fatal, received.cause);
    const request = received.request && this.#translate(received.request);
    const name = request?.name ?? received.name;
    if (this.#trailer && (name === "PULL" || name === "DISCARD")) return this.#answerTrailer();
    this.#trailer = undefined;
    if (interrupting && this.#progress.reachReset()) return this.#ignore();
    const reaction = this.#progress.reaction(name, request);
    if (!reaction) throw this.#violation(name);
    if (typeof reaction === "string") return this.#ignore();
    return request ? this.#deliver(request, reaction) : this.#refuse(failure!, reaction.failure);
  }

  #translate(request: Request): Request {
    if (request.name !== "RUN" || this.#version!.atLeast(3)) return request;
    return requestOfText(request, this.state) ?? request;
  }

  #deliver(request: Request, transition: Transition): ServerEvent | undefined {
    let result: OpenResult | undefined;
    if (request.name === "RUN" && !this.#progress.inTransaction) this.#progress.results.clear();
    if (request.name === "PULL" || request.name === "DISCARD") {
      const { qid = -1 } = request;
      result = this.#progress.results.find(qid);
      if (!result) return this.#refuse(refusal(`No such statement: ${qid}`, INVALID_FORMAT), "FAILED");
      if (request.name === "PULL") result.rows ??= false;
    }
    // LOGOFF, LOGON and a long request may come in one go: the last is read ahead while the LOGON is being checked.
    if (request.name === "LOGON" && this.#hadLogin) this.#limitMessages(true);
    if (request.name === "GOODBYE") this.#close();
    else this.#current = { request, transition, result };
    const qid = request.name === "RUN" ? this.#progress.results.next : (result?.qid ?? -1);
    return { type: "RequestReceived", request, qid };
  }

  /** Answers a request that never reaches the engine. */
  #refuse(failure: Failure, next: State): undefined {
    const { message } = failure;
    if (next === "DEFUNCT") throw this.#end(failure, message, message);
    this.#progress.results.clear();
    this.#fail(failure, next);
  }

  #violation(name: Request["name"] | undefined): RemoteProtocolError {
    const shown = name ? wireName(name, this.#version) : "that is no structure";
    const failure = violation(shown, this.state);
    return this.#end(failure, failure.message, shown);
  }

  /** Ends the connection through the client's fault; the FAILURE is queued for it to read. */
  #end(
    failure: Failure | undefined,
    message: string,
    received: string,
    cause?: unknown,
  ): RemoteProtocolError {
    const before = this.state;
    if (failure) this.#fail(failure, "DEFUNCT");
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

  #fail(failure: Failure, next: State): void {
    this.#respond(failure, FAILURE, failureToWire(failure, this.#version!), () => this.#finish(next));
  }

  /** Queues the response before it takes effect: one that cannot be packed changes nothing. */
  #respond(response: Response, tag: number, field?: object, takeEffect?: () => void): void {
    const before = this.state;
    this.#outbox.put(tag, field);
    takeEffect?.();
    this.#outbox.show(response, { tag, field }, before, this.state);
  }

  /** What the SUCCESS of the request says: the engine's metadata, and what the protocol adds. */
  #described(request: Request, metadata: Metadata): Metadata {
    switch (request.name) {
      case "RUN":
        return this.#progress.inTransaction ? { ...metadata, qid: this.#progress.results.next } : metadata;
      case "HELLO":
        if (this.#grantsUtc(request)) return { ...metadata, patchBolt: ["utc"] };
        return this.#handshake.manifest
          ? { ...metadata, protocolVersion: this.#version!.toString() }
          : metadata;
      default:
        return isText(request, this.#version!) ? textSuccesses(metadata)[0] : metadata;
    }
  }

  /** What the SUCCESS of the request changes in how messages are read and written. */
  #takeEffect(request: Request, metadata: Metadata): void {
    if (request.name === "HELLO" && this.#grantsUtc(request)) this.#useStructures(this.#version!, true);
    if (isText(request, this.#version!)) this.#trailer = textSuccesses(metadata)[1];
  }

  #grantsUtc({ patchBolt }: Hello): boolean {
    return patches(this.#version!) && patchBolt?.includes("utc") === true;
  }

  /** Notes the placeholders that the result had, for a remark at its end. Those of a PULL that failed are dropped. */
  #noteReplaced(result: OpenResult | undefined): void {
    const type = this.#version!.atLeast(6) ? undefined : takeReplaced(this.#outbox.writer.packer);
    if (result) result.replaced ??= type;
  }

  #finish(next: State): void {
    const answered = this.#current?.request;
    this.#current = undefined;
    if (next === "DEFUNCT") return this.#close();
    this.#progress.finish(answered, next);
    const loggedIn = !this.#progress.isBeforeLogin;
    this.#hadLogin ||= loggedIn;
    this.#limitMessages(loggedIn);
  }

  #limitMessages(loggedIn: boolean): void {
    const { maxMessageBytes = Infinity, maxMessageBytesBeforeLogin = 8192 } = this.#options;
    this.#inbox.reader.maxMessageBytes = loggedIn ? maxMessageBytes : maxMessageBytesBeforeLogin;
  }

  #close(): void {
    this.#inbox.drop();
    this.#current = undefined;
    this.#progress.state = "DEFUNCT";
  }

  #lose(): ServerEvent {
    const pending = this.#current ? [this.#current.request] : [];
    const cut = this.#inbox.reader.midMessage;
    const error = new RemoteProtocolError(
      "the client closed the connection in the middle of a message",
      this.state,
      "EOF",
    );
    this.#close();
    return { type: "ConnectionLost", pending, ...(cut && { error }) };
  }

  #observeReceived(request: Request): void {
    const bytes =
      request.name === "LOGON" || request.name === "HELLO"
        ? (): Uint8Array => visibleBytes(packLogin, request, this.#version!, this.#outbox.writer.packer)
        : (): Uint8Array => this.#inbox.reader.messageBytes();
    this.#options.observer?.received?.({ message: request, bytes, before: this.state, after: this.state });
  }
}
