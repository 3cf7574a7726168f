// From a RECORD to a row: reads the values directly into a plain object with the result's keys, or into an array.
// Knows the keys of one result; knows nothing of connections or consumers.
import { type RowReader, type Unpacker, UnpackError } from "@bolt/protocol";

/** A row whose type the caller did not name. */
// oxlint-disable-next-line typescript/no-explicit-any -- with `unknown`, no value of a row could be used without a cast
export type AnyRow = Record<string, any>;

/** Converts a row for its consumer. */
export type RowMapper = (row: Record<string, unknown>) => unknown;

/**
 * How the rows of one result are built. `read` may be given to PULL before the keys are known: RUN's
 * SUCCESS comes first.
 */
export class RowLayout {
  /** The columns, once RUN has succeeded. */
  keys: readonly string[] = [];
  /** True: `read` builds arrays, and rowOf() makes objects of them. */
  arrays = false;
  /** Converts each row; the consumer gets what it returns. */
  readonly map: RowMapper | undefined;
  #width = 0;
  #lossy = false;

  constructor(map: RowMapper | undefined) {
    this.map = map;
  }

  readonly read: RowReader = (unpacker, width) => {
    if (width !== this.#width) throw wrongWidth(width, this.#width);
    if (this.arrays) return readArray(unpacker, width);
    const { keys } = this;
    const row: AnyRow = width > NARROW ? wideObject(width) : {};
    for (let i = 0; i < width; i++) row[keys[i]!] = unpacker.read();
    return row;
  };

  setKeys(keys: readonly string[]): void {
    this.keys = keys;
    this.#width = keys.length;
    // Assigning `__proto__` sets the prototype, and a repeated name loses a column: such rows are read as arrays.
    this.#lossy = keys.includes("__proto__") || (keys.length > 1 && new Set(keys).size < keys.length);
    if (this.#lossy) this.arrays = true;
  }

  /** Whether rowOf() returns anything other than what read() built. */
  get converts(): boolean {
    return this.arrays || this.map !== undefined;
  }

  /** Converts what read() built to the consumer's row. */
  rowOf(built: unknown): unknown {
    const row = Array.isArray(built) ? this.#object(built) : (built as AnyRow);
    return this.map ? this.map(row) : row;
  }

  /** Converts what read() built to an array in the order of the keys. */
  toArray(built: unknown): unknown[] {
    return Array.isArray(built) ? built : this.keys.map((key) => (built as AnyRow)[key]);
  }

  #object(values: readonly unknown[]): AnyRow {
    const row: AnyRow = {};
    for (const [i, key] of this.keys.entries()) {
      if (key === "__proto__") define(row, key, values[i]);
      else row[key] = values[i];
    }
    return row;
  }
}

function readArray(unpacker: Unpacker, width: number): unknown[] {
  const row: unknown[] = Array.from({ length: width });
  for (let i = 0; i < width; i++) row[i] = unpacker.read();
  return row;
}

function define(row: AnyRow, key: string, value: unknown): void {
  Object.defineProperty(row, key, { value, writable: true, enumerable: true, configurable: true });
}

function wrongWidth(width: number, expected: number): UnpackError {
  return new UnpackError("structure", `a RECORD of ${width} values for a result of ${expected} columns`, 0);
}

// V8 turns an object into a hash table when more than twelve properties beyond its inline slots are added by
// computed name. That makes wide rows three times slower to build (20 columns: 834 instead of 220 ns; 40: 1561
// instead of 536) and slower to use. A constructor that seems to assign many properties reserves slots for
// them. There is one for each dozen columns, since V8 cuts the reserve down to what the first instances use.
const NARROW = 16;
const STEP = 12;

type Room = new (never?: boolean) => AnyRow;

function room(): Room {
  // 64 assignments for the parser to count; none is ever executed.
  function Row(this: AnyRow, never?: boolean): void {
    if (!never) return;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
    this.a = this.a = this.a = this.a = this.a = this.a = this.a = this.a = 0;
  }
  // Instances are plain objects.
  Row.prototype = Object.prototype;
  return Row as unknown as Room;
}

const ROOMS: readonly Room[] = [room(), room(), room(), room()];

function wideObject(width: number): AnyRow {
  const Row = ROOMS[Math.ceil((width - NARROW) / STEP) - 1];
  return Row ? new Row() : {};
}
