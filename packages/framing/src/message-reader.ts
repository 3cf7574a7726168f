// Bytes to readable messages: joins a Dechunker and an Unpacker over the same buffer, so that a message is decoded where
// it was received. Knows that a message is one structure, but knows no message by name.
import { Structure, Unpacker, type UnpackOptions } from "@bolt/packstream";
import { Dechunker, type DechunkerOptions } from "./dechunker.ts";

/** Options of {@link MessageReader}: those of `Unpacker` and of {@link Dechunker}. */
export interface MessageReaderOptions extends UnpackOptions, DechunkerOptions {}

/**
 * Reads messages out of received bytes.
 *
 * ```
 * reader.receive(chunk);
 * for (let tag; (tag = reader.advance()) >= 0; ) { … reader.unpacker.read() … reader.finish(); }
 * ```
 * Read all messages after every `receive`: only then may the received bytes be reused. A message may be left unread, as
 * after an UnpackError; the next `advance()` goes on after it.
 */
export class MessageReader {
  /** Reads the message that `advance()` opened; nothing that it returns aliases received bytes. */
  readonly unpacker: Unpacker;

  readonly #dechunker: Dechunker;
  #generation = 0;

  constructor(options: MessageReaderOptions = {}) {
    this.unpacker = new Unpacker(options);
    this.#dechunker = new Dechunker(options);
  }

  /** Takes bytes in any pieces. They are borrowed until `advance()` returns -1. Throws TypeError for anything else. */
  receive(bytes: Uint8Array): void {
    this.#dechunker.receive(bytes);
  }

  /**
   * Opens the next message and returns its tag; `unpacker.size` is the number of fields. Returns -1 if it needs more
   * bytes. Throws UnpackError if the message does not begin with a structure, and MessageTooLargeError; after either
   * the next call goes on with the next message.
   */
  advance(): number {
    const dechunker = this.#dechunker;
    const unpacker = this.unpacker;
    const found = dechunker.next();
    if (dechunker.generation !== this.#generation) {
      this.#generation = dechunker.generation;
      unpacker.load(dechunker.buffer);
    }
    if (!found) return -1;
    unpacker.open(dechunker.start, dechunker.end);
    return unpacker.readStructureHeader();
  }

  /** Checks that the message has been read to its end: throws UnpackError `trailing` if bytes are left. */
  finish(): void {
    this.unpacker.close();
  }

  /** Reads a whole message; undefined if it needs more bytes. Throws what `advance`, the unpacker and `finish` throw. */
  next(): Structure | undefined {
    const tag = this.advance();
    if (tag < 0) return undefined;
    const fields: unknown[] = [];
    for (let left = this.unpacker.size; left > 0; left--) fields.push(this.unpacker.read());
    this.finish();
    return new Structure(tag, fields);
  }

  /** A copy of the current message without chunk headers. Call it before the next `receive` or `advance`. */
  messageBytes(): Uint8Array {
    const { buffer, start, end } = this.#dechunker;
    // Not slice(): Node's Buffer would return a view.
    return new Uint8Array(buffer.subarray(start, end));
  }

  /** The longest message, in bytes; may be changed at any time, as a server does after the login. */
  get maxMessageBytes(): number {
    return this.#dechunker.maxMessageBytes;
  }
  set maxMessageBytes(bytes: number) {
    this.#dechunker.maxMessageBytes = bytes;
  }

  /** Number of NOOPs so far, which show that the peer is alive while it sends nothing else. */
  get noops(): number {
    return this.#dechunker.noops;
  }

  /** After `advance()` returned -1: whether a message or a chunk header is incomplete. */
  get midMessage(): boolean {
    return this.#dechunker.midMessage;
  }

  /** Bytes received that belong to no message opened so far. */
  get pendingBytes(): number {
    return this.#dechunker.pendingBytes;
  }

  /**
   * Removes the unread bytes after the current message and returns a copy of them, chunk headers included, for another
   * reader. Empty after `advance()` returned -1; an incomplete message stays here.
   */
  takeTrailing(): Uint8Array {
    return this.#dechunker.takeTrailing();
  }
}
