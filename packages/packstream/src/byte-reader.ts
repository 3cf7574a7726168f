/**
 * A bounded cursor over one whole message inside a larger buffer. Knows bytes, text and where it is; must not know
 * markers or values. Nothing is read past `end`, and nothing returned aliases the buffer.
 */
import { UnpackError, type UnpackReason } from "./errors.ts";
import { decodeAscii, decodeUtf8, latin1 } from "./utf8.ts";

const NOTHING = new Uint8Array(0);

// V8 copies strings up to 12 characters out of another one and keeps longer ones as a window into it,
// which would pin the text of the whole buffer.
const SHORT = 12;

const KEY_SLOTS = 1024;
const LONGEST_KEY = 15;

/** Keys seen lately, by a hash of their bytes; five words tell one key from another. */
const keyWords = new Int32Array(KEY_SLOTS * 5);
const keyTexts: string[] = new Array<string>(KEY_SLOTS).fill("");

export class ByteReader {
  /** The loaded buffer. */
  bytes: Uint8Array;
  /** Where the message begins and ends in the buffer, and the next byte to read. */
  start: number;
  end: number;
  position: number;
  /** The buffer as Latin-1 text, once enough short strings asked for it; short strings are then cut out of it. */
  #text: string | undefined;
  #shortStrings: number;
  /** The same bytes, made for the first Float64 or 64-bit Integer. */
  #view: DataView | undefined;

  constructor() {
    this.bytes = NOTHING;
    this.#view = undefined;
    this.start = 0;
    this.end = 0;
    this.position = 0;
    this.#text = undefined;
    this.#shortStrings = 0;
  }

  /** Takes a buffer, borrowed until the next `load` or `unload`. */
  load(buffer: Uint8Array): void {
    this.bytes = buffer;
    this.#view = undefined;
    this.#text = undefined;
    this.#shortStrings = 0;
    this.open(0, buffer.length);
  }

  /** Lets the buffer go. */
  unload(): void {
    this.bytes = NOTHING;
    this.#view = undefined;
    this.#text = undefined;
    this.open(0, 0);
  }

  /** One message: bytes `start` to `end` of the buffer. */
  open(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.position = start;
  }

  /** The next byte, which begins a value. */
  marker(): number {
    if (this.position >= this.end) throw this.error("truncated", "expected a value, got the end", this.end);
    return this.bytes[this.position++]!;
  }

  /** Moves past `count` bytes and returns where they begin; `at` is where the value that needs them begins. */
  take(count: number, at: number): number {
    const position = this.position;
    if (count > this.end - position) throw this.short(count, at);
    this.position = position + count;
    return position;
  }

  /** An unsigned byte. */
  u8(at: number): number {
    const position = this.take(1, at);
    return this.bytes[position]!;
  }

  /** Two bytes, unsigned. */
  u16(at: number): number {
    const position = this.take(2, at);
    return (this.bytes[position]! << 8) | this.bytes[position + 1]!;
  }

  /** Four bytes, signed. */
  i32(at: number): number {
    const position = this.take(4, at);
    return word(this.bytes, position);
  }

  /** Eight bytes as a Float64. */
  float64(at: number): number {
    const position = this.take(8, at);
    return this.view().getFloat64(position);
  }

  /** The loaded buffer as a view: 50 ns, so only when a value of eight bytes is in it. */
  view(): DataView {
    const { bytes } = this;
    return (this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** A copy of `count` bytes. */
  copy(count: number, at: number): Uint8Array {
    const position = this.take(count, at);
    const copy = new Uint8Array(count);
    copy.set(this.bytes.subarray(position, position + count));
    return copy;
  }

  /** Text of `count` bytes. */
  text(count: number, at: number): string {
    const position = this.take(count, at);
    const end = position + count;
    if (count <= SHORT && this.#isAscii(position, end)) {
      if (this.#text !== undefined) return this.#text.slice(position, end);
      if (latin1 !== undefined && ++this.#shortStrings * 700 > this.bytes.length + 1400) {
        this.#text = latin1(this.bytes, 0, this.bytes.length);
      }
      return decodeAscii(this.bytes, position, end);
    }
    const text = decodeUtf8(this.bytes, position, end);
    if (text === undefined) throw this.error("utf8", "invalid UTF-8 in a string", at);
    return text;
  }

  /** As `text`, for dictionary keys: few different ones come again and again. */
  key(count: number, at: number): string {
    if (count > LONGEST_KEY) return this.text(count, at);
    const position = this.position;
    if (count > this.end - position) throw this.short(count, at);
    const { bytes } = this;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    if (count >= 4) {
      a = word(bytes, position);
      b = word(bytes, position + count - 4);
      if (count > 8) {
        c = word(bytes, position + 4);
        d = word(bytes, position + count - 8);
      }
    } else if (count > 0) {
      a = bytes[position]!;
      b = bytes[position + count - 1]!;
      c = bytes[position + (count >> 1)]!;
    }
    const hash = Math.imul(Math.imul(a ^ c, 0x9e3779b1) ^ b ^ d ^ count, 0x85ebca6b);
    const slot = hash >>> 22;
    const words = slot * 5;
    if (
      keyWords[words] === a &&
      keyWords[words + 1] === b &&
      keyWords[words + 2] === c &&
      keyWords[words + 3] === d &&
      keyWords[words + 4] === count
    ) {
      this.position = position + count;
      return keyTexts[slot]!;
    }
    const text = this.text(count, at);
    keyWords[words] = a;
    keyWords[words + 1] = b;
    keyWords[words + 2] = c;
    keyWords[words + 3] = d;
    keyWords[words + 4] = count;
    return (keyTexts[slot] = text);
  }

  /** An error about the value that begins at `at`. */
  error(reason: UnpackReason, message: string, at: number): UnpackError {
    return new UnpackError(reason, message, at - this.start, at < this.end ? this.bytes[at] : undefined);
  }

  /** The error for a value that needs `count` more bytes than there are. */
  short(count: number, at: number): UnpackError {
    return this.error("truncated", `expected ${count} more bytes, got ${this.end - this.position}`, at);
  }

  #isAscii(start: number, end: number): boolean {
    let bits = 0;
    for (let i = start; i < end; i++) bits |= this.bytes[i]!;
    return bits < 0x80;
  }
}

/** Four bytes, big-endian. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
