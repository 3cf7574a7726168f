// The responses of a server on their way out: packed at once, shown to the observer with the states around them.
// Knows messages and bytes, but not when which may be sent; the connection does.
import { MessageWriter, Packer } from "@bolt/framing";
import type { MessageObserver, RecordMessage } from "./observer.ts";
import type { Response } from "./responses.ts";
import type { State } from "./server-state.ts";

/** What was passed to put(): a response's tag and its only field, undefined for none. */
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
    const { writer } = this;
    writer.begin();
    try {
      pack(writer.packer, tag, field);
    } catch (error) {
      writer.cancel();
      throw error;
    }
    writer.end();
  }

  /** Whether an observer wants to be shown what is sent. */
  get isWatched(): boolean {
    return this.#observer?.sent !== undefined;
  }

  /** Shows the observer what was put, now that its effect is known. */
  show(message: Response | RecordMessage, { tag, field }: Put, before: State, after: State): void {
    const { structures, uuid } = this.writer.packer;
    const bytes = (): Uint8Array => {
      const packer = new Packer({ structures, uuid });
      packer.writer.signedSizes = this.writer.packer.writer.signedSizes;
      pack(packer, tag, field);
      return packer.writer.take();
    };
    this.#observer?.sent?.({ message, bytes, before, after });
  }
}

function pack(packer: Packer, tag: number, field: unknown): void {
  packer.writeStructureHeader(tag, field === undefined ? 0 : 1);
  if (field !== undefined) packer.write(field);
}
