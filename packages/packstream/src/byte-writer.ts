/**
 * A growable sink. Knows bytes and text; must not know markers or values.
 *
 * Append-only: what `take` handed out is never written again, so it may wait in a socket's queue uncopied.
 * All positions count from the last `take`, and stay right when the writer moves to a larger block.
 */
import { encodeUtf8, encodeUtf8Into, isWellFormed } from "./utf8.ts";

const DEFAULT_BYTES = 8192;
// Below this many characters a loop beats one call of a native encoder.
const SHORT_TEXT = 32;
// Above this many characters the room for the worst case (three bytes each) is not reserved: the text gets its own array.
const LONG_TEXT = 8192;

export class ByteWriter {
  /** The block being written; its first `length` bytes are what was put since the last `take`. */
  bytes: Uint8Array;
  /** The same bytes. */
  view: DataView;
  /** Bytes put since the last `take`. */
  length: number;
  readonly #initialBytes: number;

  /** @param initialBytes size of a fresh block; it grows as needed. */
  constructor(initialBytes: number = DEFAULT_BYTES) {
    this.#initialBytes = initialBytes;
    this.bytes = new Uint8Array(initialBytes);
    this.view = new DataView(this.bytes.buffer);
    this.length = 0;
  }

  /** Makes room for `n` more bytes. */
  ensure(n: number): void {
    const needed = this.length + n;
    if (needed > this.bytes.length) this.#move(needed);
  }

  #move(needed: number): void {
    const bytes = new Uint8Array(Math.max(this.#initialBytes, needed + this.length));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  put8(a: number): void {
    this.ensure(1);
    this.bytes[this.length++] = a;
  }

  /** Two single bytes. */
  put8x2(a: number, b: number): void {
    this.ensure(2);
    this.bytes[this.length++] = a;
    this.bytes[this.length++] = b;
  }

  /** A byte and a 16-bit integer. */
  put8and16(a: number, value: number): void {
    const at = this.reserve(3);
    this.bytes[at] = a;
    this.bytes[at + 1] = value >> 8;
    this.bytes[at + 2] = value;
  }

  /** A byte and a 32-bit integer. */
  put8and32(a: number, value: number): void {
    const at = this.reserve(5);
    this.bytes[at] = a;
    this.view.setInt32(at + 1, value);
  }

  /** A byte and a Float64. */
  put8andFloat64(a: number, value: number): void {
    const at = this.reserve(9);
    this.bytes[at] = a;
    this.view.setFloat64(at + 1, value);
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length); // may change this.bytes
    this.bytes.set(bytes, at);
  }

  /** Appends text as UTF-8 and returns how many bytes it took; -1 (and nothing appended) when it has no UTF-8 form. */
  putText(text: string): number {
    const units = text.length;
    if (units < SHORT_TEXT) return this.#putShortText(text, units);
    if (!isWellFormed(text)) return -1;
    if (units > LONG_TEXT) {
      const encoded = encodeUtf8(text);
      this.putBytes(encoded);
      return encoded.length;
    }
    this.ensure(units * 3);
    const count = encodeUtf8Into(text, this.bytes, this.length);
    this.length += count;
    return count;
  }

  #putShortText(text: string, units: number): number {
    this.ensure(units * 3);
    const bytes = this.bytes;
    const start = this.length;
    let at = start;
    for (let i = 0; i < units; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        bytes[at++] = code;
        continue;
      }
      if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
      } else {
        if (code >= 0xd800 && code < 0xe000) {
          // NaN, behind the last unit, fails the second test as well.
          const low = text.charCodeAt(++i) - 0xdc00;
          if (code >= 0xdc00 || !(low >= 0 && low < 0x400)) return -1;
          code = 0x10000 + ((code - 0xd800) << 10) + low;
          bytes[at++] = 0xf0 | (code >> 18);
          bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        } else {
          bytes[at++] = 0xe0 | (code >> 12);
        }
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (code & 0x3f);
    }
    this.length = at;
    return at - start;
  }

  /** Skips `n` bytes, to be filled in later, and returns where they are. */
  reserve(n: number): number {
    this.ensure(n);
    const at = this.length;
    this.length = at + n;
    return at;
  }

  /** Overwrites two bytes with an unsigned 16-bit integer. */
  patchU16(at: number, value: number): void {
    this.view.setUint16(at, value);
  }

  /** Forgets everything behind the first `length` bytes. */
  truncate(length: number): void {
    this.length = length;
  }

  /**
   * Opens a gap of `n` bytes at `at`; what stood there moves back. The gap's contents are undefined.
   * With a negative `n` the bytes before `at` are taken away instead.
   */
  insert(at: number, n: number): void {
    this.ensure(n);
    this.bytes.copyWithin(at + n, at, this.length);
    this.length += n;
  }

  /** What was put since the last `take`. The caller's to keep: the writer goes on behind it. */
  take(): Uint8Array {
    const { bytes, length } = this;
    const taken = bytes.subarray(0, length);
    this.bytes = bytes.subarray(length);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    this.length = 0;
    return taken;
  }
}
