/**
 * Vector: numbers of one type, packed big-endian. Spec: structures, Vector (56), Bolt 6.0.
 *
 * Typed arrays use the byte order of the machine and may begin anywhere in a buffer, so bytes are turned round
 * and every array here is a copy.
 */
import { jsonSafe, misfit } from "./checks.ts";

/** By type: the array that holds it, and its name on the wire, which is PackStream's marker of such a number. */
const LAYOUTS = {
  int8: [Int8Array, 0xc8],
  int16: [Int16Array, 0xc9],
  int32: [Int32Array, 0xca],
  int64: [BigInt64Array, 0xcb],
  float32: [Float32Array, 0xc6],
  float64: [Float64Array, 0xc1],
} as const;

/** The element types, by the names that JavaScript's arrays suggest. */
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

const LITTLE_ENDIAN: boolean = /* @__PURE__ */ (() => new Uint8Array(Uint16Array.of(1).buffer)[0] === 1)();

/** A copy of the bytes with those of each element in the other order, on machines where that is not the wire's. */
function turned(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length);
  // Widths are powers of two: flipping the low bits of a position mirrors it inside its element. As fast as
  // DataView for one type of element, and much faster when several types pass through the same code.
  const mirror = LITTLE_ENDIAN ? width - 1 : 0;
  for (let i = 0; i < bytes.length; i++) copy[i ^ mirror] = bytes[i] as number;
  return copy;
}

/** The vector of a structure's two fields. Throws RangeError for what is not one. */
export function vectorFromWire(marker: unknown, bytes: unknown): Vector {
  const code = marker instanceof Uint8Array && marker.length === 1 ? marker[0] : undefined;
  for (const type of Object.keys(LAYOUTS) as VectorType[]) {
    const [ArrayOf, known] = LAYOUTS[type];
    if (known !== code) continue;
    const width = ArrayOf.BYTES_PER_ELEMENT;
    if (bytes instanceof Uint8Array && bytes.length % width === 0) {
      return new Vector(type, new ArrayOf(turned(bytes, width).buffer));
    }
    throw misfit("data", `a multiple of ${width} bytes`, bytes);
  }
  throw misfit("type", "the byte of a type", marker);
}

/** The two fields of a vector: its type as a byte array, and the elements. */
export function vectorToWire({ type, data }: Vector): [marker: Uint8Array, bytes: Uint8Array] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [Uint8Array.of(LAYOUTS[type][1]), turned(bytes, data.BYTES_PER_ELEMENT)];
}
