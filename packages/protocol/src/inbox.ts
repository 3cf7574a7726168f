// The requests that a server has received: bytes to requests, each as good as it could be read. Knows the
// messages and what is wrong with them, but no state; the connection decides what happens then.
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

export interface ReceivedRequest {
  readonly kind: "request";
  readonly name: RequestName;
  readonly request: Request;
  /** A RESET that has interrupted what stood before it. */
  interrupting: boolean;
}

const isUrgent = (received: Received): received is ReceivedRequest =>
  received.kind === "request" && (received.name === "RESET" || received.name === "GOODBYE");

/** A message of the client. */
export type Received =
  | ReceivedRequest
  /** A known message with fields that cannot be taken: answered by FAILURE, or IGNORED where that is due. */
  | { readonly kind: "malformed"; readonly name: RequestName | undefined; readonly failure: Failure }
  /** Nothing that could be answered within the protocol: the connection ends, with a FAILURE where one helps. */
  | {
      readonly kind: "fatal";
      readonly received: string;
      readonly failure: Failure | undefined;
      readonly cause?: unknown;
    };

export class Inbox {
  readonly reader: MessageReader;
  readonly #queue: Fifo<Received> = new Fifo();
  readonly #version: () => BoltVersion;
  readonly #observe: (request: Request) => void;
  // RESETs and GOODBYEs in the queue that urgent() has not handed out yet.
  #unseen = 0;

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
    while (this.#queue.shift());
    this.#unseen = 0;
  }

  /** The next message; undefined when more bytes are needed. */
  take(): Received | undefined {
    const queued = this.#queue.shift();
    if (!queued) return this.#read();
    if (isUrgent(queued) && !queued.interrupting) this.#unseen--;
    return queued;
  }

  /** Reads ahead to the end of what was received. Returns the RESETs and GOODBYEs that wait there unmarked. */
  urgent(): ReceivedRequest[] {
    for (let next = this.#read(); next; next = this.#read()) {
      if (isUrgent(next)) this.#unseen++;
      this.#queue.push(next);
    }
    if (this.#unseen === 0) return [];
    return this.#queue
      .toArray()
      .filter((received) => isUrgent(received))
      .filter((received) => !received.interrupting);
  }

  /** The request jumps ahead: what stands before it in the queue will be IGNORED. */
  mark(request: ReceivedRequest): void {
    request.interrupting = true;
    this.#unseen--;
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
        const received = `message 0x${tag.toString(16).padStart(2, "0")}, which Bolt ${version} does not have`;
        return { kind: "fatal", received, failure: undefined };
      }
      // What stands behind the structure is let pass, as every Neo4j server does.
      const request = readRequest(reader.unpacker, name, reader.unpacker.size, version);
      this.#observe(request);
      return { kind: "request", name, request, interrupting: false };
    } catch (error) {
      if (error instanceof Failure) return { kind: "malformed", name, failure: error };
      if (error instanceof UnpackError) return { kind: "malformed", name, failure: unreadable(name, error) };
      if (error instanceof MessageTooLargeError) {
        return {
          kind: "fatal",
          received: "a message above the limit",
          failure: refusal(error.message),
          cause: error,
        };
      }
      throw error;
    }
  }
}

function unreadable(name: RequestName | undefined, error: UnpackError): Failure {
  return refusal(`${name ?? "The message"} cannot be read: ${error.message}`);
}
