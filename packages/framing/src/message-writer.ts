// Messages to bytes: packs straight into one outgoing buffer that holds many messages, and patches the chunk header once
// the length is known. Knows no message by name. Spec: bolt message transfer encoding.
import { ByteWriter, Packer, type PackOptions, type Structure } from "@bolt/packstream";
import { MAX_CHUNK_BYTES } from "./dechunker.ts";

/**
 * An idle connection holds one block: small messages share it, larger ones get larger blocks. With the 8 KiB default of
 * ByteWriter ten thousand idle clients would cost a server 80 MB. A small reply takes 0.15 us longer with 2 KiB.
 */
const BLOCK_BYTES = 2048;

/** Queues messages until `bytesToSend()` returns them all at once: one write per batch. */
export class MessageWriter {
  /** Everything that it writes between `begin()` and `end()` becomes the message. */
  readonly packer: Packer;

  /** Position of the unfinished message's header, counted from the last `bytesToSend()`; -1 if there is none. */
  #header = -1;

  constructor(options: PackOptions = {}) {
    this.packer = new Packer({ writer: new ByteWriter(BLOCK_BYTES), ...options });
  }

  /** Starts a message and forgets one that was not ended. */
  begin(): void {
    this.cancel();
    this.#header = this.packer.writer.reserve(2);
  }

  /** Ends the message: patches its header, splits it into chunks if longer than 65535 bytes, adds the end marker. */
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

  /** Forgets the message that `begin()` started; messages queued before it stay. */
  cancel(): void {
    if (this.#header >= 0) this.packer.writer.truncate(this.#header);
    this.#header = -1;
  }

  /** Queues one message. Throws PackError if it cannot be packed; no part of it is queued then. */
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

  /** Queues a handshake's bytes to send, so that they leave in one piece with the messages that follow. */
  handshake(handshake: { bytesToSend(): Uint8Array | undefined }): void {
    const said = handshake.bytesToSend();
    if (said) this.packer.writer.putBytes(said);
  }

  /** Queues a NOOP, an empty chunk that shows that we are alive. Does nothing between `begin()` and `end()`. */
  noop(): void {
    if (this.#header >= 0) return;
    const writer = this.packer.writer;
    writer.patchU16(writer.reserve(2), 0);
  }

  /** Size of the complete messages and NOOPs that wait for `bytesToSend()`, in bytes, chunk headers included. */
  get queuedBytes(): number {
    return this.#header < 0 ? this.packer.writer.length : this.#header;
  }

  /** Returns everything queued, in one piece and only once; undefined if empty or while a message has not ended. */
  bytesToSend(): Uint8Array | undefined {
    if (this.#header >= 0 || this.packer.writer.length === 0) return undefined;
    return this.packer.writer.take();
  }

  /** Gives back what `bytesToSend()` returned, so that its memory is used again; nothing may read it any more. */
  reuse(sent: Uint8Array): void {
    this.packer.writer.reuse(sent);
  }

  /** Makes room after the payload, then moves it up chunk by chunk, the last first, so that every byte moves once. */
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
