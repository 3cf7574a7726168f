// Values -> PackStream bytes, each in its smallest form, written straight into the outgoing buffer.
// Knows which JavaScript value takes which form; must not know messages. Error paths are built only after an error.
// Spec: https://neo4j.com/docs/bolt/current/packstream/
import { ByteWriter } from "./byte-writer.ts";
import { PackError } from "./errors.ts";
import { fitsInt64 } from "./integer.ts";
import {
  BYTES_8,
  DEFAULT_MAX_DEPTH,
  DICTIONARY_8,
  FALSE,
  FLOAT_64,
  INT_16,
  INT_32,
  INT_64,
  INT_8,
  LIST_8,
  MAX_SIZE,
  NULL,
  STRING_8,
  TINY_DICTIONARY,
  TINY_LIST,
  TINY_STRING,
  TINY_STRUCTURE,
  TRUE,
  UUID_16,
} from "./marker.ts";
import { stepTo, Trail } from "./trail.ts";
import { Float, Structure, UUID } from "./value.ts";

/** Writes one object of its class as exactly one value: `packer.writeStructureHeader(tag, n)`, then n writes. */
export type StructureWriter = (packer: Packer, value: never) => void;

/** How values are written. */
export interface PackOptions {
  /** Writers by constructor, for all objects except arrays and plain objects. A writer also serves subclasses. */
  structures?: ReadonlyMap<Function, StructureWriter> | undefined;
  /** How deep lists, dictionaries and structures may be nested. Default 512. */
  maxDepth?: number | undefined;
  /** Whether `UUID` may be written (Bolt 6.1 and later). Default true. */
  uuid?: boolean | undefined;
  /** Where to write. Default: a new writer. */
  writer?: ByteWriter | undefined;
}

const hasOwn = Object.prototype.hasOwnProperty;
const HALF_PAIR = "cannot pack text with half a surrogate pair";

/** The reusable form of {@link pack}, which can also write a message piece by piece. */
export class Packer {
  readonly writer: ByteWriter;
  #structures: ReadonlyMap<Function, StructureWriter>;
  /** The class whose writer was used last, and that writer: the next object is usually of the same class. */
  #kind: Function = Packer; // a class that is never packed
  #kindWriter: StructureWriter | undefined;
  /** Whether Object.prototype has enumerable properties; checked by the first dictionary in each value. */
  #polluted: boolean | undefined;
  /** See {@link PackOptions.uuid}; may be changed between values. */
  uuid: boolean;
  readonly #maxDepth: number;
  #depth = 0;
  readonly #trail: Trail = new Trail();

  constructor(options: PackOptions = {}) {
    this.writer = options.writer ?? new ByteWriter();
    this.#structures = options.structures ?? new Map();
    this.uuid = options.uuid ?? true;
    this.#maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  }

  /** See {@link PackOptions.structures}; may be changed between values. */
  get structures(): ReadonlyMap<Function, StructureWriter> {
    return this.#structures;
  }

  set structures(writers: ReadonlyMap<Function, StructureWriter>) {
    this.#structures = writers;
    this.#kind = Packer;
  }

  /**
   * The bytes of one value, for the caller to keep; small results may share an `ArrayBuffer`, as Node's Buffers do.
   * What `writer` already holds is not changed.
   * @throws PackError
   */
  pack(value: unknown): Uint8Array {
    const { writer } = this;
    const start = writer.length;
    this.write(value);
    const { length } = writer;
    // V8 keeps arrays of up to 64 bytes in its heap. From there to 4096 bytes a separate array costs ten times as much
    // as a part of the writer's block; above, copying costs more than making the array.
    if (start === 0 && length > 64 && length <= 4096) return writer.take();
    const bytes = writer.copy(start);
    writer.truncate(start);
    return bytes;
  }

  /**
   * Appends one value to `writer`.
   * @throws PackError with the path. Anything else that a getter or a structure writer throws is passed on unchanged.
   * After any error the writer is back where it was.
   */
  write(value: unknown): void {
    const start = this.writer.length;
    const depth = this.#depth;
    if (depth === 0) this.#polluted = undefined;
    try {
      this.#value(value);
    } catch (error) {
      this.writer.truncate(start);
      this.#depth = depth;
      // Only in the outermost call is the path complete.
      throw depth === 0 ? this.#trail.located(error) : error;
    }
  }

  writeNull(): void {
    this.writer.put8(NULL);
  }

  writeBoolean(value: boolean): void {
    this.writer.put8(value ? TRUE : FALSE);
  }

  /** @throws PackError unless the number is a safe integer or the bigint fits into 64 bits. */
  writeInteger(value: number | bigint): void {
    if (typeof value === "number" ? !Number.isSafeInteger(value) : !fitsInt64(value)) {
      throw new PackError(`cannot pack ${value} as Integer`);
    }
    const number = Number(value);
    if (Number.isSafeInteger(number)) this.#number(number + 0); // -0 is 0 here
    else this.writer.put8and64(INT_64, BigInt(value));
  }

  /** Writes a Float64, even if `value` is whole. */
  writeFloat(value: number): void {
    this.writer.put8andFloat64(FLOAT_64, value);
  }

  /** @throws PackError if `text` contains half a surrogate pair or is not a string. */
  writeString(text: string): void {
    if (typeof text !== "string") throw new PackError(`cannot pack a ${typeof text} as String`);
    if (!this.writer.putText(TINY_STRING, STRING_8, text)) {
      throw new PackError(HALF_PAIR);
    }
  }

  /** Writes the bytes of any view or buffer as Bytes. */
  writeBytes(bytes: ArrayBufferLike | ArrayBufferView): void {
    const view = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    this.#header(0, BYTES_8, view.length);
    this.writer.putBytes(view);
  }

  /** Begins a list: the next `size` values written are its items. */
  writeListHeader(size: number): void {
    this.#header(TINY_LIST, LIST_8, size);
  }

  /** Begins a dictionary: write `size` entries next, each `writeString` for the key, then a value. Keys must differ. */
  writeDictionaryHeader(size: number): void {
    this.#header(TINY_DICTIONARY, DICTIONARY_8, size);
  }

  /**
   * Begins a structure: the next `size` values written are its fields.
   * @param tag 0 to 127
   * @param size 0 to 15
   */
  writeStructureHeader(tag: number, size: number): void {
    if (tag !== (tag & 127) || size !== (size & 15)) {
      throw new PackError(
        `cannot pack a structure with tag ${tag} (up to 127) and ${size} fields (up to 15)`,
      );
    }
    this.writer.put8x2(TINY_STRUCTURE + size, tag);
  }

  #header(tiny: number, marker: number, size: number): void {
    if ((size & 15) === size && tiny > 0) return this.writer.put8(tiny + size);
    if ((size & MAX_SIZE) !== size) throw new PackError(`cannot pack size ${size} (0 to ${MAX_SIZE})`);
    this.writer.putHeader(tiny, marker, size);
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.writeString(value);
      case "number":
        return this.#number(value);
      case "object":
        return value === null ? this.writeNull() : this.#object(value);
      case "boolean":
        return this.writeBoolean(value);
      case "undefined":
        return this.writeNull();
      case "bigint":
        return this.writeInteger(value);
      default:
        throw new PackError(`cannot pack a ${typeof value}`);
    }
  }

  #number(value: number): void {
    const { writer } = this;
    const int = value | 0;
    if (int !== value) {
      if (Number.isSafeInteger(value)) writer.put8and64(INT_64, BigInt(value));
      else this.writeFloat(value);
    } else if (int >= -16 && int < 128) {
      if (int === 0 && Object.is(value, -0)) this.writeFloat(value);
      else writer.put8(int);
    } else if (int >= -128 && int < 128) writer.put8x2(INT_8, int);
    else if (int >= -32768 && int < 32768) writer.put8and16(INT_16, int);
    else writer.put8and32(INT_32, int);
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#list(value, value);
    // `getPrototypeOf` is a call into V8's runtime, a tenth of the time that a node takes: try `constructor` first.
    const { constructor } = value;
    if (constructor === Object) return this.#dictionary(value);
    if (constructor === this.#kind && value instanceof this.#kind) {
      return this.#structure(value, this.#kindWriter!);
    }
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === null) return this.#dictionary(value);
    if (value instanceof Structure) {
      const { fields } = value;
      const size = fields.length;
      this.writeStructureHeader(value.tag, size);
      return this.#items(fields, size, value, ".fields");
    }
    for (let p: object | null = prototype; p; p = Object.getPrototypeOf(p)) {
      const write = this.#structures.get(p.constructor);
      if (write) {
        this.#kind = p.constructor;
        this.#kindWriter = write;
        return this.#structure(value, write);
      }
    }
    if (value instanceof Float) this.writeFloat(value.value);
    else if (value instanceof UUID && this.uuid) {
      this.writer.put8(UUID_16);
      this.writer.putBytes(value.bytes);
    } else if (ArrayBuffer.isView(value)) this.#view(value);
    else if (value instanceof ArrayBuffer) this.writeBytes(value);
    else if (value instanceof Set) this.#list([...value], value);
    else if (value instanceof Map) this.#map(value);
    // A prototype that has no prototype itself is the Object.prototype of some realm.
    else if (Object.getPrototypeOf(prototype) === null) this.#dictionary(value, true);
    else {
      const why = value instanceof UUID ? " before Bolt 6.1" : "";
      throw new PackError(`cannot pack an instance of ${value.constructor?.name || "a class"}${why}`);
    }
  }

  #structure(value: object, write: StructureWriter): void {
    this.#enter(value);
    const start = this.writer.length;
    write(this, value as never);
    // Most likely it returned what it should have written. Without that value the bytes would be unreadable.
    if (this.writer.length === start) {
      throw new PackError(`the writer of ${value.constructor?.name || "a class"} wrote nothing`);
    }
    this.#depth--;
  }

  #view(view: ArrayBufferView): void {
    const type = (view as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
    const items = view as unknown as ArrayLike<number>;
    if (type === "Uint8Array" || type === "DataView") this.writeBytes(view);
    else if (type.startsWith("Float")) {
      // The type of the array says that its items are floats, so whole ones stay floats.
      this.writeListHeader(items.length);
      for (let i = 0; i < items.length; i++) this.writeFloat(items[i] as number);
    } else this.#list(items, view);
  }

  #list(items: ArrayLike<unknown>, owner: object): void {
    const { length } = items;
    this.writeListHeader(length);
    this.#items(items, length, owner, "");
  }

  /** Writes as many items as the header says, even if a getter makes the list longer or shorter meanwhile. */
  #items(items: ArrayLike<unknown>, length: number, owner: object, name: string): void {
    this.#enter(owner);
    let i = length < 4 ? 0 : this.#floats(items, length);
    try {
      for (; i < length; i++) {
        const item = items[i];
        if (typeof item === "number") this.#number(item);
        else if (Array.isArray(item)) this.#list(item, item);
        else this.#value(item);
      }
    } catch (error) {
      throw this.#trail.passing(error, `${name}[${i}]`, owner);
    }
    this.#depth--;
  }

  /** Writes the floats at the start of a list and returns how many: no boxing for embeddings of thousands of them. */
  #floats(items: ArrayLike<unknown>, length: number): number {
    let i = 0;
    for (; i < length; i++) {
      const item = items[i];
      if (typeof item !== "number" || Number.isSafeInteger(item)) break;
      this.writer.put8andFloat64(FLOAT_64, item);
    }
    return i;
  }

  /** @param inherits whether a prototype may have enumerable properties, which must be skipped */
  #dictionary(entries: object, inherits: boolean = (this.#polluted ??= isPolluted())): void {
    this.#enter(entries);
    const { writer } = this;
    // The count is known only at the end: undefined is left out, and a getter may return something else each time.
    const at = writer.reserve(1);
    let size = 0;
    let current = "";
    try {
      // Three times as fast as Object.keys.
      for (const key in entries) {
        const value = (entries as { [key: string]: unknown })[key];
        if (value === undefined || (inherits && !hasOwn.call(entries, key))) continue;
        current = key;
        this.#key(key);
        if (typeof value === "string") this.writeString(value);
        else if (typeof value === "number") this.#number(value);
        else this.#value(value);
        size++;
      }
    } catch (error) {
      throw this.#trail.passing(error, stepTo(current), entries);
    }
    // Own properties come first, so checking the last one is enough; checking each would take a fifth longer.
    if (size > 0 && !hasOwn.call(entries, current)) {
      throw new PackError(`cannot pack an object that inherits ${JSON.stringify(current)}`);
    }
    if (size < 16) writer.patch8(at, TINY_DICTIONARY + size);
    else writer.patchHeader(at, 1, TINY_DICTIONARY, DICTIONARY_8, size);
    this.#depth--;
  }

  #key(text: string): void {
    if (!this.writer.putKey(TINY_STRING, STRING_8, text)) throw new PackError(HALF_PAIR);
  }

  /** Keeps the order of the Map; copying it into an object would move keys that look like integers to the front. */
  #map(map: ReadonlyMap<unknown, unknown>): void {
    const entries = [...map].filter(([, value]) => value !== undefined);
    this.#enter(map);
    this.writeDictionaryHeader(entries.length);
    for (const [key, value] of entries) {
      if (typeof key !== "string") throw new PackError(`cannot pack a Map with a ${typeof key} as key`);
      try {
        this.writeString(key);
        this.#value(value);
      } catch (error) {
        throw this.#trail.passing(error, stepTo(key), map);
      }
    }
    this.#depth--;
  }

  #enter(owner: object): void {
    if (++this.#depth > this.#maxDepth) {
      const error = new PackError(`cannot pack nesting deeper than ${this.#maxDepth}`);
      throw this.#trail.passing(error, "", owner);
    }
  }
}

function isPolluted(): boolean {
  for (const _ in Object.prototype) return true;
  return false;
}

let shared: Packer | undefined;

/**
 * The bytes of one value.
 * @throws PackError if the value, or something in it, has no PackStream form
 */
export function pack(value: unknown, options?: PackOptions): Uint8Array {
  return (options === undefined ? (shared ??= new Packer()) : new Packer(options)).pack(value);
}
