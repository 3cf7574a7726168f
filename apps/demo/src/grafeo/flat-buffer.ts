// Just enough of FlatBuffers to read the headers of Arrow messages: tables whose fields are found through a vtable,
// vectors of tables and of structs, all little-endian. Knows nothing about Arrow.
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

  /** A 64-bit field. */
  long(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === undefined ? 0 : this.longAt(at);
  }

  /** A 64-bit integer inside a struct. */
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

  /** The positions of the tables in a vector. */
  tables(table: number, field: number): number[] {
    return this.structs(table, field, 4).map((at) => this.table(at));
  }

  /** The positions of the structs in a vector, of `size` bytes each. */
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
