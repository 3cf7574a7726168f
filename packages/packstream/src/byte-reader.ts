/**
 * A bounded cursor over one whole message inside a larger buffer. Knows bytes and where it is; must not know text,
 * markers or values. Nothing is read past `end`, and nothing returned aliases the buffer.
 */
import { UnpackError, type UnpackReason } from "./errors.ts";

export const NOTHING: Uint8Array = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

export class ByteReader {
  /** The loaded buffer. */
  bytes: Uint8Array = NOTHING;
  /** Where the message begins and ends in it, and the next byte to read. */
  start = 0;
  end = 0;
  position = 0;
  /** The memory that the buffer is part of, and where the buffer begins in it; -1 before `look`. */
  view: DataView = NO_VIEW;
  base = -1;

  /** Takes a buffer, borrowed until the next `load`; an empty one lets go of memory of more than `kept` bytes. */
  load(buffer: Uint8Array, kept: number = 0): void {
    this.bytes = buffer;
    this.base = -1;
    if (!buffer.length && this.view.buffer.byteLength > kept) {
      this.view = NO_VIEW;
    }
    this.open(0, buffer.length);
  }

  /** One message: bytes `start` to `end` of the buffer. */
  open(start: number, end: number): void {
    this.start = this.position = start;
    this.end = end;
  }

  /** Makes `view` and `base` right. 50 ns for new memory, so only when something needs them. */
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

  /** Moves past `count` bytes and returns where they begin; `at` is where the value that needs them begins. */
  take(count: number, at: number): number {
    const start = this.position;
    const end = start + count;
    if (end > this.end) throw this.short(count, at);
    this.position = end;
    return start;
  }

  /** A byte. */
  u8(at: number): number {
    return this.bytes[this.take(1, at)]!;
  }

  /** As `take`, but says where in `view` they begin; `view` is the right one only afterwards. */
  inView(count: number, at: number): number {
    const start = this.take(count, at);
    if (this.base < 0) this.look();
    return this.base + start;
  }

  /** A size of 1, 2 or 4 bytes, unsigned, as the low two bits of its marker say. */
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

  /** An error about the value that begins at `at`. */
  error(reason: UnpackReason, message: string, at: number): UnpackError {
    return new UnpackError(reason, message, at - this.start, at < this.end ? this.bytes[at] : undefined);
  }

  /** The error for a value that needs `count` more bytes than there are. */
  short(count: number, at: number): UnpackError {
    return this.error("truncated", `expected ${count} more bytes, got ${this.end - this.position}`, at);
  }
}
