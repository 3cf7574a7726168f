// How database values appear in JavaScript: the form of dates and times, and users' own conversions. Knows
// tags and classes of structures; the protocol handles the bytes.
import {
  type ClientConnectionOptions,
  convertingReaders,
  type StructureReader,
  type StructureWriter,
  temporalReaders,
  toTemporal,
} from "@bolt/protocol";
import { ConfigError } from "./errors.ts";

/** The form of dates, times and durations in results. What a form cannot express stays an object of ours. */
export type TemporalForm = "classes" | "string" | "Temporal";

/** Converts the values of one type: in parameters, in results, or both. */
export interface Codec {
  /** Instances of this class may be parameters … */
  readonly type?: Function;
  /** … and are sent as what this returns: anything that may itself be a parameter. */
  readonly encode?: (value: never) => unknown;
  /** Values of this class in results, such as `Date` or `Node` … */
  readonly reads?: Function;
  /**
   * … become what this returns. If it throws, the value stays unconverted. Nodes and relationships inside a Path are
   * not converted; their properties are.
   */
  readonly decode?: (value: never) => unknown;
}

/** Overrides for the protocol's tables. Throws ConfigError for an incomplete codec and for a missing Temporal. */
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
