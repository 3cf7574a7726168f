// Value formats under test: row by row to bytes and back, as a protocol sends them, each in the fastest way that its
// documentation shows. There is a factory for each, so that only the one in use is loaded.
import { createRequire } from "node:module";
import { type Plain, Shape, toLists } from "../data/values.ts";

/** Rows as values of the codec's users. */
export type Rows = readonly unknown[];

/** The bytes of consecutive rows, and where each row begins; the last offset is the end. */
export interface Packed {
  readonly bytes: Buffer;
  readonly offsets: readonly number[];
}

export interface Codec {
  /** A plain row in the types that this codec's users pass to it. */
  own(row: readonly Plain[]): unknown;
  /** The bytes of one row, for the caller to keep. */
  pack(row: unknown): Uint8Array;
  /** Timed: encodes all rows, one after another. */
  encode(rows: Rows): unknown;
  /** Timed: decodes all rows from one buffer. */
  decode(packed: Packed, each: (row: unknown) => void): void;
  /** What `decode` returned, with structures as lists of their fields. */
  neutral(decoded: unknown): unknown;
}

const same = (value: unknown): unknown => value;

async function packstream(): Promise<Codec> {
  const { BoltVersion, Node, Packer, structureReaders, structureWriters, Unpacker } =
    await import("@bolt/protocol");
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
    pack: (row) => packer.pack(row).slice(),
    encode(rows) {
      for (const row of rows) packer.write(row);
      return packer.writer.take();
    },
    decode({ bytes, offsets }, each) {
      unpacker.load(bytes);
      for (let i = 1; i < offsets.length; i++) {
        unpacker.open(offsets[i - 1]!, offsets[i]!);
        each(unpacker.read());
        unpacker.close();
      }
    },
  };
}

/** Plain MessagePack, which is self-describing like PackStream; msgpackr's records would omit the keys. */
async function msgpackr(): Promise<Codec> {
  const { Packr } = await import("msgpackr");
  const packr = new Packr({ useRecords: false });
  return {
    own: toLists,
    neutral: same,
    pack: (row) => Uint8Array.from(packr.pack(row)),
    encode(rows) {
      let last: unknown;
      for (const row of rows) last = packr.pack(row);
      return last;
    },
    decode: ({ bytes }, each) => packr.unpackMultiple(bytes, each),
  };
}

/** As in browsers and Workers: without the C++ add-on that decodes strings. */
function scripted(): Promise<Codec> {
  process.env["MSGPACKR_NATIVE_ACCELERATION_DISABLED"] = "true";
  return msgpackr();
}

async function cborX(): Promise<Codec> {
  const { Encoder } = await import("cbor-x");
  const encoder = new Encoder({ useRecords: false });
  return {
    own: toLists,
    neutral: same,
    pack: (row) => Uint8Array.from(encoder.encode(row)),
    encode(rows) {
      let last: unknown;
      for (const row of rows) last = encoder.encode(row);
      return last;
    },
    decode: ({ bytes }, each) => void encoder.decodeMultiple(bytes, each),
  };
}

function json(): Codec {
  const pack = (row: unknown): Buffer => Buffer.from(JSON.stringify(row));
  return {
    own: toLists,
    neutral: same,
    pack,
    encode(rows) {
      let last: unknown;
      for (const row of rows) last = pack(row);
      return last;
    },
    decode({ bytes, offsets }, each) {
      for (let i = 1; i < offsets.length; i++)
        each(JSON.parse(bytes.toString("utf8", offsets[i - 1], offsets[i])));
    },
  };
}

interface Neo4jBuffer {
  position: number;
  _buffer: Buffer;
}

/** The codec inside the official driver, which is not part of its public API. */
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
    pack(row) {
      target.position = 0;
      packer.packable(row)();
      return Uint8Array.from(target._buffer.subarray(0, target.position));
    },
    encode(rows) {
      target.position = 0;
      for (const row of rows) packer.packable(row)();
      return target.position;
    },
    decode({ bytes, offsets }, each) {
      const source = alloc(bytes);
      for (let i = 1; i < offsets.length; i++) each(unpacker.unpack(source));
    },
  };
}

export const CODECS = {
  "@bolt/packstream": packstream,
  msgpackr,
  "msgpackr, no add-on": scripted,
  "cbor-x": cborX,
  JSON: json,
  "neo4j-driver": neo4j,
} satisfies Record<string, () => Codec | Promise<Codec>>;

export type CodecName = keyof typeof CODECS;
