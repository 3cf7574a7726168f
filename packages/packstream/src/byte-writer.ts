/**
 * A growable sink. Knows bytes and text; must not know markers or values.
 *
 * Append-only: what `take` handed out is never written again, so it may wait in a socket's queue uncopied.
 * All positions count from the last `take`, and stay right when the writer moves to a larger block.
 */
import { encodeUtf8, encodeUtf8Into, isWellFormed } from "./utf8.ts";

const DEFAULT_BYTES = 8192;
// Blocks grow up to here with what is written between two `take`s; a larger one is not used again after its `take`.
const LARGEST_BLOCK = 65536;
// Below this many characters a loop beats one call of a native encoder.
const SHORT_TEXT = 24;
// Above this many the room for the worst case (three bytes each) is not reserved: the text gets an array of its own.
const LONG_TEXT = 8192;

export class ByteWriter {
  /** The block being written; its first `length` bytes are what was put since the last `take`. */
  bytes: Uint8Array;
  /** Bytes put since the last `take`. */
  length: number;
  /** The whole block, of which `bytes` begins at `#base`. */
  #view: DataView;
  #base: number;
  #blockBytes: number;

  /** @param initialBytes size of the first block, and the smallest of any. Default 8192. */
  constructor(initialBytes: number = DEFAULT_BYTES) {
    this.#blockBytes = initialBytes;
    this.bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.bytes.buffer);
    this.#base = 0;
    this.length = 0;
  }

  /** Makes room for `n` more bytes. */
  ensure(n: number): void {
    if (this.length + n > this.bytes.length) this.#move(n);
  }

  put8(a: number): void {
    this.ensure(1);
    this.bytes[this.length++] = a;
  }

  put8x2(a: number, b: number): void {
    this.ensure(2);
    this.bytes[this.length++] = a;
    this.bytes[this.length++] = b;
  }

  put8and16(a: number, value: number): void {
    const at = this.reserve(3);
    this.bytes[at] = a;
    this.bytes[at + 1] = value >> 8;
    this.bytes[at + 2] = value;
  }

  put8and32(a: number, value: number): void {
    const at = this.reserve(5);
    this.bytes[at] = a;
    this.#view.setInt32(this.#base + at + 1, value);
  }

  put8and64(a: number, value: bigint): void {
    const at = this.reserve(9);
    this.bytes[at] = a;
    this.#view.setBigInt64(this.#base + at + 1, value);
  }

  put8andFloat64(a: number, value: number): void {
    const at = this.reserve(9);
    this.bytes[at] = a;
    this.#view.setFloat64(this.#base + at + 1, value);
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length); // which may change this.bytes
    this.bytes.set(bytes, at);
  }

  /**
   * The header of something with a size: `tiny` with the size in its low half, or `marker` and 8 bits, the marker
   * after it and 16, or the one after that and 32.
   */
  putHeader(tiny: number, marker: number, size: number): void {
    if (size < 16) this.put8(tiny + size);
    else if (size < 256) this.put8x2(marker, size);
    else if (size < 65536) this.put8and16(marker + 1, size);
    else this.put8and32(marker + 2, size);
  }

  /** Writes a header at `at`, where `width` bytes were set aside for it; what follows moves when it takes another width. */
  patchHeader(at: number, width: number, tiny: number, marker: number, size: number): void {
    const needed = headerWidth(size);
    if (needed !== width) this.insert(at + width, needed - width);
    const end = this.length;
    this.length = at;
    this.putHeader(tiny, marker, size);
    this.length = end;
  }

  /** Text as UTF-8 behind a header; false, and nothing put, when it has no UTF-8 form. */
  putText(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    if (units >= SHORT_TEXT) return this.#putLongText(tiny, marker, text, units);
    this.ensure(units * 3 + 2);
    const { bytes, length } = this;
    const body = units < 16 ? length + 1 : length + 2;
    let end = body;
    for (let i = 0; i < units; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return this.#putWideText(tiny, marker, text, units);
      bytes[end++] = code;
    }
    if (units < 16) bytes[length] = tiny + units;
    else {
      bytes[length] = marker;
      bytes[length + 1] = units;
    }
    this.length = end;
    return true;
  }

  #putWideText(tiny: number, marker: number, text: string, units: number): boolean {
    const { bytes, length } = this;
    const width = headerWidth(units);
    const body = length + width;
    let end = body;
    for (let i = 0; i < units; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        bytes[end++] = code;
        continue;
      }
      if (code < 0x800) {
        bytes[end++] = 0xc0 | (code >> 6);
      } else {
        if (code >= 0xd800 && code < 0xe000) {
          // Behind the last character this is NaN, which fails the test below.
          const low = text.charCodeAt(++i) - 0xdc00;
          if (code >= 0xdc00 || !(low >= 0 && low < 0x400)) return false;
          code = 0x10000 + ((code - 0xd800) << 10) + low;
          bytes[end++] = 0xf0 | (code >> 18);
          bytes[end++] = 0x80 | ((code >> 12) & 0x3f);
        } else {
          bytes[end++] = 0xe0 | (code >> 12);
        }
        bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
      }
      bytes[end++] = 0x80 | (code & 0x3f);
    }
    this.length = end;
    this.patchHeader(length, width, tiny, marker, end - body);
    return true;
  }

  #putLongText(tiny: number, marker: number, text: string, units: number): boolean {
    const start = this.length;
    // Most text is ASCII: the header is sized for that, and the text moved when it was not.
    const width = headerWidth(units);
    const body = this.reserve(width) + width;
    if (units > LONG_TEXT) this.putBytes(encodeUtf8(text));
    else {
      this.ensure(units * 3);
      this.length += encodeUtf8Into(text, this.bytes, body, units * 3);
    }
    const size = this.length - body;
    // As many bytes as characters: all ASCII, so no half surrogate pairs, which encoders replace.
    if (size !== units && !isWellFormed(text)) {
      this.length = start;
      return false;
    }
    this.patchHeader(start, width, tiny, marker, size);
    return true;
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
    this.bytes[at] = value >> 8;
    this.bytes[at + 1] = value;
  }

  /** Forgets everything behind the first `length` bytes. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Opens a gap of `n` bytes at `at`; what stood there moves back. The gap's contents are undefined. */
  insert(at: number, n: number): void {
    this.ensure(n);
    this.bytes.copyWithin(at + n, at, this.length);
    this.length += n;
  }

  /** What was put since the last `take`. The caller's to keep: the writer goes on behind it, or in a new block. */
  take(): Uint8Array {
    const { bytes, length } = this;
    const keep = this.#view.byteLength <= LARGEST_BLOCK ? length : bytes.length;
    this.bytes = bytes.subarray(keep);
    this.#base += keep;
    this.length = 0;
    return bytes.subarray(0, length);
  }

  #move(n: number): void {
    this.#blockBytes = Math.max(this.#blockBytes, Math.min(LARGEST_BLOCK, 2 * this.length));
    const bytes = new Uint8Array(Math.max(this.#blockBytes, 2 * this.length + n));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#base = 0;
  }
}

/** Bytes of the header for `size`. */
function headerWidth(size: number): number {
  return size < 16 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 5;
}
