// The column types of a Grafeo result. JavaScript's numbers forget whether they were 1 or 1.0, and its strings
// whether they were dates; the head of an Arrow IPC stream remembers. Reads that head, a FlatBuffers message of
// a few tables, and nothing of the data behind it. Knows neither Grafeo nor Bolt.
// Format: Apache Arrow, "IPC Streaming Format" and Schema.fbs.

/** What a column, a list's items or a map's entry hold. */
export interface ColumnType {
  readonly kind: ColumnKind;
  /** A list has one child, its items; a struct one for each key. */
  readonly children: readonly (readonly [name: string, type: ColumnType])[];
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

// Fields of the tables that are read, by their position in the schema files.
const MESSAGE = { headerType: 1, header: 2 };
const SCHEMA = { fields: 1 };
const FIELD = { name: 0, kind: 2, children: 5 };
const SCHEMA_HEADER = 1;

/**
 * The columns of an Arrow IPC stream, in order.
 * Throws when the stream does not begin with a schema.
 */
export function readColumnTypes(stream: Uint8Array): ColumnType[] {
  const buffer = new FlatBuffer(stream.subarray(8));
  const message = buffer.table(0);
  if (buffer.byte(message, MESSAGE.headerType) !== SCHEMA_HEADER) {
    throw new Error("the Arrow stream does not begin with a schema");
  }
  const schema = buffer.reference(message, MESSAGE.header);
  if (schema === undefined) throw new Error("the Arrow schema is missing");
  return readFields(buffer, schema, SCHEMA.fields).map(([, type]) => type);
}

function readFields(buffer: FlatBuffer, table: number, field: number): (readonly [string, ColumnType])[] {
  return buffer.tables(table, field).map((at) => {
    const kind = KINDS[buffer.byte(at, FIELD.kind)] ?? "other";
    return [buffer.text(at, FIELD.name), { kind, children: readFields(buffer, at, FIELD.children) }] as const;
  });
}

/** Just enough of FlatBuffers: a table's fields are found through its vtable, everything is little-endian. */
class FlatBuffer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Follows the offset at `at` to the table it points to. */
  table(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  byte(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  reference(table: number, field: number): number | undefined {
    const at = this.#field(table, field);
    return at === undefined ? undefined : this.table(at);
  }

  text(table: number, field: number): string {
    const at = this.reference(table, field);
    if (at === undefined) return "";
    const length = this.#view.getUint32(at, true);
    return new TextDecoder().decode(this.#bytes.subarray(at + 4, at + 4 + length));
  }

  tables(table: number, field: number): number[] {
    const vector = this.reference(table, field);
    if (vector === undefined) return [];
    const length = this.#view.getUint32(vector, true);
    return Array.from({ length }, (_, i) => this.table(vector + 4 + 4 * i));
  }

  #field(table: number, field: number): number | undefined {
    const vtable = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + slot, true);
    return offset === 0 ? undefined : table + offset;
  }
}
