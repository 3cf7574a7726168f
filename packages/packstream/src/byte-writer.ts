/**
 * A growable sink. Knows bytes, text and the shape of sized headers; must not know markers or values.
 *
 * Append-only: what `take` handed out is never written again, so it may wait in a socket's queue uncopied.
 * All positions count from the last `take`, and stay right when the writer moves to a larger block.
 */
import { encodeUtf8Into, isWellFormed } from "./utf8.ts";

const DEFAULT_BYTES = 8192;
// What is left of a larger block after a `take` is let go, so that no idle connection holds on to it.
const LARGEST_KEPT = 65536;
// Below this many characters a loop beats one call of a native encoder: 12 to 60 ns, by platform.
const SHORT_TEXT = 24;

export class ByteWriter {
  /** The block being written; its first `length` bytes are what was put since the last `take`. */
  bytes: Uint8Array;
  /** Bytes put since the last `take`. */
  length = 0;
  readonly #initialBytes: number;
  #lastTaken = 0;
  /** The whole block; `bytes` begins at `#base` of it. */
  #view: DataView;
  #base = 0;

  /** @param initialBytes size of a fresh block, unless more is needed. Default 8192. */
  constructor(initialBytes: number = DEFAULT_BYTES) {
    this.bytes = new Uint8Array(initialBytes);
    this.#initialBytes = initialBytes;
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `n` more bytes. */
  ensure(n: number): void {
    if (this.length + n > this.bytes.length) this.#move(n);
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
    if (n === 0) return;
    this.ensure(n);
    this.bytes.copyWithin(at + n, at, this.length);
    this.length += n;
  }

  /** What was put since the last `take`. The caller's to keep: the writer goes on behind it, or in a new block. */
  take(): Uint8Array {
    const { bytes, length } = this;
    const next = this.#view.byteLength > LARGEST_KEPT ? bytes.length : length;
    this.bytes = bytes.subarray(next);
    this.#base += next;
    this.#lastTaken = length;
    this.length = 0;
    return bytes.subarray(0, length);
  }

  put8(a: number): void {
    if (this.length === this.bytes.length) this.#move(1);
    this.bytes[this.length++] = a;
  }

  put8x2(a: number, b: number): void {
    if (this.length + 2 > this.bytes.length) this.#move(2);
    this.bytes[this.length++] = a;
    this.bytes[this.length++] = b;
  }

  put8and16(a: number, value: number): void {
    if (this.length + 3 > this.bytes.length) this.#move(3);
    const { bytes, length } = this;
    bytes[length] = a;
    bytes[length + 1] = value >> 8;
    bytes[length + 2] = value;
    this.length = length + 3;
  }

  put8and32(a: number, value: number): void {
    const at = this.#viewBehind(a, 5);
    this.#view.setInt32(at, value);
  }

  put8and64(a: number, value: bigint): void {
    const at = this.#viewBehind(a, 9);
    this.#view.setBigInt64(at, value);
  }

  put8andFloat64(a: number, value: number): void {
    const at = this.#viewBehind(a, 9);
    this.#view.setFloat64(at, value);
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length); // which may change this.bytes
    this.bytes.set(bytes, at);
  }

  /**
   * The header of something with a size: `tiny` with the size in its low half (0: there is no such form), or `marker`
   * and 8 bits, or the marker behind it and 16, or the one behind that and 32. Goes to `at`, if the room is there.
   */
  putHeader(
    tiny: number,
    marker: number,
    size: number,
    at: number = this.reserve(headerWidth(tiny, size)),
  ): void {
    const { bytes } = this;
    const width = headerWidth(tiny, size);
    bytes[at] = width === 1 ? tiny + size : marker + ((width - 1) >> 1);
    let rest = size;
    for (let i = at + width - 1; i > at; i--) {
      bytes[i] = rest;
      rest >>= 8;
    }
  }

  /** Writes a header at `at`, where `width` bytes were set aside; what follows moves when it needs another width. */
  patchHeader(at: number, width: number, tiny: number, marker: number, size: number): void {
    this.insert(at + width, headerWidth(tiny, size) - width);
    this.putHeader(tiny, marker, size, at);
  }

  /** Text as UTF-8 behind its header; false, and nothing put, when it has no UTF-8 form. */
  putText(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    if (units >= SHORT_TEXT) return this.#putEncoded(tiny, marker, text);
    this.ensure(units + 2);
    const { bytes, length } = this;
    let end = units < 16 ? length + 1 : length + 2;
    let bits = 0;
    for (let i = 0; i < units; i++) {
      const code = text.charCodeAt(i);
      bits |= code;
      bytes[end++] = code;
    }
    if (bits > 0x7f) return this.#putEncoded(tiny, marker, text);
    if (units < 16) bytes[length] = tiny + units;
    else {
      bytes[length] = marker;
      bytes[length + 1] = units;
    }
    this.length = end;
    return true;
  }

  #putEncoded(tiny: number, marker: number, text: string): boolean {
    const units = text.length;
    // Most text is ASCII: the header is sized for that, and the text moved when it was not.
    const width = headerWidth(tiny, units);
    const start = this.reserve(width);
    const body = this.length;
    // Three bytes at most for each. Of a large block only the pages that are written to come into being.
    this.ensure(units * 3);
    this.length += encodeUtf8Into(text, this.bytes, body, units * 3);
    const size = this.length - body;
    // As many bytes as characters: all ASCII, so without the half surrogate pairs that encoders replace.
    if (size !== units && !isWellFormed(text)) {
      this.length = start;
      return false;
    }
    this.patchHeader(start, width, tiny, marker, size);
    return true;
  }

  /** The first of `n` bytes is put, and the place of the second one in the view, which may have become another. */
  #viewBehind(a: number, n: number): number {
    const at = this.reserve(n);
    this.bytes[at] = a;
    return this.#base + at + 1;
  }

  #move(n: number): void {
    const { bytes, length } = this;
    // One as large as what went last saves growing again; twice what there is keeps copying linear.
    const moved = new Uint8Array(Math.max(this.#initialBytes, this.#lastTaken, length) + length + n);
    // Nothing to move is also the case where whoever took all of the block has transferred it to another thread.
    if (length > 0) moved.set(bytes.subarray(0, length));
    this.bytes = moved;
    this.#view = new DataView(moved.buffer);
    this.#base = 0;
  }
}

/** Bytes of the header for `size`. */
function headerWidth(tiny: number, size: number): number {
  return size < 16 && tiny > 0 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 5;
}
