// The responses of a server on their way out: packed at once, shown to the observer with the states around them.
// Knows messages and bytes, but no rule of when which may be sent; the connection has those.
import { MessageWriter } from "@bolt/framing";
import { type MessageObserver, type RecordMessage, stripChunks } from "./observer.ts";
import type { Response } from "./responses.ts";
import type { State } from "./server-state.ts";

/** A response as it was put: its tag and its only field, undefined for none. */
interface Put {
  readonly tag: number;
  readonly field: unknown;
}

export class Outbox {
  readonly writer: MessageWriter = new MessageWriter();
  readonly #observer: MessageObserver | undefined;

  constructor(observer: MessageObserver | undefined) {
    this.#observer = observer;
  }

  /** Packs a response. Throws PackError for what cannot be sent, with nothing queued. */
  put(tag: number, field: unknown): void {
    put(this.writer, tag, field);
  }

  /** Whether anybody wants to be shown. */
  get isWatched(): boolean {
    return this.#observer?.sent !== undefined;
  }

  /** Tells the observer of what was put, now that its effect is known. */
  show(message: Response | RecordMessage, { tag, field }: Put, before: State, after: State): void {
    const { structures, uuid } = this.writer.packer;
    const bytes = (): Uint8Array => {
      const writer = new MessageWriter({ structures, uuid });
      put(writer, tag, field);
      return stripChunks(writer.bytesToSend()!);
    };
    this.#observer?.sent?.({ message, bytes, before, after });
  }
}

function put(writer: MessageWriter, tag: number, field: unknown): void {
  const { packer } = writer;
  writer.begin();
  try {
    packer.writeStructureHeader(tag, field === undefined ? 0 : 1);
    if (field !== undefined) packer.write(field);
  } catch (error) {
    writer.cancel();
    throw error;
  }
  writer.end();
}
