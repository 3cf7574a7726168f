// Reads from a Grafeo result in Arrow form what its JavaScript values have lost: whether a number was 1 or 1.0, whether
// a string was a date, the microseconds of local date-times. Reads the schema of an IPC stream, and cells of its only
// batch on request. Knows neither Grafeo nor Bolt.
// Format: Apache Arrow, "IPC Streaming Format", Schema.fbs, Message.fbs.
import { FlatBuffer } from "./flat-buffer.ts";

/** The type and values of a column, of a list's items or of a map's entry. */
export interface Column {
  readonly kind: ColumnKind;
  /** A list has one child, its items; a struct one for each key. */
  readonly children: readonly (readonly [name: string, column: Column])[];
  readonly cells: Cells;
}

/** The values of a column by their position in it; items of lists are counted across all lists of the column. */
export interface Cells {
  /** For `list`: the position of its first item. */
  first(at: number): number;
  /** For `utf8`, which is also the kind of columns that mix types: the text. */
  text(at: number): string;
  /** For a 64-bit `int`: its value; for `timestamp`: microseconds since 1970. */
  long(at: number): bigint;
}

export type ColumnKind = (typeof KINDS)[number] | "other";

// In the order of Schema.fbs, union Type.
const KINDS = [
  "none",
  "null",
  "int",
  "float",
  "binary",
  "utf8",
  "bool",
  "decimal",
  "date",
  "time",
  "timestamp",
  "interval",
  "list",
  "struct",
  "union",
  "fixedSizeBinary",
  "fixedSizeList",
] as const;

/** How many buffers a column has in a batch, not counting its children's; kinds not listed here have two. */
const BUFFERS: Partial<Record<ColumnKind, number>> = {
  null: 0,
  struct: 1,
  fixedSizeList: 1,
  binary: 3,
  utf8: 3,
};

// The fields that we read of each table, by their position in the schema files.
const MESSAGE = { headerType: 1, header: 2, bodyLength: 3 };
const SCHEMA = { fields: 1 };
const FIELD = { name: 0, kind: 2, type: 3, children: 5 };
const TIMESTAMP = { unit: 0 };
const MICROSECOND = 2;
const BATCH = { buffers: 2 };
const BUFFER_BYTES = 16;
const HEADERS = { 1: "schema", 3: "batch" } as const;

/**
 * The columns of an Arrow IPC stream, in order.
 * Throws if the stream does not begin with a schema. Reading a cell throws if there is no batch.
 */
export function readColumns(stream: Uint8Array): Column[] {
  const head = readMessage(stream, 0, "schema");
  const body = new Body(stream, head.end);
  return readFields(head.buffer, head.header, SCHEMA.fields, body).map(([, column]) => column);
}

interface Message {
  readonly buffer: FlatBuffer;
  readonly header: number;
  /** Where its body begins, and where the next message begins. */
  readonly body: number;
  readonly end: number;
}

function readMessage(stream: Uint8Array, at: number, wanted: "schema" | "batch"): Message {
  const { byteLength, byteOffset } = stream;
  const length = new DataView(stream.buffer, byteOffset, byteLength).getInt32(at + 4, true);
  const buffer = new FlatBuffer(stream.subarray(at + 8));
  const message = buffer.table(0);
  const kind = HEADERS[buffer.byte(message, MESSAGE.headerType) as keyof typeof HEADERS];
  const header = buffer.reference(message, MESSAGE.header);
  if (kind !== wanted || header === undefined) throw new Error(`expected an Arrow ${wanted}`);
  const body = at + 8 + length;
  return { buffer, header, body, end: body + buffer.long(message, MESSAGE.bodyLength) };
}

function readFields(
  buffer: FlatBuffer,
  table: number,
  field: number,
  body: Body,
): (readonly [string, Column])[] {
  return buffer.tables(table, field).map((at) => {
    const kind = KINDS[buffer.byte(at, FIELD.kind)] ?? "other";
    const type = buffer.reference(at, FIELD.type);
    if (kind === "timestamp" && type !== undefined && buffer.byte(type, TIMESTAMP.unit) !== MICROSECOND)
      throw new Error("expected an Arrow timestamp in microseconds");
    // In a batch a column comes before its children.
    const cells = body.claim(BUFFERS[kind] ?? 2);
    return [
      buffer.text(at, FIELD.name),
      { kind, children: readFields(buffer, at, FIELD.children, body), cells },
    ];
  });
}

/** The batch after the schema, parsed when the first cell is read. */
class Body {
  readonly #stream: Uint8Array;
  readonly #at: number;
  #claimed = 0;
  #offsets: readonly number[] | undefined;

  constructor(stream: Uint8Array, at: number) {
    this.#stream = stream;
    this.#at = at;
  }

  /** The cells of the next column, which has this many buffers: validity, then offsets or values, then bytes. */
  claim(buffers: number): Cells {
    const first = this.#claimed;
    this.#claimed += buffers;
    const { buffer, byteOffset, byteLength } = this.#stream;
    const view = new DataView(buffer, byteOffset, byteLength);
    const offset = (at: number): number => view.getInt32(this.#offset(first + 1) + 4 * at, true);
    return {
      first: offset,
      text: (at) => {
        const bytes = this.#offset(first + 2);
        return new TextDecoder().decode(this.#stream.subarray(bytes + offset(at), bytes + offset(at + 1)));
      },
      long: (at) => view.getBigInt64(this.#offset(first + 1) + 8 * at, true),
    };
  }

  #offset(index: number): number {
    if (!this.#offsets) {
      const { buffer, header, body } = readMessage(this.#stream, this.#at, "batch");
      this.#offsets = buffer
        .structs(header, BATCH.buffers, BUFFER_BYTES)
        .map((at) => body + buffer.longAt(at));
    }
    return this.#offsets[index]!;
  }
}
