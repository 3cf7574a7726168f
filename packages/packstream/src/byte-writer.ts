// A growable, append-only sink. Knows bytes, text and the shape of sized headers; must not know markers or values.
// Bytes returned by `take` are never overwritten, so they can wait in a socket's queue uncopied, unless the caller gives
// them back (`reuse`). All positions count from the last `take` and stay valid when the writer moves to a larger block.
import { encodeUtf8Into, isWellFormed } from "./utf8.ts";

const DEFAULT_BYTES = 8192;
// A larger block is not reused once it is empty: an idle packer would hold on to it forever.
const LARGE_BLOCK = 0x10_0000;
// Below this many characters a loop beats calling a native encoder, which costs 12 to 60 ns, depending on the platform.
const SHORT_TEXT = 24;

const LONGEST_KEY = 15;
const KEY_BYTES = 16; // with its header: four words
const KEY_SLOTS = 256;

/** Recently written keys, each with its header, as words: writing those takes half as long as writing characters. */
const keyTexts: string[] = new Array<string>(KEY_SLOTS).fill("");
const keyWords = new Int32Array(KEY_SLOTS * 4);

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/** A growable buffer that a `Packer` writes to. Bytes returned by `take` are never overwritten unless given back. */
export class ByteWriter {
  /** The block. Its bytes from `#start` to `#end` were written since the last `take`. */
  #bytes: Uint8Array = NOTHING;
  #view: DataView = NO_VIEW;
  #start = 0;
  #end = 0;
  readonly #initialBytes: number;
  #lastTaken = 0;
  /** Sizes from 128 take 16 bits and from 32,768 take 32: for readers that take sizes of 8 and 16 bits for signed. */
  signedSizes = false;

  /** @param initialBytes size of a new block unless more is needed; blocks over twice that are not kept; default 8192 */
  constructor(initialBytes: number = DEFAULT_BYTES) {
    this.#initialBytes = initialBytes;
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Skips `n` bytes, to be filled in later, and returns their position. */
  reserve(n: number): number {
    return this.#room(n) - this.#start;
  }

  /** Overwrites a byte. */
  patch8(at: number, value: number): void {
    this.#bytes[this.#start + at] = value;
  }

  /** Overwrites two bytes with an unsigned 16-bit integer. */
  patchU16(at: number, value: number): void {
    this.#bytes[this.#start + at] = value >> 8;
    this.#bytes[this.#start + at + 1] = value;
  }

  /** Discards everything after the first `length` bytes. If none are left, a block larger than a MiB is released. */
  truncate(length: number): void {
    this.#end = this.#start + length;
    if (length === 0 && this.#bytes.length > LARGE_BLOCK) this.#settle(NOTHING, NO_VIEW);
  }

  /** Copies the bytes from `from` to `end` (exclusive) to `to`, all within what was written. */
  copyWithin(to: number, from: number, end: number): void {
    const start = this.#start;
    this.#bytes.copyWithin(start + to, start + from, start + end);
  }

  /** Opens a gap of `n` bytes at `at`, moving what follows; `-n` closes one. The gap's contents are undefined. */
  insert(at: number, n: number): void {
    if (n === 0) return;
    const { length } = this;
    this.#room(n);
    this.copyWithin(at + n, at, length);
  }

  /** A copy of everything written from `at` on. */
  copy(at: number): Uint8Array {
    return this.#bytes.slice(this.#start + at, this.#end);
  }

  /** What was written since the last `take`, for the caller to keep: the writer continues after it or in a new block. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#end);
    // One very large batch does not mean that more follow: a block sized for it would pin as much memory again.
    this.#lastTaken = Math.min(taken.length, LARGE_BLOCK);
    this.#start = this.#end;
    // A larger block is released, so that an idle connection does not hold on to it.
    if (this.#bytes.length > 2 * this.#initialBytes) this.#settle(NOTHING, NO_VIEW);
    return taken;
  }

  /**
   * Gives back what `take` returned once nothing reads it any more. A large block, of up to a MiB, is then used again
   * until the next `take`: making and clearing the pages of new ones takes an eighth of a server's CPU for rows.
   */
  reuse(taken: Uint8Array): void {
    const { length, buffer } = taken;
    // Smaller pieces may share their block with others that are still being read.
    if (this.#bytes !== NOTHING || length <= 2 * this.#initialBytes || buffer.byteLength > LARGE_BLOCK)
      return;
    this.#settle(new Uint8Array(buffer), new DataView(buffer));
  }

  /** Appends one byte: the lowest 8 bits of `a`. */
  put8(a: number): void {
    const at = this.#room(1);
    this.#bytes[at] = a;
  }

  /** Appends two bytes. */
  put8x2(a: number, b: number): void {
    const at = this.#room(2);
    this.#bytes[at] = a;
    this.#bytes[at + 1] = b;
  }

  /** Appends a byte, such as a marker, and a 16-bit integer. */
  put8and16(a: number, value: number): void {
    const at = this.#room(3);
    this.#bytes[at] = a;
    this.#bytes[at + 1] = value >> 8;
    this.#bytes[at + 2] = value;
  }

  /** Appends a byte and a 32-bit integer. */
  put8and32(a: number, value: number): void {
    const at = this.#room(5);
    this.#bytes[at] = a;
    this.#view.setInt32(at + 1, value);
  }

  /** Appends a byte and a 64-bit integer. */
  put8and64(a: number, value: bigint): void {
    const at = this.#room(9);
    this.#bytes[at] = a;
    this.#view.setBigInt64(at + 1, value);
  }

  /** Appends a byte and a 64-bit float. */
  put8andFloat64(a: number, value: number): void {
    const at = this.#room(9);
    this.#bytes[at] = a;
    this.#view.setFloat64(at + 1, value);
  }

  /** Appends a copy of `bytes`, without a header. */
  putBytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length); // which may change the block
    this.#bytes.set(bytes, at);
  }

  /**
   * Writes the header of a sized value: `tiny` plus the size (no such form if `tiny` is 0), `marker` and 8 bits,
   * `marker` + 1 and 16, or `marker` + 2 and 32.
   */
  putHeader(tiny: number, marker: number, size: number): void {
    const width = this.#headerWidth(tiny, size);
    this.#fillHeader(this.#room(width), width, tiny, marker, size);
  }

  /** Writes a header at `at`, where `width` bytes were reserved. If it needs another width, what follows moves. */
  patchHeader(at: number, width: number, tiny: number, marker: number, size: number): void {
    const needed = this.#headerWidth(tiny, size);
    this.insert(at + width, needed - width);
    this.#fillHeader(this.#start + at, needed, tiny, marker, size);
  }

  /** Writes a header and the text as UTF-8. If the text has no UTF-8 form, returns false and writes nothing. */
  putText(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    if (units >= SHORT_TEXT) return this.#putEncoded(tiny, marker, text);
    const at = this.#room(units + 2);
    const bytes = this.#bytes;
    let end = units < 16 ? at + 1 : at + 2;
    let bits = 0;
    for (let i = 0; i < units; i++) {
      const code = text.charCodeAt(i);
      bits |= code;
      bytes[end++] = code;
    }
    if (bits > 0x7f) {
      this.#end = at;
      return this.#putEncoded(tiny, marker, text);
    }
    if (units < 16) bytes[at] = tiny + units;
    else {
      bytes[at] = marker;
      bytes[at + 1] = units;
    }
    this.#end = end;
    return true;
  }

  /** Like `putText`, for dictionary keys: a few keys recur all the time, so they are cached. */
  putKey(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    if (units === 0 || units > LONGEST_KEY) return this.putText(tiny, marker, text);
    const slot = (text.charCodeAt(0) * 7 + text.charCodeAt(units - 1) * 31 + units) & (KEY_SLOTS - 1);
    if (keyTexts[slot] !== text) return this.#putNewKey(tiny, marker, text, slot);
    const at = this.#room(KEY_BYTES);
    const view = this.#view;
    const words = slot * 4;
    view.setInt32(at, keyWords[words]!);
    view.setInt32(at + 4, keyWords[words + 1]!);
    if (units > 7) {
      view.setInt32(at + 8, keyWords[words + 2]!);
      view.setInt32(at + 12, keyWords[words + 3]!);
    }
    this.#end = at + units + 1;
    return true;
  }

  #putNewKey(tiny: number, marker: number, text: string, slot: number): boolean {
    const at = this.#room(KEY_BYTES);
    this.#end = at;
    if (!this.putText(tiny, marker, text)) return false;
    // Only ASCII has as many bytes as characters. The bytes after the key are garbage that later writes overwrite.
    if (this.#end === at + 1 + text.length) {
      keyTexts[slot] = text;
      for (let i = 0; i < 4; i++) keyWords[slot * 4 + i] = this.#view.getInt32(at + i * 4);
    }
    return true;
  }

  #putEncoded(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    // Most text is ASCII: the header is sized for that, and text that turns out not to be is moved.
    const width = this.#headerWidth(tiny, units);
    const start = this.reserve(width);
    // At most three bytes per UTF-16 unit. Of a large block the system allocates only the pages that are written.
    const body = this.#room(units * 3);
    const size = encodeUtf8Into(text, this.#bytes, body, units * 3);
    this.#end = body + size;
    // As many bytes as units means all ASCII, and so no lone surrogates, which encoders replace.
    if (size !== units && !isWellFormed(text)) {
      this.truncate(start);
      return false;
    }
    this.patchHeader(start, width, tiny, marker, size);
    return true;
  }

  #fillHeader(at: number, width: number, tiny: number, marker: number, size: number): void {
    const bytes = this.#bytes;
    bytes[at] = width === 1 ? tiny + size : marker + ((width - 1) >> 1);
    let rest = size;
    for (let i = at + width - 1; i > at; i--) {
      bytes[i] = rest;
      rest >>= 8;
    }
  }

  /** Makes room for `n` more bytes, counts them as written, and returns their offset in the block. */
  #room(n: number): number {
    if (this.#end + n > this.#bytes.length) this.#move(n);
    const at = this.#end;
    this.#end = at + n;
    return at;
  }

  #move(n: number): void {
    const { length } = this;
    // A block a little larger than the last batch saves growing step by step, a quarter of a server's CPU for rows.
    // Doubling keeps copying linear.
    const spare = Math.max(this.#initialBytes, this.#lastTaken * 1.125, length);
    const moved = new Uint8Array(spare + length + n);
    // With nothing to move, do not touch the old block: the caller may have transferred it to another thread.
    if (length > 0) moved.set(this.#bytes.subarray(this.#start, this.#end));
    this.#settle(moved, new DataView(moved.buffer));
    this.#end = length;
  }

  /** Continues at the beginning of `block`. */
  #settle(block: Uint8Array, view: DataView): void {
    this.#bytes = block;
    this.#view = view;
    this.#start = this.#end = 0;
  }

  /** Bytes that the header for `size` takes. */
  #headerWidth(tiny: number, size: number): number {
    const range = this.signedSizes ? size * 2 : size;
    return size < 16 && tiny > 0 ? 1 : range < 256 ? 2 : range < 65536 ? 3 : 5;
  }
}
