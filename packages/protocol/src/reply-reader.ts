// The incoming half of a client: messages of the server become events. Pairs replies with requests, gathers
// RECORDs into batches, and rejects what no server may send. Does not know what the client may send.
import type { BoltVersion, MessageReader, Unpacker } from "@bolt/framing";
import { RemoteProtocolError } from "./errors.ts";
import type { RecordReceived, ResponseReceived } from "./events.ts";
import { Failure, failureFromWire } from "./failure.ts";
import { Fifo } from "./fifo.ts";
import { dictionary } from "./kinds.ts";
import { metadataFromWire } from "./metadata.ts";
import type { MessageObserver, RecordMessage } from "./observer.ts";
import type { Request } from "./requests.ts";
import { FAILURE, IGNORED, Ignored, RECORD, type Response, SUCCESS, Success } from "./responses.ts";
import type { Ending, ServerModel } from "./server-model.ts";
import type { State } from "./server-state.ts";
import { messagesOf } from "./text-transaction.ts";

/** Reads the values of one RECORD straight into what the caller wants; must read exactly `width` values. */
export type RowReader = (unpacker: Unpacker, width: number) => unknown;

/** The default row: an array of its values. */
export const readValues: RowReader = (unpacker, width) => {
  const values = new Array<unknown>(width);
  for (let i = 0; i < width; i++) values[i] = unpacker.read();
  return values;
};

export class ReplyReader {
  readonly #reader: MessageReader;
  readonly #model: ServerModel;
  readonly #version: BoltVersion;
  readonly #observer: MessageObserver | undefined;
  readonly #rows: Fifo<RowReader> = new Fifo();
  // Columns of the results, by qid; those of the last RUN under -1.
  readonly #widths: Map<number, number | undefined> = new Map();
  /** Bolt 1 and 2: which of the two replies to a transaction text comes next. */
  #textReply: "first" | "second" | "drop" = "first";
  /** Tag of a message whose header was read at the end of a batch of records; -1 for none. */
  #peeked = -1;
  #heldError: unknown;

  constructor(
    reader: MessageReader,
    model: ServerModel,
    version: BoltVersion,
    observer: MessageObserver | undefined,
  ) {
    this.#reader = reader;
    this.#model = model;
    this.#version = version;
    this.#observer = observer;
  }

  /** A PULL was sent; `rows` reads its records. */
  expectRows(rows: RowReader): void {
    this.#rows.push(rows);
  }

  /**
   * The next event; undefined when more bytes are needed.
   * Throws RemoteProtocolError, UnpackError or MessageTooLargeError.
   */
  next(): ResponseReceived | RecordReceived | undefined {
    if (this.#heldError) throw this.#heldError;
    for (;;) {
      const tag = this.#peeked < 0 ? this.#reader.advance() : this.#peeked;
      this.#peeked = -1;
      if (tag < 0) return undefined;
      // Some servers still answer after GOODBYE: that is dropped.
      if (this.#model.state === "DEFUNCT") continue;
      const event = tag === RECORD ? this.#records() : this.#summary(tag);
      if (event) return event;
    }
  }

  #records(): RecordReceived {
    const request = this.#model.outstanding.peek();
    if (request?.name !== "PULL") throw this.#unexpected("RECORD", request);
    const reader = this.#reader;
    const { unpacker } = reader;
    const read = this.#rows.peek()!;
    const expected = this.#widths.get(request.qid ?? -1);
    const records: unknown[] = [];
    let tag = RECORD;
    try {
      do {
        const width = unpacker.size === 1 ? unpacker.readListHeader() : -1;
        if (width < 0 || (expected !== undefined && width !== expected))
          throw this.#wrongWidth(width, expected);
        const row = read(unpacker, width);
        reader.finish();
        if (this.#observer) this.#observeReceived({ name: "RECORD", values: row });
        records.push(row);
        tag = reader.advance();
      } while (tag === RECORD);
    } catch (error) {
      // The records before it are complete, and are handed out first.
      if (records.length === 0) throw error;
      this.#heldError = error;
    }
    if (!this.#heldError) this.#peeked = tag;
    return { type: "RecordReceived", request, records };
  }

  #wrongWidth(width: number, expected: number | undefined): RemoteProtocolError {
    const got = width < 0 ? "a RECORD that is not one list" : `a RECORD of ${width} values`;
    const wanted = expected === undefined ? "one list of values" : `${expected} values`;
    return this.#violation(`expected a RECORD of ${wanted}, got ${got}`, "RECORD");
  }

  #summary(tag: number): ResponseReceived | undefined {
    const response = this.#readSummary(tag);
    this.#reader.finish();
    const before = this.#model.state;
    if (this.#textReply === "drop") {
      this.#textReply = "first";
      this.#observeReceived(response, before);
      return undefined;
    }
    const request = this.#model.outstanding.peek();
    if (!request) throw this.#unexpected(response.name, request);
    if (this.#isFirstOfTwo(request, response)) {
      this.#observeReceived(response, before);
      return undefined;
    }
    this.#model.outstanding.shift();
    this.#model.ended(request, ending(response));
    if (request.name === "PULL") this.#rows.shift();
    if (response.name === "SUCCESS") this.#learn(request, response);
    this.#observeReceived(response, before);
    return { type: "ResponseReceived", request, response };
  }

  #readSummary(tag: number): Response {
    const { unpacker } = this.#reader;
    const { size } = unpacker;
    if (tag === IGNORED && size <= 1) {
      if (size === 1) unpacker.read(); // the first Bolt 1 specification gave it metadata
      return new Ignored();
    }
    if ((tag !== SUCCESS && tag !== FAILURE) || size !== 1) {
      const what = `message 0x${tag.toString(16).padStart(2, "0")} with ${size} fields`;
      throw this.#violation(`expected SUCCESS, FAILURE, IGNORED or RECORD, got ${what}`, what);
    }
    const metadata = dictionary(unpacker.read());
    const name = tag === SUCCESS ? "SUCCESS" : "FAILURE";
    if (!metadata) throw this.#violation(`expected ${name} with a map, got another value`, name);
    return tag === SUCCESS ? new Success(metadataFromWire(metadata)) : failureFromWire(metadata);
  }

  /** Bolt 1 and 2: a transaction text is answered twice; only the decisive reply is handed out. */
  #isFirstOfTwo(request: Request, response: Response): boolean {
    if (this.#version.atLeast(3) || messagesOf(request, this.#version).length === 1) return false;
    if (this.#textReply === "first") {
      if (response.name === "SUCCESS") {
        this.#textReply = "second";
        return true;
      }
      this.#textReply = "drop"; // the DISCARD_ALL after it will be IGNORED
    } else this.#textReply = "first";
    return false;
  }

  #learn(request: Request, { metadata }: Success): void {
    if (request.name === "BEGIN") this.#widths.clear();
    if (request.name !== "RUN") return;
    // Without column names there is no width to check records against, and an earlier result's must not serve.
    const width = metadata.fields?.length;
    // An auto-commit result comes without an id, but may be pulled as 0: an earlier result with that id is over.
    if (metadata.qid === undefined) this.#widths.clear();
    else this.#widths.set(metadata.qid, width);
    this.#widths.set(-1, width);
  }

  #observeReceived(message: Response | RecordMessage, before: State = this.#model.state): void {
    const bytes = (): Uint8Array => this.#reader.messageBytes();
    this.#observer?.received?.({ message, bytes, before, after: this.#model.state });
  }

  #unexpected(received: string, request: Request | undefined): RemoteProtocolError {
    const awaited = request ? `while the answer to ${request.name} was awaited` : "while nothing was awaited";
    return this.#violation(`unexpected ${received} ${awaited}`, received);
  }

  #violation(message: string, received: string): RemoteProtocolError {
    return new RemoteProtocolError(message, this.#model.state, received);
  }
}

function ending(response: Response): Ending {
  if (response instanceof Failure) return "failure";
  if (response.name === "IGNORED") return "ignored";
  return response.metadata.hasMore === true ? "hasMore" : "success";
}
