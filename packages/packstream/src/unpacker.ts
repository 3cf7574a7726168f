// PackStream bytes -> values: plain recursive descent over one whole message. Knows which form makes which value, and
// the limits; must not know messages. Checks every declared size against the bytes left before it allocates anything.
// Spec: https://neo4j.com/docs/bolt/current/packstream/
import { ByteReader, NOTHING } from "./byte-reader.ts";
import type { UnpackReason } from "./errors.ts";
import { readInt64, type IntegerMode } from "./integer.ts";
import {
  DEFAULT_MAX_DEPTH,
  LIST_8,
  MAX_SIZE,
  STRING_8,
  STRUCTURE_8,
  TINY_LIST,
  TINY_STRING,
  TINY_STRUCTURE,
} from "./marker.ts";
import { Float, Structure, UUID, type Dictionary, type Value } from "./value.ts";

/** How values are read. */
export interface UnpackOptions {
  /** What Integers become, see {@link IntegerMode}. Default `"auto"`. */
  integers?: IntegerMode | undefined;
  /** What a Float64 becomes: a `number`, or a `Float`, which packs to the same bytes again. Default `"number"`. */
  floats?: "number" | "wrap" | undefined;
  /** What structures become, by tag. Default: each becomes a `Structure`. */
  structures?: StructureReaders | undefined;
  /** How deep lists, dictionaries and structures may be nested. Default 512. */
  maxDepth?: number | undefined;
  /** What a second entry with the same key does: replace the first, or cause an `UnpackError`. Default `"last"`. */
  duplicateKeys?: "last" | "reject" | undefined;
  /** Whether marker `E0` is a UUID (Bolt 6.1 and later) or reserved. Default true. */
  uuid?: boolean | undefined;
}

/**
 * Turns a structure into an object: reads exactly `size` fields with `unpacker.read()`. For fields that do not fit it
 * may return a `Structure` or throw an `UnpackError` with reason `"structure"`.
 */
export type StructureReader = (unpacker: Unpacker, size: number, tag: number) => unknown;

/** Readers by tag, 0 to 255; a tag without one becomes a `Structure`. */
export type StructureReaders = readonly (StructureReader | undefined)[];

// Runtimes cut small buffers out of blocks (in Node 26, a little over 64 KiB), so the next buffer is likely to be in the
// same memory as the last. `unpack` keeps its view of memory up to this size.
const BLOCK = 100_000;

// A larger list grows while its items are read. Otherwise each of many nested lists could declare as many items as
// there are bytes left and make us allocate eight times as much.
const PREALLOCATED_ITEMS = 4096;

/**
 * The reusable form of {@link unpack}, and a cursor over a receive buffer: `load` the buffer, `open` each message in it,
 * `read`, `close`. After any error it can be used again from the next `open`, `load` or `unpack` on.
 */
export class Unpacker {
  /** Number of fields of the structure whose header was read last. */
  size = 0;
  /** See {@link UnpackOptions.structures}; may be changed between values. */
  structures: StructureReaders;
  /** See {@link UnpackOptions.uuid}; may be changed between values. */
  uuid: boolean;
  readonly #source: ByteReader = new ByteReader();
  readonly #integers: IntegerMode;
  readonly #bigint: boolean;
  readonly #wrapFloats: boolean;
  readonly #plainNumbers: boolean;
  readonly #rejectDuplicates: boolean;
  readonly #maxDepth: number;
  #depth = 0;

  constructor(options: UnpackOptions = {}) {
    this.structures = options.structures ?? [];
    this.uuid = options.uuid ?? true;
    this.#integers = options.integers ?? "auto";
    this.#bigint = options.integers === "bigint";
    this.#wrapFloats = options.floats === "wrap";
    this.#plainNumbers = !this.#bigint && !this.#wrapFloats;
    this.#rejectDuplicates = options.duplicateKeys === "reject";
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  }

  /**
   * The one value that `bytes` hold. Like `load`, it holds on to `bytes` until the next buffer.
   * @throws UnpackError
   */
  unpack(bytes: Uint8Array): Value {
    this.load(bytes);
    const value = this.read();
    this.close();
    return value;
  }

  /**
   * Borrows a receive buffer until the next `load`. Must be called again when the bytes in the buffer have changed.
   * An empty buffer releases the previous one, and its memory if that has more than `kept` bytes (default 0).
   */
  load(buffer: Uint8Array, kept?: number): void {
    if ((buffer as Uint8Array | undefined)?.[Symbol.toStringTag] !== "Uint8Array") {
      throw new TypeError(`expected a Uint8Array, got ${Object.prototype.toString.call(buffer)}`);
    }
    this.#source.load(buffer, kept);
    this.#depth = 0;
  }

  /** Goes to the message in bytes `start` to `end` (exclusive) of the loaded buffer. */
  open(start: number, end: number): void {
    this.#source.open(start, end);
    this.#depth = 0;
  }

  /** Bytes read since the start of the message. */
  get position(): number {
    return this.#source.position - this.#source.start;
  }

  /**
   * Checks that the message has been read to its end.
   * @throws UnpackError with reason `"trailing"` if bytes are left
   */
  close(): void {
    const { position, end } = this.#source;
    if (position < end) throw this.#source.error("trailing", `${end - position} bytes left over`, position);
  }

  /**
   * Reads the next value.
   * @throws UnpackError
   */
  read(): Value {
    const source = this.#source;
    const at = source.position;
    const marker = source.marker();
    // Literals, because V8 compiles a switch over them to a jump table; over imported constants it compiles to loads and
    // compares, which take half as long again. marker.ts has the names.
    if (marker < 0xc0) {
      if (marker < 0x80) return this.#integer(marker);
      if (marker < 0x90) return source.text(marker & 15, at);
      if (marker < 0xa0) return this.#list(marker & 15, at);
      if (marker < 0xb0) return this.#dictionary(marker & 15, at);
      return this.#structure(marker & 15, at);
    }
    switch (marker) {
      case 0xc0:
        return null;
      case 0xc1: {
        const start = source.inView(8, at);
        const value = source.view.getFloat64(start);
        return this.#wrapFloats ? new Float(value) : value;
      }
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc8: {
        const start = source.inView(1, at);
        return this.#integer(source.view.getInt8(start));
      }
      case 0xc9: {
        const start = source.inView(2, at);
        return this.#integer(source.view.getInt16(start));
      }
      case 0xca: {
        const start = source.inView(4, at);
        return this.#integer(source.view.getInt32(start));
      }
      case 0xcb: {
        const start = source.inView(8, at);
        return readInt64(source.view, start, this.#integers);
      }
      case 0xcc:
      case 0xcd:
      case 0xce:
        return source.copy(this.#size(marker, at), at);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return source.text(this.#size(marker, at), at);
      case 0xd4:
      case 0xd5:
      case 0xd6:
        return this.#list(this.#size(marker, at), at);
      case 0xd8:
      case 0xd9:
      case 0xda:
        return this.#dictionary(this.#size(marker, at), at);
      case 0xdc:
      case 0xdd:
        return this.#structure(this.#size(marker, at), at);
      case 0xe0:
        if (this.uuid) return new UUID(source.copy(16, at));
    }
    if (marker >= 0xf0) return this.#integer(marker - 0x100);
    throw source.error("marker", `unexpected marker 0x${marker.toString(16).toUpperCase()}`, at);
  }

  /**
   * Reads the header of a structure: returns its tag and sets `size`. The caller must then `read` `size` fields.
   * @throws UnpackError with reason `"structure"` if the next value is something else
   */
  readStructureHeader(): number {
    const source = this.#source;
    const at = source.position;
    const size = this.#header(TINY_STRUCTURE, STRUCTURE_8, "structure", "a structure");
    const tag = source.u8(at);
    this.#check(size, at);
    this.size = size;
    return tag;
  }

  /**
   * Reads the header of a list and returns how many items follow, which is never more than there are bytes left.
   * @throws UnpackError with reason `"structure"` if the next value is something else
   */
  readListHeader(): number {
    const at = this.#source.position;
    const size = this.#header(TINY_LIST, LIST_8, "structure", "a list");
    this.#check(size, at);
    return size;
  }

  #integer(value: number): number | bigint {
    return this.#bigint ? BigInt(value) : value;
  }

  /** The size that follows `marker`. */
  #size(marker: number, at: number): number {
    const size = this.#source.size(marker, at);
    if (size > MAX_SIZE) throw this.#source.error("length", `size ${size} (at most ${MAX_SIZE})`, at);
    return size;
  }

  /** Reads the header of the one kind of value that may come next and returns its size. */
  #header(tiny: number, marker8: number, reason: UnpackReason, expected: string): number {
    const source = this.#source;
    const at = source.position;
    const marker = source.marker();
    if (marker >= tiny && marker < tiny + 16) return marker & 15;
    // Structures have no 32-bit size.
    if (marker >= marker8 && marker < marker8 + (tiny === TINY_STRUCTURE ? 2 : 3))
      return this.#size(marker, at);
    throw source.error(reason, `expected ${expected}`, at);
  }

  /** Checks that at least `bytes` bytes, the fewest that the value can take, are left. */
  #check(bytes: number, at: number): void {
    const source = this.#source;
    if (bytes > source.end - source.position) throw source.short(bytes, at);
  }

  #enter(bytes: number, at: number): void {
    this.#check(bytes, at);
    if (++this.#depth > this.#maxDepth) {
      throw this.#source.error("depth", `nested deeper than ${this.#maxDepth}`, at);
    }
  }

  #list(size: number, at: number): Value[] {
    this.#enter(size, at);
    const items: Value[] = size <= PREALLOCATED_ITEMS ? new Array<Value>(size) : [];
    let i = this.#plainNumbers ? this.#source.items(items, size) : 0;
    for (; i < size; i++) items[i] = this.read();
    this.#depth--;
    return items;
  }

  #dictionary(size: number, at: number): Dictionary {
    this.#enter(size * 2, at);
    const source = this.#source;
    const entries: Dictionary = {};
    for (let i = 0; i < size; i++) {
      const keyAt = source.position;
      const key = source.key(this.#header(TINY_STRING, STRING_8, "key", "a string as key"), keyAt);
      if (this.#rejectDuplicates && Object.hasOwn(entries, key)) {
        throw source.error("key", `duplicate key ${JSON.stringify(key)}`, keyAt);
      }
      const value = this.read();
      if (key === "__proto__") {
        Object.defineProperty(entries, key, { value, configurable: true, enumerable: true, writable: true });
      } else {
        entries[key] = value;
      }
    }
    this.#depth--;
    return entries;
  }

  #structure(size: number, at: number): Value {
    const tag = this.#source.u8(at);
    const reader = this.structures[tag];
    if (reader === undefined) return new Structure(tag, this.#list(size, at));
    this.#enter(size, at);
    const value = reader(this, size, tag) as Value;
    this.#depth--;
    return value;
  }
}

let shared: Unpacker | undefined;

/**
 * The one value that `bytes` hold.
 * @throws UnpackError if they are not exactly one whole PackStream value
 */
export function unpack(bytes: Uint8Array, options?: UnpackOptions): Value {
  const unpacker = (!options && shared) || new Unpacker(options);
  // An unpacker that fails is not shared again: it goes to the garbage collector along with what it read.
  shared = undefined;
  const value = unpacker.unpack(bytes);
  unpacker.load(NOTHING, BLOCK);
  if (!options) shared = unpacker;
  return value;
}
