// How values of the database look to this driver: the form of dates and times, and users' own conversions.
// Knows tags and classes of structures; the bytes are the protocol's.
import {
  BoltVersion,
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Point2D,
  Point3D,
  Relationship,
  Structure,
  Time,
  UnboundRelationship,
  Vector,
  structureReaders,
  temporalReaders,
  toTemporal,
} from "@bolt/protocol";
import type { StructureReader, StructureWriter } from "@bolt/protocol";
import { ConfigError } from "./errors.ts";

/** How dates, times and durations are given out. What a form cannot express stays an object of our class. */
export type TemporalForm = "classes" | "string" | "Temporal";

/** A conversion of values of one type: on the way out, on the way in, or both. */
export interface Codec {
  /** Instances of this class can be parameters … */
  readonly type?: Function;
  /** … and this is sent in their place: anything that can be a parameter itself. */
  readonly encode?: (value: never) => unknown;
  /** Values of this class of ours in results … */
  readonly reads?: Function;
  /** … are given out as this. Where it throws, the value stays what it is: no row is worth a connection. */
  readonly decode?: (value: never) => unknown;
}

/** Overrides for the protocol's tables, see ClientConnectionOptions. */
export interface WireCodecs {
  readonly readers?: Readonly<Record<number, StructureReader>>;
  readonly writers?: ReadonlyMap<Function, StructureWriter>;
}

/** Tags of the classes that can be read; legacy forms (Bolt 2 to 4.4) come second. Spec: structures. */
const TAGS: () => ReadonlyMap<Function, readonly number[]> = () =>
  new Map<Function, readonly number[]>([
    [Node, [0x4e]],
    [Relationship, [0x52]],
    [UnboundRelationship, [0x72]],
    [Path, [0x50]],
    [Date, [0x44]],
    [Time, [0x54]],
    [LocalTime, [0x74]],
    [DateTime, [0x49, 0x46]],
    [DateTimeZoneId, [0x69, 0x66]],
    [LocalDateTime, [0x64]],
    [Duration, [0x45]],
    [Point2D, [0x58]],
    [Point3D, [0x59]],
    [Vector, [0x56]],
  ]);

/** Throws ConfigError for codecs that say too little, and for Temporal where the runtime has none. */
export function wireCodecs(temporal: TemporalForm, codecs: readonly Codec[]): WireCodecs {
  const readers: Record<number, StructureReader> = {};
  if (temporal === "string") Object.assign(readers, temporalReaders(String));
  if (temporal === "Temporal") {
    if (!("Temporal" in globalThis))
      throw new ConfigError('"temporal" is "Temporal", but this runtime has no Temporal');
    Object.assign(readers, temporalReaders(toTemporal));
  }
  const writers = new Map<Function, StructureWriter>();
  for (const { type, encode, reads, decode } of codecs) {
    if (type && encode) writers.set(type, (packer, value) => packer.write(encode(value)));
    if (reads && decode) {
      const tags = TAGS().get(reads);
      if (!tags) throw new ConfigError(`a codec reads ${reads.name}, which is no class of values in results`);
      tags.forEach(
        (tag, form) => (readers[tag] = decoding(tag, form, decode as (value: unknown) => unknown)),
      );
    }
    if (!(type && encode) && !(reads && decode)) {
      throw new ConfigError("a codec needs { type, encode } or { reads, decode }");
    }
  }
  return {
    ...(Object.keys(readers).length > 0 && { readers }),
    ...(writers.size > 0 && { writers }),
  };
}

/** The protocol's reader with a conversion behind it. The newest version reads older forms of a tag as well. */
function decoding(tag: number, form: number, decode: (value: unknown) => unknown): StructureReader {
  const version = BoltVersion.parse(form === 0 ? "6.1" : "4.2");
  const read = structureReaders(version, { utc: form === 0, role: "client" })[tag]!;
  return (unpacker, size, at) => {
    const value = read(unpacker, size, at);
    if (value instanceof Structure) return value;
    try {
      return decode(value);
    } catch {
      return value;
    }
  };
}
