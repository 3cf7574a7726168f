// Value formats under test: the same list of rows to bytes and back. Knows how each is used at its fastest, by
// what its documentation says.
import { createRequire } from "node:module";
import { BoltVersion, Node, structureReaders, structureWriters } from "@bolt/protocol";
import { Packer, Unpacker } from "@bolt/packstream";
import { Encoder } from "cbor-x";
import { Packr } from "msgpackr";
import { type Plain, Shape, toLists } from "../data/values.ts";

export interface Codec {
  /** The rows as this codec's users hold them. */
  own(rows: readonly (readonly Plain[])[]): unknown;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  /** What decode() returned, structures as lists of their fields. */
  neutral(decoded: unknown): unknown;
}

const same = (value: unknown): unknown => value;

function packstream(): Codec {
  const version = BoltVersion.parse("5.4");
  const packer = new Packer({ structures: structureWriters(version, { utc: true, role: "server" }) });
  const unpacker = new Unpacker({ structures: structureReaders(version, { utc: true, role: "client" }) });
  const own = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(own);
    if (!(value instanceof Shape)) return value;
    if (value.name !== "Node") throw new Error(`${value.name} is not measured here`);
    return new Node(...(value.fields as unknown as ConstructorParameters<typeof Node>));
  };
  const neutral = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(neutral);
    return value instanceof Node ? [value.id, value.labels, value.properties, value.elementId] : value;
  };
  return {
    own,
    neutral,
    encode(value) {
      packer.write(value);
      return packer.writer.take();
    },
    decode: (bytes) => unpacker.unpack(bytes),
  };
}

/** Plain MessagePack, self-describing as PackStream is; records would leave the keys out. */
function msgpackr(): Codec {
  const packr = new Packr({ useRecords: false });
  return {
    own: toLists,
    neutral: same,
    encode: (value) => packr.pack(value),
    decode: (bytes) => packr.unpack(bytes),
  };
}

function cborX(): Codec {
  const encoder = new Encoder({ useRecords: false });
  return {
    own: toLists,
    neutral: same,
    encode: (value) => encoder.encode(value),
    decode: (bytes) => encoder.decode(bytes) as unknown,
  };
}

function json(): Codec {
  return {
    own: toLists,
    neutral: same,
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse((bytes as Buffer).toString()) as unknown,
  };
}

interface Neo4jBuffer {
  position: number;
  _buffer: Buffer;
}

/** The codec inside the official driver, which is no public part of it. */
function neo4j(): Codec {
  const require = createRequire(createRequire(import.meta.url).resolve("neo4j-driver"));
  const { int } = require("neo4j-driver-core") as { int(value: number): unknown };
  const { v2, structure } = require("neo4j-driver-bolt-connection/lib/packstream") as {
    v2: {
      Packer: new (buffer: Neo4jBuffer) => { packable(value: unknown): () => void };
      Unpacker: new (numbers: boolean, bigints: boolean) => { unpack(buffer: Neo4jBuffer): unknown };
    };
    structure: {
      Structure: new (tag: number, fields: unknown[]) => { signature: number; fields: unknown[] };
    };
  };
  const { alloc } = require("neo4j-driver-bolt-connection/lib/channel") as {
    alloc(bytes: number | Buffer): Neo4jBuffer;
  };
  const target = alloc(4 << 20);
  const packer = new v2.Packer(target);
  const unpacker = new v2.Unpacker(true, false);
  const own = (value: unknown): unknown => {
    if (typeof value === "number") return Number.isInteger(value) ? int(value) : value;
    if (value instanceof Shape) return new structure.Structure(0x4e, value.fields.map(own));
    if (Array.isArray(value)) return value.map(own);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, own(entry)]));
  };
  const neutral = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(neutral);
    return value instanceof structure.Structure ? value.fields : value;
  };
  return {
    own,
    neutral,
    encode(value) {
      target.position = 0;
      packer.packable(value)();
      return target._buffer.subarray(0, target.position);
    },
    decode: (bytes) => unpacker.unpack(alloc(bytes as Buffer)),
  };
}

export const CODECS = {
  "@bolt/packstream": packstream,
  msgpackr,
  "cbor-x": cborX,
  JSON: json,
  "neo4j-driver": neo4j,
} satisfies Record<string, () => Codec>;

export type CodecName = keyof typeof CODECS;
