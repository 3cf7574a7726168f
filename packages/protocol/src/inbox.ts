// The requests that a server has received: turns bytes into requests, or into what is wrong with them. Knows the
// messages, but no state; the connection decides what happens then.
import {
  type BoltVersion,
  MessageReader,
  type MessageReaderOptions,
  MessageTooLargeError,
  UnpackError,
} from "@bolt/framing";
import { Failure } from "./failure.ts";
import { Fifo } from "./fifo.ts";
import { refusal } from "./refusals.ts";
import { readRequest, requestByTag } from "./request-reader.ts";
import type { Request } from "./requests.ts";
import type { RequestName } from "./server-state.ts";

/** A message of the client: a request, or what is wrong with it. */
export interface Received {
  /** Undefined when not even the tag is known. */
  readonly name: RequestName | undefined;
  readonly request?: Request;
  /** A RESET that has interrupted what came before it. */
  interrupting?: boolean;
  /** For a message with invalid fields: the answer, unless the state demands IGNORED. */
  readonly failure?: Failure;
  /** What came, where it ends the connection, after the FAILURE if there is one. */
  readonly fatal?: string;
  readonly cause?: unknown;
}

export class Inbox {
  readonly reader: MessageReader;
  #queue: Fifo<Received> = new Fifo();
  /** RESETs and GOODBYEs in the queue that do not interrupt yet. */
  #waiting: Fifo<Received> = new Fifo();
  readonly #version: () => BoltVersion;
  readonly #observe: (request: Request) => void;

  constructor(
    options: MessageReaderOptions,
    version: () => BoltVersion,
    observe: (request: Request) => void,
  ) {
    this.reader = new MessageReader(options);
    this.#version = version;
    this.#observe = observe;
  }

  /** Messages read ahead and not taken yet. */
  get length(): number {
    return this.#queue.length;
  }

  drop(): void {
    this.#queue = new Fifo();
    this.#waiting = new Fifo();
  }

  /** The next message; undefined when more bytes are needed. */
  take(): Received | undefined {
    const queued = this.#queue.shift();
    if (!queued) return this.#read();
    if (queued === this.#waiting.peek()) this.#waiting.shift();
    return queued;
  }

  /** Reads ahead to the end of what was received. Returns the first RESET or GOODBYE that does not interrupt yet. */
  urgent(): Received | undefined {
    for (let next = this.#read(); next; next = this.#read()) {
      if (next.request?.name === "RESET" || next.request?.name === "GOODBYE") this.#waiting.push(next);
      this.#queue.push(next);
    }
    return this.#waiting.peek();
  }

  /** The first urgent request jumps ahead: what comes before it in the queue will be IGNORED. */
  interrupt(): void {
    this.#waiting.shift()!.interrupting = true;
  }

  #read(): Received | undefined {
    const { reader } = this;
    const version = this.#version();
    let name: RequestName | undefined;
    try {
      const tag = reader.advance();
      if (tag < 0) return undefined;
      name = requestByTag(tag, version);
      if (!name) {
        const fatal = `message 0x${tag.toString(16).padStart(2, "0")}, which Bolt ${version} does not have`;
        return { name, fatal };
      }
      // Bytes after the structure are skipped, as by every Neo4j server.
      const request = readRequest(reader.unpacker, name, reader.unpacker.size, version);
      this.#observe(request);
      return { name, request };
    } catch (error) {
      if (error instanceof Failure) return { name, failure: error };
      if (error instanceof UnpackError)
        return { name, failure: refusal(`${name ?? "The message"} cannot be read: ${error.message}`) };
      if (error instanceof MessageTooLargeError) {
        return { name, fatal: "a message above the limit", failure: refusal(error.message), cause: error };
      }
      throw error;
    }
  }
}
