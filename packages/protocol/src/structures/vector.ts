/**
 * Vector: numbers of one type, packed big-endian. Spec: structures, Vector (56), Bolt 6.0.
 *
 * Typed arrays use the byte order of the machine and may begin anywhere in a buffer, so every element goes
 * through a DataView and every array here is a copy.
 */
import { jsonSafe, show } from "./checks.ts";

const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** What stands for the type on the wire: the PackStream marker of such a number. */
const MARKERS: { readonly [type in VectorType]: number } = {
  int8: 0xc8,
  int16: 0xc9,
  int32: 0xca,
  int64: 0xcb,
  float32: 0xc6,
  float64: 0xc1,
};

/** The element types, by the names that JavaScript's arrays suggest. */
export type VectorType = keyof typeof ARRAYS;

/** Elements of a vector in this machine's memory; `int64` holds bigints. */
export type VectorData = Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** A list of numbers of one type. Immutable: do not write to `data`. */
export class Vector {
  /** `"int8"`, `"int16"`, `"int32"`, `"int64"`, `"float32"` or `"float64"`. */
  readonly type: VectorType;
  /** The elements, this object's own copy, in the typed array of that name. */
  readonly data: VectorData;

  /**
   * Copies `data`, converting each element. Throws RangeError for an unknown type and for an element that the
   * type cannot hold: nothing wraps around, only floats are rounded.
   */
  constructor(type: VectorType, data: ArrayLike<number | bigint>) {
    if (!Object.hasOwn(ARRAYS, type)) throw new RangeError(`no vector type ${show(type)}`);
    this.type = type;
    this.data = data instanceof ARRAYS[type] ? data.slice() : converted(type, data);
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

function converted(type: VectorType, source: ArrayLike<number | bigint>): VectorData {
  const data = new ARRAYS[type](source.length);
  for (let i = 0; i < data.length; i++) {
    const given: unknown = source[i];
    if (typeof given !== "number" && typeof given !== "bigint") {
      throw new RangeError(`element ${i} of a vector must be a number, got ${show(given)}`);
    }
    const element = type === "int64" ? BigInt(given) : Number(given);
    data[i] = element;
    if (!type.startsWith("float") && data[i] !== element) {
      throw new RangeError(`element ${i} of a vector must fit ${type}, got ${given}`);
    }
  }
  return data;
}

/** DataView's accessor for a type: the array `Float32Array` is read by `getFloat32`. */
function accessor(
  way: "get" | "set",
  type: VectorType,
): (this: DataView, at: number, value?: unknown) => never {
  return DataView.prototype[`${way}${ARRAYS[type].name.slice(0, -5)}` as "getInt8"] as () => never;
}

/** The vector of a structure's two fields. Throws RangeError for what is not one. */
export function vectorFromWire(marker: unknown, bytes: unknown): Vector {
  const type = (Object.keys(MARKERS) as VectorType[]).find(
    (name) => marker instanceof Uint8Array && marker.length === 1 && marker[0] === MARKERS[name],
  );
  if (type === undefined) throw new RangeError("the type must be one byte that names a type of number");
  const width = ARRAYS[type].BYTES_PER_ELEMENT;
  if (!(bytes instanceof Uint8Array) || bytes.length % width !== 0) {
    throw new RangeError(`the data must be bytes, a multiple of ${width} of them`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const get = accessor("get", type);
  const data = new ARRAYS[type](bytes.length / width);
  for (let i = 0; i < data.length; i++) data[i] = get.call(view, i * width);
  return new Vector(type, data);
}

/** The two fields of a vector: its type's marker in a byte array, and the elements. */
export function vectorToWire(vector: Vector): [marker: Uint8Array, bytes: Uint8Array] {
  const { type, data } = vector;
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  const set = accessor("set", type);
  for (let i = 0; i < data.length; i++) set.call(view, i * data.BYTES_PER_ELEMENT, data[i]);
  return [Uint8Array.of(MARKERS[type]), bytes];
}
