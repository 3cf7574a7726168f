// How values of the database look to this driver: the form of dates and times, and users' own conversions.
// Knows tags and classes of structures; the bytes are the protocol's.
import { convertingReaders, temporalReaders, toTemporal } from "@bolt/protocol";
import type { ClientConnectionOptions, StructureReader, StructureWriter } from "@bolt/protocol";
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

/** Overrides for the protocol's tables. Throws ConfigError for a codec that says too little, and for a missing Temporal. */
export function wireCodecs(
  temporal: TemporalForm,
  codecs: readonly Codec[],
): Pick<ClientConnectionOptions, "readers" | "writers"> {
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
      const own = convertingReaders(reads, decode);
      if (Object.keys(own).length === 0)
        throw new ConfigError(`a codec reads ${reads.name}, which results do not have`);
      Object.assign(readers, own);
    }
    if (!(type && encode) && !(reads && decode)) {
      throw new ConfigError("a codec needs { type, encode } or { reads, decode }");
    }
  }
  return {
    readers: Object.keys(readers).length > 0 ? readers : undefined,
    writers: writers.size > 0 ? writers : undefined,
  };
}
