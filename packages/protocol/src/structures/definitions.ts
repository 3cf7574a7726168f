// The one table of structures: name, fields, tag, first and last version, how to make an object from fields, and
// fields from an object. Versions are data here, and nowhere else in this folder. Knows neither roles nor malformed
// input: registry.ts does. Spec: https://neo4j.com/docs/bolt/current/bolt/structure-semantics/
import { type BoltVersion, Float } from "@bolt/framing";
import { add, int64, integerBetween, isDictionary, misfit, text } from "./checks.ts";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Date } from "./date.ts";
import { Duration } from "./duration.ts";
import { Node, Path, Relationship, UnboundRelationship } from "./graph.ts";
import { Point2D, Point3D } from "./spatial.ts";
import { LocalTime, Time, offsetSeconds } from "./time.ts";
import { UnsupportedType } from "./unsupported.ts";
import { Vector, vectorFromWire, vectorToWire } from "./vector.ts";
import { wallToUtc, zoneOffset } from "./zones.ts";

/** What a row of the table may say besides its columns. */
interface Special {
  /** Only servers send it. */
  readonly serverOnly?: boolean;
  /** Exists only with the UTC patch (true), or only without it (false). From 5.0 on the patch is always on. */
  readonly utc?: boolean;
  /** Makes an object from fields that arrived. Default: the constructor. Throws RangeError when they do not fit. */
  readonly make?: (...fields: never[]) => unknown;
  /** Gets the fields of an object. Default: its properties of the same names. */
  readonly take?: (value: never) => readonly unknown[];
}

/** One form of one structure. */
export interface Definition extends Special {
  readonly type: Function;
  readonly tag: number;
  /** First and last major version; every change but the UTC patch came with a major one. */
  readonly since: number;
  readonly until: number;
  /** The specification's name, which is the class's, and the names of the fields in wire order. */
  readonly name: string;
  readonly fields: readonly string[];
  /** Number of fields of the oldest form, which some servers send on every version. */
  readonly short: number;
  readonly make: (...fields: readonly unknown[]) => unknown;
}

/** Whether connections of this version, with or without the UTC patch, have this form. */
export function has({ since, until, utc }: Definition, { major }: BoltVersion, patched: boolean): boolean {
  return major >= since && major <= until && (utc ?? patched) === patched;
}

const ALWAYS = Infinity;
const graph = { serverOnly: true };
const rows: () => readonly (readonly [Function, number, number, number, string, Special?])[] = () => [
  [Node, 0x4e, 1, 4, "Node id labels properties", graph],
  [Node, 0x4e, 5, ALWAYS, "Node id labels properties elementId", graph],
  [UnboundRelationship, 0x72, 1, 4, "UnboundRelationship id type properties", graph],
  [UnboundRelationship, 0x72, 5, ALWAYS, "UnboundRelationship id type properties elementId", graph],
  [Relationship, 0x52, 1, 4, "Relationship id startNodeId endNodeId type properties", graph],
  [
    Relationship,
    0x52,
    5,
    ALWAYS,
    "Relationship id startNodeId endNodeId type properties elementId startNodeElementId endNodeElementId",
    graph,
  ],
  [Path, 0x50, 1, ALWAYS, "Path nodes rels indices", graph],
  [Date, 0x44, 2, ALWAYS, "Date days"],
  [Time, 0x54, 2, ALWAYS, "Time nanoseconds tzOffsetSeconds"],
  [LocalTime, 0x74, 2, ALWAYS, "LocalTime nanoseconds"],
  [DateTime, 0x46, 2, 4, "DateTime seconds nanoseconds tzOffsetSeconds", legacyDateTime],
  [DateTime, 0x49, 4, ALWAYS, "DateTime seconds nanoseconds tzOffsetSeconds", { utc: true }],
  [DateTimeZoneId, 0x66, 2, 4, "DateTimeZoneId seconds nanoseconds tzId", legacyZoneId],
  [DateTimeZoneId, 0x69, 4, ALWAYS, "DateTimeZoneId seconds nanoseconds tzId", { utc: true }],
  [LocalDateTime, 0x64, 2, ALWAYS, "LocalDateTime seconds nanoseconds"],
  [Duration, 0x45, 2, ALWAYS, "Duration months days seconds nanoseconds"],
  [Point2D, 0x58, 2, ALWAYS, "Point2D srid x y", { take: point }],
  [Point3D, 0x59, 2, ALWAYS, "Point3D srid x y z", { take: point }],
  [Vector, 0x56, 6, ALWAYS, "Vector type data", { make: vectorFromWire, take: vectorToWire }],
  [UnsupportedType, 0x3f, 6, ALWAYS, "UnsupportedType name major minor extra", unsupported],
];

/** Coordinates are sent as floats even when they are whole. */
function point({ srid, x, y, z }: Point2D & { readonly z?: number }): unknown[] {
  const coordinates = z === undefined ? [x, y] : [x, y, z];
  return [srid, ...coordinates.map((value) => new Float(value))];
}

const unsupported: Special = {
  serverOnly: true,
  make(name: string, major: unknown, minor: unknown, extra: unknown) {
    if (!isDictionary(extra)) throw misfit("extra", "a dictionary", extra);
    const message = typeof extra.message === "string" ? extra.message : undefined;
    const version = `${integerBetween(major, "major", 0, 255)}.${integerBetween(minor, "minor", 0, 255)}`;
    return new UnsupportedType(name, version, message);
  },
  take: ({ name, minVersion, message }: UnsupportedType) => [
    name,
    ...minVersion.split(".").map(Number),
    { message },
  ],
};

// The legacy forms count seconds on the wall clock: that is `wall`; `seconds` is UTC.

const legacyDateTime: Special = {
  utc: false,
  make(wall: unknown, nanoseconds: number, offset: unknown) {
    const ahead = offsetSeconds(offset);
    return new DateTime(add(int64(wall, "seconds"), -ahead), nanoseconds, ahead);
  },
  take: ({ seconds, nanoseconds, tzOffsetSeconds }: DateTime) => [
    add(seconds, tzOffsetSeconds),
    nanoseconds,
    tzOffsetSeconds,
  ],
};

const legacyZoneId: Special = {
  utc: false,
  make(wall: unknown, nanoseconds: number, tzId: unknown) {
    const zone = text(tzId, "tzId");
    return new DateTimeZoneId(wallToUtc(zone, int64(wall, "seconds")), nanoseconds, zone);
  },
  take({ seconds, nanoseconds, tzId }: DateTimeZoneId) {
    const wall = add(seconds, zoneOffset(tzId, seconds) ?? 0);
    // Throws for unknown zones. A second pass, if sent, would be read as the first: silently an hour earlier.
    if (wallToUtc(tzId, wall) === seconds) return [wall, nanoseconds, tzId];
    throw new RangeError("the second pass of a repeated hour needs Bolt 5.0, the UTC patch or an offset");
  },
};

let table: readonly Definition[] | undefined;

/** Every form of every structure; the forms of a class stand together, oldest first. */
export function definitions(): readonly Definition[] {
  // Made on first use, so that bundlers can leave out what is not used.
  if (table) return table;
  const all = rows();
  return (table = all.map(([type, tag, since, until, words, special]) => {
    const [name = "", ...fields] = words.split(" ");
    const oldest = all.find((row) => row[1] === tag)!;
    const Type = type as new (...fields: unknown[]) => unknown;
    return {
      type,
      tag,
      since,
      until,
      name,
      fields,
      short: oldest[4].split(" ").length - 1,
      // Constructors take their fields in wire order, eight at most, and ignore further arguments.
      make: (a, b, c, d, e, f, g, h) => new Type(a, b, c, d, e, f, g, h),
      ...(special as Pick<Definition, "make"> | undefined),
    };
  }));
}
