/**
 * Messages to bytes: packs straight into one outgoing buffer that holds many messages, and patches the chunk header
 * when the length is known. Knows no message by name. Spec: bolt message transfer encoding.
 */
import { ByteWriter, Packer, type PackOptions, type Structure } from "@bolt/packstream";
import { MAX_CHUNK_BYTES } from "./dechunker.ts";

/**
 * A connection that rests holds one block: small requests and answers share it, larger ones get larger blocks. With the
 * writer's own 8 KiB ten thousand idle clients cost a server 80 MB; a small reply takes 0.15 us longer for it.
 */
const BLOCK_BYTES = 2048;

/** Queues messages until `bytesToSend()` takes them all at once: one write per batch. */
export class MessageWriter {
  /** Packs between `begin()` and `end()`; everything that it writes becomes the message. */
  readonly packer: Packer;

  /** Where the header of the unfinished message is, or -1. Positions count from the last `bytesToSend()`. */
  #header = -1;

  constructor(options: PackOptions = {}) {
    this.packer = new Packer({ writer: new ByteWriter(BLOCK_BYTES), ...options });
  }

  /** Starts a message. One that was not ended is forgotten. */
  begin(): void {
    this.cancel();
    this.#header = this.packer.writer.reserve(2);
  }

  /** Ends the message: header patched, more headers put in when it is longer than 65535 bytes, end marker behind it. */
  end(): void {
    const writer = this.packer.writer;
    const header = this.#header;
    const size = writer.length - header - 2;
    // A message without bytes cannot be expressed: its header and end would be two NOOPs.
    if (header < 0 || size === 0) return this.cancel();
    if (size > MAX_CHUNK_BYTES) this.#split(header, size);
    else writer.patchU16(header, size);
    writer.patchU16(writer.reserve(2), 0);
    this.#header = -1;
  }

  /** Forgets what `begin()` started; what was queued before stays. */
  cancel(): void {
    if (this.#header >= 0) this.packer.writer.truncate(this.#header);
    this.#header = -1;
  }

  /** Queues one message. Throws PackError, and then nothing of it is queued. */
  write(message: Structure): void {
    this.begin();
    try {
      this.packer.write(message);
    } catch (error) {
      this.cancel();
      throw error;
    }
    this.end();
  }

  /** Queues what a handshake has to say, in front of the messages that follow it: one piece for both. */
  handshake(handshake: { bytesToSend(): Uint8Array | undefined }): void {
    const said = handshake.bytesToSend();
    if (said) this.packer.writer.putBytes(said);
  }

  /** Queues an empty chunk, a sign of life. Nothing between `begin()` and `end()`: the message is one itself. */
  noop(): void {
    if (this.#header >= 0) return;
    const writer = this.packer.writer;
    writer.patchU16(writer.reserve(2), 0);
  }

  /** Bytes of whole messages and NOOPs that wait for `bytesToSend()`, chunk headers included. */
  get queuedBytes(): number {
    return this.#header < 0 ? this.packer.writer.length : this.#header;
  }

  /** Everything queued, once, as one piece; undefined when empty and while a message is not ended. */
  bytesToSend(): Uint8Array | undefined {
    if (this.#header >= 0 || this.packer.writer.length === 0) return undefined;
    return this.packer.writer.take();
  }

  /** Gives back what `bytesToSend()` returned, when nobody reads it any more: its memory serves again. */
  reuse(sent: Uint8Array): void {
    this.packer.writer.reuse(sent);
  }

  /** Makes room behind the payload, then moves it up chunk by chunk from the back: every byte moves once. */
  #split(header: number, size: number): void {
    const writer = this.packer.writer;
    let chunk = Math.ceil(size / MAX_CHUNK_BYTES) - 1;
    writer.reserve(2 * chunk);
    for (let end = size; chunk >= 0; chunk--) {
      const from = chunk * MAX_CHUNK_BYTES;
      const to = header + 2 + from + 2 * chunk;
      if (chunk > 0) writer.copyWithin(to, header + 2 + from, header + 2 + end);
      writer.patchU16(to - 2, end - from);
      end = from;
    }
  }
}
