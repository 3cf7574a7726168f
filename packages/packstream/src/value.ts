// The values that PackStream can carry, and classes for the three of them that JavaScript has no type for.
// Knows nothing about bytes on the wire. Spec: https://neo4j.com/docs/bolt/current/packstream/

/** A PackStream dictionary. Any string can be a key, even `"__proto__"`. Order has no meaning. */
export type Dictionary = { [key: string]: Value };

/** Every value that `unpack` returns without structure readers; `pack` accepts all of them unchanged. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Float
  | UUID
  | Structure
  | Value[]
  | Dictionary;

/** A tagged list of fields: how Bolt writes messages, nodes and dates. Spec: PackStream, Structure. */
export class Structure {
  /** What the fields mean: 0 to 127 when packed, 0 to 255 when unpacked. */
  readonly tag: number;
  /** The fields in wire order, at most 15 when packed. */
  readonly fields: readonly unknown[];

  constructor(tag: number, fields: readonly unknown[]) {
    this.tag = tag;
    this.fields = fields;
  }
}

/** A number that travels as Float64 even when it is whole: `pack(1)` is `01`, `pack(new Float(1))` is `C1 3F F0 …`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** The number itself, so that arithmetic and comparison work. */
  valueOf(): number {
    return this.value;
  }

  /** The number as text. */
  toString(): string {
    return String(this.value);
  }

  toJSON(): number {
    return this.value;
  }
}

/** A UUID as the PackStream of Bolt 6.1 carries it: marker `E0` and 16 bytes, big-endian. Immutable. */
export class UUID {
  /** The 16 bytes; this object's own copy, which must not be changed. */
  readonly bytes: Uint8Array;

  /** @throws RangeError unless there are exactly 16 bytes. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== 16) throw new RangeError(`a UUID has 16 bytes, got ${bytes.length}`);
    this.bytes = new Uint8Array(bytes);
    if (new.target === UUID) Object.freeze(this);
  }

  /**
   * Reads `8-4-4-4-12` hexadecimal digits, in either case.
   * @throws SyntaxError for any other text.
   */
  static parse(text: string): UUID {
    const digits = text.replaceAll("-", "");
    const uuid = new UUID(
      Uint8Array.from({ length: 16 }, (_, i) => parseInt(digits.slice(i * 2, i * 2 + 2), 16)),
    );
    if (uuid.toString() !== text.toLowerCase()) throw new SyntaxError(`not a UUID: ${text}`);
    return uuid;
  }

  /** Canonical form, lower case: `"01234567-89ab-cdef-0123-456789abcdef"`. */
  toString(): string {
    const digits = Array.from(this.bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  toJSON(): string {
    return this.toString();
  }
}
