/**
 * A growable sink. Knows bytes, text and the shape of sized headers; must not know markers or values.
 *
 * Append-only: what `take` handed out is never written again, so it may wait in a socket's queue uncopied; unless
 * whoever took it gives it back.
 * All positions count from the last `take`, and stay right when the writer moves to a larger block.
 */
import { encodeUtf8Into, isWellFormed } from "./utf8.ts";

const DEFAULT_BYTES = 8192;
// Nothing is written into a larger one again once it is empty: an idle packer would hold on to it for good.
const LARGE_BLOCK = 0x10_0000;
// Below this many characters a loop beats one call of a native encoder: 12 to 60 ns, by platform.
const SHORT_TEXT = 24;

const LONGEST_KEY = 15;
const KEY_BYTES = 16; // with its header: four words
const KEY_SLOTS = 256;

/** Keys written lately, each with its header, as words: writing those takes half as long as its characters. */
const keyTexts: string[] = new Array<string>(KEY_SLOTS).fill("");
const keyWords = new Int32Array(KEY_SLOTS * 4);

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/** A growable buffer that a `Packer` writes to; what `take` hands out is never written again, unless given back. */
export class ByteWriter {
  /** The block; bytes `#start` to `#end` of it are what was put since the last `take`. */
  #bytes: Uint8Array = NOTHING;
  #view: DataView = NO_VIEW;
  #start = 0;
  #end = 0;
  readonly #initialBytes: number;
  #lastTaken = 0;

  /** @param initialBytes size of a fresh block, unless more is needed; one of over twice that is not kept. Default 8192. */
  constructor(initialBytes: number = DEFAULT_BYTES) {
    this.#initialBytes = initialBytes;
  }

  /** Bytes put since the last `take`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Skips `n` bytes, to be filled in later, and returns where they are. */
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

  /** Forgets everything behind the first `length` bytes; with none left a block above a MiB is let go. */
  truncate(length: number): void {
    this.#end = this.#start + length;
    if (length === 0 && this.#bytes.length > LARGE_BLOCK) this.#settle(NOTHING, NO_VIEW);
  }

  /** Moves what stands from `from` to `end` (exclusive) to `to`, inside of what was put. */
  copyWithin(to: number, from: number, end: number): void {
    const start = this.#start;
    this.#bytes.copyWithin(start + to, start + from, start + end);
  }

  /** Opens a gap of `n` bytes at `at`, or closes one of `-n`; what stood there moves. The gap's contents are undefined. */
  insert(at: number, n: number): void {
    if (n === 0) return;
    const { length } = this;
    this.#room(n);
    this.copyWithin(at + n, at, length);
  }

  /** A copy of what was put from `at` on. */
  copy(at: number): Uint8Array {
    return this.#bytes.slice(this.#start + at, this.#end);
  }

  /** What was put since the last `take`. The caller's to keep: the writer goes on behind it, or in a new block. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#end);
    // A single large one is no sign of more: what follows it would pin as much.
    this.#lastTaken = Math.min(taken.length, LARGE_BLOCK);
    this.#start = this.#end;
    // What is left of a larger block is let go, so that no idle connection holds on to it.
    if (this.#bytes.length > 2 * this.#initialBytes) this.#settle(NOTHING, NO_VIEW);
    return taken;
  }

  /**
   * Gives back what `take` returned, when nobody reads it any more: a large block, of a MiB at most, serves again instead of
   * a new one, whose pages would have to be made and cleared (an eighth of a server's CPU for rows). The next `take` lets it
   * go again.
   */
  reuse(taken: Uint8Array): void {
    const { length, buffer } = taken;
    // A smaller piece may share its block with others that are still read.
    if (this.#bytes !== NOTHING || length <= 2 * this.#initialBytes || buffer.byteLength > LARGE_BLOCK)
      return;
    this.#settle(new Uint8Array(buffer), new DataView(buffer));
  }

  put8(a: number): void {
    const at = this.#room(1);
    this.#bytes[at] = a;
  }

  put8x2(a: number, b: number): void {
    const at = this.#room(2);
    this.#bytes[at] = a;
    this.#bytes[at + 1] = b;
  }

  put8and16(a: number, value: number): void {
    const at = this.#room(3);
    this.#bytes[at] = a;
    this.#bytes[at + 1] = value >> 8;
    this.#bytes[at + 2] = value;
  }

  put8and32(a: number, value: number): void {
    const at = this.#room(5);
    this.#bytes[at] = a;
    this.#view.setInt32(at + 1, value);
  }

  put8and64(a: number, value: bigint): void {
    const at = this.#room(9);
    this.#bytes[at] = a;
    this.#view.setBigInt64(at + 1, value);
  }

  put8andFloat64(a: number, value: number): void {
    const at = this.#room(9);
    this.#bytes[at] = a;
    this.#view.setFloat64(at + 1, value);
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length); // which may change the block
    this.#bytes.set(bytes, at);
  }

  /**
   * The header of something with a size: `tiny` with the size in its low half (0: there is no such form), or `marker`
   * and 8 bits, or the marker behind it and 16, or the one behind that and 32.
   */
  putHeader(tiny: number, marker: number, size: number): void {
    const width = headerWidth(tiny, size);
    this.#fillHeader(this.#room(width), width, tiny, marker, size);
  }

  /** Writes a header at `at`, where `width` bytes were set aside; what follows moves when it needs another width. */
  patchHeader(at: number, width: number, tiny: number, marker: number, size: number): void {
    const needed = headerWidth(tiny, size);
    this.insert(at + width, needed - width);
    this.#fillHeader(this.#start + at, needed, tiny, marker, size);
  }

  /** Text as UTF-8 behind its header; false, and nothing put, when it has no UTF-8 form. */
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

  /** As `putText`, for dictionary keys: few different ones come again and again. */
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
    // Only ASCII has as many bytes as characters. What stands behind them is overwritten by what comes next.
    if (this.#end === at + 1 + text.length) {
      keyTexts[slot] = text;
      for (let i = 0; i < 4; i++) keyWords[slot * 4 + i] = this.#view.getInt32(at + i * 4);
    }
    return true;
  }

  #putEncoded(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    // Most text is ASCII: the header is sized for that, and the text moved when it was not.
    const width = headerWidth(tiny, units);
    const start = this.reserve(width);
    // Three bytes at most for each. Of a large block only the pages that are written to come into being.
    const body = this.#room(units * 3);
    const size = encodeUtf8Into(text, this.#bytes, body, units * 3);
    this.#end = body + size;
    // As many bytes as characters: all ASCII, so without the half surrogate pairs that encoders replace.
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

  /** Makes room for `n` more bytes, counts them as put, and returns where in the block they are. */
  #room(n: number): number {
    if (this.#end + n > this.#bytes.length) this.#move(n);
    const at = this.#end;
    this.#end = at + n;
    return at;
  }

  #move(n: number): void {
    const { length } = this;
    // One a little larger than what went last saves growing again, a quarter of a server's CPU for rows; twice what
    // there is keeps copying linear.
    const spare = Math.max(this.#initialBytes, this.#lastTaken * 1.125, length);
    const moved = new Uint8Array(spare + length + n);
    // Nothing to move is also the case where whoever took all of the block has transferred it to another thread.
    if (length > 0) moved.set(this.#bytes.subarray(this.#start, this.#end));
    this.#settle(moved, new DataView(moved.buffer));
    this.#end = length;
  }

  /** Goes on at the beginning of a block. */
  #settle(block: Uint8Array, view: DataView): void {
    this.#bytes = block;
    this.#view = view;
    this.#start = this.#end = 0;
  }
}

/** Bytes of the header for `size`. */
function headerWidth(tiny: number, size: number): number {
  return size < 16 && tiny > 0 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 5;
}
