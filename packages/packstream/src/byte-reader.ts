// A bounded cursor over one whole message inside a larger buffer. It picks the cheapest way to decode each string from
// its length and its neighbours, and must not know about values. It never reads past `end`, and nothing it returns
// aliases the buffer.
import { UnpackError, type UnpackReason } from "./errors.ts";
import { decodeLatin1, decodeUtf8, latin1, latin1ToSlice, shortLatin1 } from "./utf8.ts";

export const NOTHING: Uint8Array = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

// Up to this many bytes `shortLatin1` beats a native decoder.
const SHORT_TEXT = 16;
// V8 copies slices of up to 12 characters; a longer slice is a window into its string and would pin all of it.
const LONGEST_SLICE = 12;
// Slicing a short string from the buffer's text saves 10 ns; making that text costs 70 ns, plus 1 ns per 45 bytes.
// Small messages have too few strings to make up for that.
const TEXT_PAYS_AFTER = 16;
const TEXT_BYTES_PER_STRING = 700;
const LARGEST_TEXT = 1 << 24;

// Long strings that lie close together, such as names in rows or element ids, are sliced from pieces of the buffer's
// text: 27 ns for 40 bytes, where decoding takes 50 to 90. A program that keeps such a string keeps its whole piece in
// memory, so pieces are small and hold at least two thirds string. Doubling PIECE saves nothing; halving costs a tenth.
const LONGEST_CUT = 128;
const PIECE = 1024;
const TEXT_SHARE = 2 / 3;

const LONGEST_KEY = 15;
const KEY_SLOTS = 1024;
const SLOT_SHIFT = 22; // 32 minus the bits of a slot number

/** Recently read keys, by a hash of their bytes; five words identify each key exactly. */
const keyWords = new Int32Array(KEY_SLOTS * 5);
const keyTexts: string[] = new Array<string>(KEY_SLOTS).fill("");

export class ByteReader {
  /** The loaded buffer. */
  bytes: Uint8Array = NOTHING;
  /** Where the message begins and ends in `bytes`, and the next byte to read. */
  start = 0;
  end = 0;
  position = 0;
  /** A view of the buffer's whole ArrayBuffer, and the buffer's offset in it; `base` is -1 until `look` is called. */
  view: DataView = NO_VIEW;
  base = -1;

  /** The whole buffer as text, one character per byte, once it has proved to hold many short strings. */
  #text: string | undefined;
  #shortStrings = 0;
  /** The piece of the buffer that long strings are sliced from: where it begins, its size, how far it has been read. */
  #pieceStart = 0;
  #pieceSize = 0;
  #pieceRead = 0;
  /** Bytes of long strings read from this piece; and its text, one character per byte, if the last piece had many. */
  #pieceText = 0;
  #piece: string | undefined;

  /** Borrows a buffer until the next `load`. An empty one also releases memory of more than `kept` bytes. */
  load(buffer: Uint8Array, kept: number = 0): void {
    this.bytes = buffer;
    this.base = -1;
    if (!buffer.length && this.view.buffer.byteLength > kept) {
      this.view = NO_VIEW;
    }
    this.#text = undefined;
    this.#shortStrings = 0;
    this.#pieceSize = 0;
    this.#piece = undefined;
    this.open(0, buffer.length);
  }

  /** Goes to the message in bytes `start` to `end` (exclusive) of the buffer. */
  open(start: number, end: number): void {
    this.start = this.position = start;
    this.end = end;
  }

  /** Brings `view` and `base` up to date. Takes 50 ns for new memory, so it runs only when they are needed. */
  look(): void {
    const { buffer, byteOffset } = this.bytes;
    if (buffer !== this.view.buffer) {
      this.view = new DataView(buffer);
    }
    this.base = byteOffset;
  }

  /** The next byte, which begins a value. */
  marker(): number {
    if (this.position >= this.end) throw this.error("truncated", "expected a value, got the end", this.end);
    return this.bytes[this.position++]!;
  }

  /** Moves past `count` bytes and returns where they begin. `at` is where the value that contains them begins. */
  take(count: number, at: number): number {
    const start = this.position;
    const end = start + count;
    if (end > this.end) throw this.short(count, at);
    this.position = end;
    return start;
  }

  /** The next byte. */
  u8(at: number): number {
    return this.bytes[this.take(1, at)]!;
  }

  /** Like `take`, but returns an offset into `view`, which is up to date only after this call. */
  inView(count: number, at: number): number {
    const start = this.take(count, at);
    if (this.base < 0) this.look();
    return this.base + start;
  }

  /** An unsigned size of 1, 2 or 4 bytes; the low two bits of its marker say which. */
  size(marker: number, at: number): number {
    const start = this.take(1 << (marker & 3), at);
    let size = 0;
    for (let i = start; i < this.position; i++) size = size * 256 + this.bytes[i]!;
    return size;
  }

  /** A copy of `count` bytes. */
  copy(count: number, at: number): Uint8Array {
    const start = this.take(count, at);
    return new Uint8Array(this.bytes.subarray(start, start + count));
  }

  /**
   * Reads a run of numbers and long strings into `items`, up to `count` of them, and returns how many there were.
   * Rows, embeddings and paths are such lists: one loop reads Integers twice and floats three times as fast as a call
   * per item.
   */
  items(items: unknown[], count: number): number {
    const { bytes, end } = this;
    let at = this.position;
    let i = 0;
    for (; i < count && at < end; i++) {
      const marker = bytes[at]!;
      if (marker < 0x80) {
        items[i] = marker;
        at++;
      } else if (marker === 0xc1 && at + 9 <= end) {
        if (this.base < 0) this.look();
        items[i] = this.view.getFloat64(this.base + at + 1);
        at += 9;
      } else if (marker === 0xc9 && at + 3 <= end) {
        items[i] = ((bytes[at + 1]! << 24) >> 16) | bytes[at + 2]!;
        at += 3;
      } else if (marker === 0xca && at + 5 <= end) {
        items[i] = (bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
        at += 5;
      } else if (marker === 0xd0 && bytes[at + 1]! > SHORT_TEXT) {
        const next = at + 2 + bytes[at + 1]!;
        if (next > end) break;
        items[i] = this.#long(at + 2, next, at);
        at = next;
      } else break;
    }
    this.position = at;
    return i;
  }

  /** A string of `count` bytes. */
  text(count: number, at: number): string {
    const start = this.take(count, at);
    const end = this.position;
    if (count > SHORT_TEXT) return this.#long(start, end, at);
    const { bytes } = this;
    let bits = 0;
    if (count > 3 && this.base >= 0) {
      const first = this.base + start;
      bits = this.view.getInt32(first) | this.view.getInt32(first + count - 4);
      if (count > 8) bits |= this.view.getInt32(first + 4) | this.view.getInt32(first + count - 8);
    } else {
      for (let i = start; i < end; i++) bits |= bytes[i]!;
    }
    if ((bits & 0x80808080) !== 0) return this.#nonAscii(start, end, at);
    if (count > LONGEST_SLICE) return shortLatin1(bytes, start, count);
    return this.#text === undefined ? this.#ascii(start, end) : this.#text.slice(start, end);
  }

  /** Like `text`, for dictionary keys: a few keys recur all the time, so they are cached. */
  key(count: number, at: number): string {
    if (count > LONGEST_KEY) return this.text(count, at);
    const start = this.take(count, at);
    // Whatever the count, the words and bytes read here cover the whole key; they may overlap.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    if (count > 3) {
      if (this.base < 0) this.look();
      const { view } = this;
      const first = this.base + start;
      a = view.getInt32(first);
      b = view.getInt32(first + count - 4);
      if (count > 8) {
        c = view.getInt32(first + 4);
        d = view.getInt32(first + count - 8);
      }
    } else if (count > 0) {
      a = this.bytes[start]!;
      b = this.bytes[start + count - 1]!;
      c = this.bytes[start + (count >> 1)]!;
    }
    const slot = Math.imul(Math.imul(a ^ c, 0x9e3779b1) ^ b ^ d ^ count, 0x85ebca6b) >>> SLOT_SHIFT;
    const words = slot * 5;
    if (
      keyWords[words] === a &&
      keyWords[words + 1] === b &&
      keyWords[words + 2] === c &&
      keyWords[words + 3] === d &&
      keyWords[words + 4] === count
    )
      return keyTexts[slot]!;
    this.position = start;
    const text = this.text(count, at);
    keyWords.set([a, b, c, d, count], words);
    return (keyTexts[slot] = text);
  }

  /** A short ASCII string while there is no `#text`; makes `#text` once there have been enough of them. */
  #ascii(start: number, end: number): string {
    const { bytes } = this;
    const paid = (++this.#shortStrings - TEXT_PAYS_AFTER) * TEXT_BYTES_PER_STRING;
    if (latin1ToSlice === undefined || paid < bytes.length || bytes.length > LARGEST_TEXT)
      return shortLatin1(bytes, start, end - start);
    this.look();
    this.#text = latin1ToSlice(bytes, 0, bytes.length);
    return this.#text.slice(start, end);
  }

  #long(start: number, end: number, at: number): string {
    const size = end - start;
    if (size > LONGEST_CUT) return this.#decode(start, end, at);
    let from = start - this.#pieceStart;
    if (from < 0 || from + size > this.#pieceSize) {
      this.#nextPiece(start);
      from = 0;
    }
    this.#pieceRead = from + size;
    this.#pieceText += size;
    const piece = this.#piece;
    if (piece === undefined) return this.#decode(start, end, at);
    return this.#isAscii(start, end) ? piece.slice(from, from + size) : this.#nonAscii(start, end, at);
  }

  /** Begins a piece. Whether it gets a text depends on what the last piece held, even if that was in another buffer. */
  #nextPiece(start: number): void {
    const pays = this.#pieceText > LONGEST_CUT / 2 && this.#pieceText > this.#pieceRead * TEXT_SHARE;
    const end = Math.min(start + PIECE, this.bytes.length);
    this.#pieceStart = start;
    this.#pieceSize = end - start;
    this.#pieceText = 0;
    this.#piece = pays ? latin1?.(this.bytes, start, end) : undefined;
    this.look();
  }

  /** Needs at least 16 bytes; looks at sixteen at a time. */
  #isAscii(start: number, end: number): boolean {
    const { view, base } = this;
    const last = base + end - 16;
    let bits = 0;
    for (let at = base + start; ; at += 16) {
      if (at > last) at = last;
      bits |= view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8) | view.getInt32(at + 12);
      if (at === last) return (bits & 0x80808080) === 0;
    }
  }

  /** A string of up to `LONGEST_CUT` bytes that is not all ASCII. */
  #nonAscii(start: number, end: number, at: number): string {
    return decodeLatin1(this.bytes, start, end) ?? this.#decode(start, end, at);
  }

  #decode(start: number, end: number, at: number): string {
    const text = decodeUtf8(this.bytes, start, end);
    if (text === undefined) throw this.error("utf8", "invalid UTF-8", at);
    return text;
  }

  /** An error about the value that begins at `at`. */
  error(reason: UnpackReason, message: string, at: number): UnpackError {
    return new UnpackError(reason, message, at - this.start, at < this.end ? this.bytes[at] : undefined);
  }

  /** The error for a value that needs `count` more bytes than there are. */
  short(count: number, at: number): UnpackError {
    return this.error("truncated", `expected ${count} more bytes, got ${this.end - this.position}`, at);
  }
}
