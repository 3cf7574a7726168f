/**
 * A bounded cursor over one whole message inside a larger buffer. Knows bytes, text and where it is; must not know
 * markers or values. Nothing is read past `end`, and nothing returned aliases the buffer.
 */
import { UnpackError, type UnpackReason } from "./errors.ts";
import { decodeAscii, decodeUtf8, latin1 } from "./utf8.ts";

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

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
  /** The memory behind the buffer, and where in it the buffer begins; -1 before `look`. */
  view: DataView;
  base: number;
  /** The buffer as Latin-1 text, once enough short strings asked for it; short strings are then cut out of it. */
  #text: string | undefined;
  #shortStrings: number;
  #memory: ArrayBufferLike;

  constructor() {
    this.bytes = NOTHING;
    this.#memory = NOTHING.buffer;
    this.view = NO_VIEW;
    this.base = -1;
    this.start = 0;
    this.end = 0;
    this.position = 0;
    this.#text = undefined;
    this.#shortStrings = 0;
  }

  /** Takes a buffer, borrowed until the next `load` or `unload`. */
  load(buffer: Uint8Array): void {
    this.bytes = buffer;
    this.base = -1;
    this.#text = undefined;
    this.#shortStrings = 0;
    this.open(0, buffer.length);
  }

  /** Lets the buffer go. */
  unload(): void {
    this.bytes = NOTHING;
    this.#memory = NOTHING.buffer;
    this.view = NO_VIEW;
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

  /** A size of 1, 2 or 4 bytes, unsigned, right behind the marker at `at`, whose low two bits say how many. */
  size(marker: number, at: number): number {
    const width = 1 << (marker & 3);
    const start = this.take(width, at);
    let size = 0;
    for (let i = start; i < start + width; i++) size = size * 256 + this.bytes[i]!;
    return size;
  }

  /** Makes `view` and `base` right: it costs up to 50 ns, so only for values of eight bytes. */
  look(): void {
    const { buffer, byteOffset } = this.bytes;
    if (buffer !== this.#memory) {
      this.#memory = buffer;
      this.view = new DataView(buffer);
    }
    this.base = byteOffset;
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
    const start = this.position;
    const end = start + count;
    if (end > this.end) throw this.short(count, at);
    this.position = end;
    if (count > SHORT) return this.#utf8(start, end, at);
    const { bytes } = this;
    let bits = 0;
    if (count > 3 && this.base >= 0) {
      const first = this.base + start;
      bits = this.view.getInt32(first) | this.view.getInt32(first + count - 4);
      if (count > 8) bits |= this.view.getInt32(first + 4);
    } else {
      for (let i = start; i < end; i++) bits |= bytes[i]!;
    }
    if ((bits & 0x80808080) !== 0) return this.#utf8(start, end, at);
    return this.#text === undefined ? this.#ascii(start, end) : this.#text.slice(start, end);
  }

  /** Short text of a buffer that had little of it so far. */
  #ascii(start: number, end: number): string {
    const { bytes } = this;
    if (latin1 === undefined || ++this.#shortStrings * 700 < bytes.length + 40000) {
      return decodeAscii(bytes, start, end - start);
    }
    if (bytes.length > 512) this.look();
    this.#text = latin1(bytes, 0, bytes.length);
    return this.#text.slice(start, end);
  }

  #utf8(start: number, end: number, at: number): string {
    const text = decodeUtf8(this.bytes, start, end);
    if (text === undefined) throw this.error("utf8", "invalid UTF-8 in a string", at);
    return text;
  }

  /** As `text`, for dictionary keys: few different ones come again and again. */
  key(count: number, at: number): string {
    if (count > LONGEST_KEY) return this.text(count, at);
    const position = this.position;
    if (count > this.end - position) throw this.short(count, at);
    // The first, last and middle bytes together are all of them, whatever the length.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    if (count > 3) {
      if (this.base < 0) this.look();
      const { view } = this;
      const first = this.base + position;
      a = view.getInt32(first);
      b = view.getInt32(first + count - 4);
      if (count > 8) {
        c = view.getInt32(first + 4);
        d = view.getInt32(first + count - 8);
      }
    } else if (count > 0) {
      a = this.bytes[position]!;
      b = this.bytes[position + count - 1]!;
      c = this.bytes[position + (count >> 1)]!;
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
}
