/**
 * Bytes to messages that can be read: joins a Dechunker and an Unpacker over the same buffer, so that a message is
 * decoded where it was received. Knows that a message is one structure, and no message by name.
 */
import { Structure, Unpacker, type UnpackOptions } from "@bolt/packstream";
import { Dechunker, type DechunkerOptions } from "./dechunker.ts";

/** Options of {@link MessageReader}: those of `Unpacker`, and `maxMessageBytes` (default 256 MiB). */
export interface MessageReaderOptions extends UnpackOptions, DechunkerOptions {}

/**
 * ```
 * reader.receive(chunk);
 * for (let tag; (tag = reader.advance()) >= 0; ) { … reader.unpacker.read() … reader.finish(); }
 * ```
 * Drain it after every `receive`: only then the received bytes may be reused. A message may be left unread; the next
 * `advance()` goes on behind it, also after an UnpackError.
 */
export class MessageReader {
  /** Stands inside the message that `advance()` opened; nothing that it returns aliases received bytes. */
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
   * Opens the next message: its tag, with `unpacker.size` fields to read; -1 = needs more bytes. Throws UnpackError when
   * the message does not begin with a structure, and MessageTooLargeError; the next call goes on with what follows.
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

  /** The message has to be read to its end: throws UnpackError `trailing` when bytes are left. */
  finish(): void {
    this.unpacker.close();
  }

  /** A whole message; undefined = needs more bytes. Throws as `advance`, the unpacker and `finish` do. */
  next(): Structure | undefined {
    const tag = this.advance();
    if (tag < 0) return undefined;
    const fields: unknown[] = [];
    for (let left = this.unpacker.size; left > 0; left--) fields.push(this.unpacker.read());
    this.finish();
    return new Structure(tag, fields);
  }

  /** The message's bytes without chunk headers, as a copy; good until the next call of `receive` or `advance`. */
  messageBytes(): Uint8Array {
    const { buffer, start, end } = this.#dechunker;
    // Not slice(): Node's Buffer would return a view.
    return new Uint8Array(buffer.subarray(start, end));
  }

  /** Longest message in bytes; may be changed at any time, as a server does after the login. */
  get maxMessageBytes(): number {
    return this.#dechunker.maxMessageBytes;
  }
  set maxMessageBytes(bytes: number) {
    this.#dechunker.maxMessageBytes = bytes;
  }

  /** NOOPs so far: the peer's signs of life while nothing else is sent. */
  get noops(): number {
    return this.#dechunker.noops;
  }

  /** After `advance()` returned -1: whether a message has begun and is not complete. */
  get midMessage(): boolean {
    return this.#dechunker.midMessage;
  }

  /** Bytes received that belong to no message opened so far. */
  get pendingBytes(): number {
    return this.#dechunker.pendingBytes;
  }

  /**
   * The received bytes behind the current message, as they came and as a copy, for another reader; they are forgotten
   * here. Empty after `advance()` returned -1: what has begun by then stays.
   */
  takeTrailing(): Uint8Array {
    return this.#dechunker.takeTrailing();
  }
}
