// Bytes to messages: removes the chunk headers and returns each message as one contiguous view. Knows nothing about the
// contents of a message. Spec: bolt message transfer encoding.
//
// A message that is received whole and in one chunk is not copied: the view points into the received bytes. Any other is
// collected, without chunk headers, in a buffer of our own. Joining chunks in place was rejected: borrowed bytes are
// never written to, and a message that arrives in several pieces has to be copied once anyway.
import { grow, requireBytes } from "./bytes.ts";
import { MessageTooLargeError } from "./errors.ts";

/** By default messages above 256 MiB are refused: far more than servers send, and less than what kills a process. */
const DEFAULT_MAX_MESSAGE_BYTES = 0x1000_0000;

/** A chunk's length has 16 bits. */
export const MAX_CHUNK_BYTES = 0xffff;

/** Initial size of the collecting buffer. */
const INITIAL = 1024;
/** A collecting buffer of up to this size is always kept: a whole chunk fits. */
const RETAINED = 0x1_0000;
/**
 * One of up to this size is kept while large messages keep coming. Growing a new one for each row of 64 KiB takes 70 us
 * of CPU per row instead of 25: `pnpm bench --only forEach/bytes`.
 */
const RETAINED_IN_USE = 0x4_0000;
/** How many calls of `#close`, at most two per message, until large messages are considered over. */
const LARGE_FOR = 4;

const EMPTY = new Uint8Array(0);

/** Options of {@link Dechunker}. */
export interface DechunkerOptions {
  /** Longest message in bytes, without chunk headers. Default 268 435 456 (256 MiB). */
  maxMessageBytes?: number | undefined;
}

/**
 * Call `receive`, then `next()` until it returns false. The received bytes are borrowed until then (or until the next
 * `receive`); afterwards a socket may reuse its buffer. The view is valid until the next call of `next` or `receive`.
 */
export class Dechunker {
  /** Contains the message. Belongs to the caller of `receive` or to the dechunker: do not write to it. */
  buffer: Uint8Array = EMPTY;
  /** Offset of the message in `buffer`. */
  start = 0;
  /** Offset of the end of the message (exclusive). */
  end = 0;
  /** Changes whenever `buffer` is a different object or its contents have changed. */
  generation = 0;
  /** Number of NOOPs so far: empty chunks between messages, which show that the peer is alive. */
  noops = 0;
  /** The longest message, in bytes; may be changed at any time and applies from the next chunk header on. */
  maxMessageBytes: number;

  // Bytes received and not read yet, from #at to #limit.
  #source: Uint8Array = EMPTY;
  #at = 0;
  #limit = 0;
  #borrowed = true;
  // The message being collected: its first #length bytes, and #left, the bytes missing of the current chunk.
  #own: Uint8Array = EMPTY;
  #length = 0;
  #left = 0;
  /** Counts down from LARGE_FOR since #own was last filled beyond RETAINED. */
  #large = 0;
  /** The first byte of a chunk header whose second byte is missing, or -1. */
  #high = -1;
  /** Whether we are between the first chunk header of a message and its end marker. */
  #open = false;
  /** Whether the message is over the limit; its bytes are then dropped as they arrive. */
  #dropping = false;

  constructor(options: DechunkerOptions = {}) {
    this.maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  }

  /** Adds received bytes, without copying if all earlier ones have been read. Throws TypeError for anything else. */
  receive(bytes: Uint8Array): void {
    requireBytes(bytes);
    const rest = this.#limit - this.#at;
    if (rest === 0) {
      this.#source = bytes;
      this.#at = 0;
      this.#limit = bytes.length;
      this.#borrowed = true;
    } else {
      this.#queue(bytes, rest);
    }
    // A socket may have refilled the buffer that held the last messages: the same object with new contents.
    this.buffer = EMPTY;
  }

  /**
   * Finds the next whole message and sets `buffer`, `start` and `end`. False means that more bytes are needed; nothing
   * is borrowed then. Throws MessageTooLargeError once for a message over the limit; later calls skip the rest of it.
   */
  next(): boolean {
    if (!this.#open && this.#high < 0) {
      const source = this.#source;
      const limit = this.#limit;
      let at = this.#at;
      while (at + 2 <= limit) {
        const size = (source[at]! << 8) | source[at + 1]!;
        if (size === 0) {
          this.noops++;
          at += 2;
          continue;
        }
        const end = at + 2 + size;
        if (end + 2 > limit || source[end] !== 0 || source[end + 1] !== 0 || size > this.maxMessageBytes)
          break;
        this.start = at + 2;
        this.end = end;
        this.#at = end + 2;
        if (this.buffer !== source) {
          this.buffer = source;
          this.generation++;
        }
        return true;
      }
      this.#at = at;
      this.#close();
    }
    return this.#collect();
  }

  /** Bytes received that belong to no message returned so far, without the chunk headers of an incomplete message. */
  get pendingBytes(): number {
    return this.#limit - this.#at + this.#length + (this.#high < 0 ? 0 : 1);
  }

  /** After `next()` returned false: whether a message or a chunk header is incomplete. */
  get midMessage(): boolean {
    return this.#open || this.#high >= 0 || this.#at < this.#limit;
  }

  /**
   * Removes the unread bytes after the last message and returns a copy of them, chunk headers included, for another
   * reader. Empty after `next()` returned false; an incomplete message stays here.
   */
  takeTrailing(): Uint8Array {
    const bytes = new Uint8Array(this.#source.subarray(this.#at, this.#limit));
    this.#at = this.#limit;
    return bytes;
  }

  /** The slow path, for split messages: goes from header to header and copies the payload into our own buffer. */
  #collect(): boolean {
    const source = this.#source;
    const limit = this.#limit;
    while (this.#at < limit) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, limit - this.#at);
        if (!this.#dropping) this.#keep(source, this.#at, count);
        this.#at += count;
        this.#left -= count;
      } else if (this.#high < 0) {
        this.#high = source[this.#at++]!;
      } else {
        const size = (this.#high << 8) | source[this.#at++]!;
        this.#high = -1;
        if (size > 0) {
          this.#begin(size);
        } else if (this.#open && !this.#dropping) {
          this.buffer = this.#own;
          this.generation++;
          this.start = 0;
          this.end = this.#length;
          this.#length = 0;
          this.#open = false;
          return true;
        } else {
          if (this.#open) this.#close();
          else this.noops++;
          return this.next();
        }
      }
    }
    this.#source = EMPTY;
    this.#at = this.#limit = 0;
    // The reader must not hold on to a buffer, or to anything derived from one, while nothing arrives.
    if (this.buffer !== EMPTY) {
      this.buffer = EMPTY;
      this.generation++;
    }
    return false;
  }

  /** Handles a chunk header with a size, which begins a message or continues it. */
  #begin(size: number): void {
    this.#open = true;
    this.#left = size;
    const bytes = this.#length + size;
    if (bytes <= this.maxMessageBytes || this.#dropping) return;
    this.#close();
    this.#open = this.#dropping = true;
    throw new MessageTooLargeError(bytes, this.maxMessageBytes);
  }

  #keep(source: Uint8Array, from: number, count: number): void {
    const need = this.#length + count;
    if (need > this.#own.length) {
      // Doubles, but not past the limit, and never for bytes that were only announced.
      const size = Math.max(need, INITIAL, Math.min(this.#own.length * 2, this.maxMessageBytes));
      this.#own = grow(this.#own.subarray(0, this.#length), size);
    }
    this.#own.set(source.subarray(from, from + count), this.#length);
    this.#length = need;
    if (need > RETAINED) this.#large = LARGE_FOR;
  }

  /** Forgets the current message and releases a large buffer. */
  #close(): void {
    this.#length = 0;
    this.#open = this.#dropping = false;
    if (this.#large > 0) this.#large--;
    if (this.#own.length > (this.#large > 0 ? RETAINED_IN_USE : RETAINED)) {
      this.#own = this.buffer = EMPTY;
      this.generation++;
    }
  }

  /** For bytes that arrive before the earlier ones are read: collects all in a buffer of our own, which doubles. */
  #queue(bytes: Uint8Array, rest: number): void {
    if (this.#borrowed || this.#limit + bytes.length > this.#source.length) {
      this.#source = grow(this.#source.subarray(this.#at, this.#limit), 2 * (rest + bytes.length));
      this.#at = 0;
      this.#limit = rest;
      this.#borrowed = false;
    }
    this.#source.set(bytes, this.#limit);
    this.#limit += bytes.length;
  }
}
