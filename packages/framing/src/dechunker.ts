/**
 * Bytes to messages: takes the chunk headers out and gives each message as one contiguous view. Knows nothing of
 * what a message holds. Spec: bolt message transfer encoding.
 *
 * A message that lies whole and in one chunk inside the received bytes is not touched: the view points into them.
 * Everything else is collected, without chunk headers, in a buffer of our own. Closing up a message where it lies was
 * rejected: the bytes are borrowed and never written, and a message in several pieces has to be copied once anyway.
 */
import { grow, requireBytes } from "./bytes.ts";
import { MessageTooLargeError } from "./errors.ts";

/** Messages above 256 MiB are refused by default: far above what servers send, and below what ends a process. */
export const DEFAULT_MAX_MESSAGE_BYTES = 0x1000_0000;

/** A chunk's length has 16 bits. */
export const MAX_CHUNK_BYTES = 0xffff;

/** The collecting buffer starts with this size. */
const INITIAL = 1024;
/** Up to this size it is kept for good: a whole chunk fits. */
const RETAINED = 0x1_0000;
/**
 * Up to this size it is kept as long as one large message follows the other. Growing a new one for each message of
 * 64 KiB takes 70 us of CPU for a row instead of 25: `pnpm bench --only forEach/bytes`.
 */
const RETAINED_IN_USE = 0x4_0000;
/** Looks at the buffer, one before and one behind each message at most, until large messages count as past. */
const LARGE_FOR = 4;

const EMPTY = new Uint8Array(0);

/** Options of {@link Dechunker}. */
export interface DechunkerOptions {
  /** Longest message in bytes, without chunk headers; default 268 435 456 (256 MiB). */
  maxMessageBytes?: number | undefined;
}

/**
 * Receive, then call `next()` until it is false. The received bytes are borrowed until then (or until the next
 * `receive`): a socket may reuse its buffer afterwards. The view is good until the next call of `next` or `receive`.
 */
export class Dechunker {
  /** Where the message is; belongs to the caller of `receive` or to the dechunker: read only. */
  buffer: Uint8Array = EMPTY;
  /** First byte of the message in `buffer`. */
  start = 0;
  /** Behind its last byte. */
  end = 0;
  /** Changes whenever `buffer` is another object or has other contents. */
  generation = 0;
  /** Empty chunks between messages so far: the peer's signs of life. */
  noops = 0;
  /** May be changed at any time; holds from the next chunk header on. */
  maxMessageBytes: number;

  // What was received and not read yet, from #at to #limit.
  #source: Uint8Array = EMPTY;
  #at = 0;
  #limit = 0;
  #borrowed = true;
  // The message that is being collected: its first #length bytes, and #left bytes to come of the chunk at hand.
  #own: Uint8Array = EMPTY;
  #length = 0;
  #left = 0;
  /** Was filled beyond RETAINED lately: so many looks at it later it is large no more. */
  #large = 0;
  /** First byte of a chunk header whose second has not come, or -1. */
  #high = -1;
  /** Between a message's first chunk header and its end. */
  #open = false;
  /** The message is over the limit: its bytes are dropped as they come. */
  #dropping = false;

  constructor(options: DechunkerOptions = {}) {
    this.maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  }

  /** Hands over bytes; nothing is copied when all earlier ones are read. Throws TypeError for anything else. */
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
    // A socket may have refilled the buffer that the last messages were in: same object, other contents.
    this.buffer = EMPTY;
  }

  /**
   * The next whole message: sets `buffer`, `start`, `end`. False = needs more bytes; then nothing received is borrowed
   * any more. Throws MessageTooLargeError once for a message over the limit; the rest of it is skipped afterwards.
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

  /** Bytes received that belong to no message given out so far, headers of a begun message not counted. */
  get pendingBytes(): number {
    return this.#limit - this.#at + this.#length + (this.#high < 0 ? 0 : 1);
  }

  /** After `next()` was false: whether a message, or a chunk header, has begun and is not complete. */
  get midMessage(): boolean {
    return this.#open || this.#high >= 0 || this.#at < this.#limit;
  }

  /**
   * The received bytes behind the last message given out, as they came and as a copy, for somebody else to read; they are
   * forgotten here. Empty after `next()` was false: what has begun by then stays.
   */
  takeTrailing(): Uint8Array {
    const bytes = new Uint8Array(this.#source.subarray(this.#at, this.#limit));
    this.#at = this.#limit;
    return bytes;
  }

  /** The long way, for whatever is split: header by header, payload into our own buffer. */
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
    // Whoever reads the messages must not hold on to a buffer, or to what it made of one, while nothing comes.
    if (this.buffer !== EMPTY) {
      this.buffer = EMPTY;
      this.generation++;
    }
    return false;
  }

  /** A chunk header inside a message, or the one that begins it. */
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
      // Doubling, but not past the limit, and never for bytes that were only announced.
      const size = Math.max(need, INITIAL, Math.min(this.#own.length * 2, this.maxMessageBytes));
      this.#own = grow(this.#own.subarray(0, this.#length), size);
    }
    this.#own.set(source.subarray(from, from + count), this.#length);
    this.#length = need;
    if (need > RETAINED) this.#large = LARGE_FOR;
  }

  /** Forgets the message at hand, and gives a large buffer back. */
  #close(): void {
    this.#length = 0;
    this.#open = this.#dropping = false;
    if (this.#large > 0) this.#large--;
    if (this.#own.length > (this.#large > 0 ? RETAINED_IN_USE : RETAINED)) {
      this.#own = this.buffer = EMPTY;
      this.generation++;
    }
  }

  /** Bytes that come before the earlier ones are read: all go into a buffer of our own, which doubles. */
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
