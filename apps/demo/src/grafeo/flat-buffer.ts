// Just enough of FlatBuffers to read the heads of Arrow messages: tables whose fields are found through a vtable,
// vectors of tables and of structs, all little-endian. Knows no Arrow.
// Format: FlatBuffers, "Internals".

export class FlatBuffer {
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

  /** A field of 64 bits. */
  long(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.longAt(at);
  }

  /** 64 bits inside a struct. */
  longAt(at: number): number {
    return Number(this.#view.getBigInt64(at, true));
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

  /** Where the tables of a vector are. */
  tables(table: number, field: number): number[] {
    return this.structs(table, field, 4).map((at) => this.table(at));
  }

  /** Where the structs of a vector are, of `size` bytes each. */
  structs(table: number, field: number, size: number): number[] {
    const vector = this.reference(table, field);
    if (vector === undefined) return [];
    const length = this.#view.getUint32(vector, true);
    return Array.from({ length }, (_, i) => vector + 4 + size * i);
  }

  #field(table: number, field: number): number | undefined {
    const vtable = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + slot, true);
    return offset === 0 ? undefined : table + offset;
  }
}
