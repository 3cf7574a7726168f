// Vector: numbers of one type, packed big-endian. Typed arrays use the byte order of the machine and may begin
// anywhere in a buffer, so bytes are swapped and every array here is a copy. Spec: structures, Vector (56), Bolt 6.0.
import { jsonSafe, misfit } from "./checks.ts";

/** By type: the array that holds it, and its code on the wire, which is PackStream's marker for such a number. */
const LAYOUTS = {
  int8: [Int8Array, 0xc8],
  int16: [Int16Array, 0xc9],
  int32: [Int32Array, 0xca],
  int64: [BigInt64Array, 0xcb],
  float32: [Float32Array, 0xc6],
  float64: [Float64Array, 0xc1],
} as const;

/** The element types, named after JavaScript's typed arrays. */
export type VectorType = "int8" | "int16" | "int32" | "int64" | "float32" | "float64";

/** Elements of a vector in this machine's memory; `int64` holds bigints. */
export type VectorData = Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** A list of numbers of one type. Immutable: do not write to `data`. */
export class Vector {
  readonly type: VectorType;
  /** The elements, this object's own copy, in the typed array that `type` names. */
  readonly data: VectorData;

  /**
   * Copies `data`, converting each element. Throws RangeError for an unknown type and for an element that the
   * type cannot hold: nothing wraps around, only floats are rounded.
   */
  constructor(type: VectorType, data: ArrayLike<number | bigint>) {
    if (!Object.hasOwn(LAYOUTS, type)) throw misfit("type", Object.keys(LAYOUTS).join(" or "), type);
    const [ArrayOf] = LAYOUTS[type];
    this.type = type;
    this.data = data instanceof ArrayOf ? data.slice() : new ArrayOf(data.length);
    if (new.target === Vector) Object.freeze(this);
    if (data instanceof ArrayOf) return;
    for (let i = 0; i < data.length; i++) {
      const given: unknown = data[i];
      if (typeof given !== "number" && typeof given !== "bigint")
        throw misfit(`data[${i}]`, "a number", given);
      const element = type === "int64" ? BigInt(given) : Number(given);
      this.data[i] = element;
      if (type.startsWith("int") && this.data[i] !== element) throw misfit(`data[${i}]`, type, given);
    }
  }

  /** The Cypher expression that makes this vector: `vector([1, 2], 2, INTEGER8)`. */
  toString(): string {
    const type = this.type.toUpperCase().replace("INT", "INTEGER");
    return `vector([${this.data.join(", ")}], ${this.data.length}, ${type})`;
  }

  /** `data` as a list; an int64 beyond the safe numbers as text. */
  toJSON(): { type: VectorType; data: unknown } {
    return { type: this.type, data: jsonSafe([...this.data]) };
  }
}

const BIG_ENDIAN: boolean = /* @__PURE__ */ (() => new Uint8Array(Uint16Array.of(1).buffer)[1] === 1)();

/** Converts in place from the byte order of the wire to that of the machine, or back. */
function swap(data: VectorData): VectorData {
  if (BIG_ENDIAN) return data;
  // Reversing all bytes, then all elements, swaps the bytes inside each element at half the cost of a loop.
  new Uint8Array(data.buffer).reverse();
  data.reverse();
  return data;
}

/** Makes a vector from a structure's two fields. Throws RangeError when they do not describe one. */
export function vectorFromWire(marker: unknown, bytes: unknown): Vector {
  const code = marker instanceof Uint8Array && marker.length === 1 ? marker[0] : undefined;
  const type = (Object.keys(LAYOUTS) as VectorType[]).find((name) => LAYOUTS[name][1] === code);
  if (!type) throw misfit("type", "the byte of a type", marker);
  const [ArrayOf] = LAYOUTS[type];
  const width = ArrayOf.BYTES_PER_ELEMENT;
  if (!(bytes instanceof Uint8Array) || bytes.length % width !== 0) {
    throw misfit("data", `a multiple of ${width} bytes`, bytes);
  }
  return new Vector(type, swap(new ArrayOf(new Uint8Array(bytes).buffer)));
}

/** The two fields of a vector: its type as a byte array, and the elements. */
export function vectorToWire({ type, data }: Vector): [marker: Uint8Array, bytes: Uint8Array] {
  return [Uint8Array.of(LAYOUTS[type][1]), new Uint8Array(swap(data.slice()).buffer)];
}
