/**
 * The one table of structures: tag, name, number of fields, since and until which version, how to make an
 * object of the fields and how to write them. Versions are data here, and nowhere else in this folder.
 * Spec: https://neo4j.com/docs/bolt/current/bolt/structure-semantics/
 *
 * Knows no roles and no malformed input: the registry judges with what stands here.
 */
import { type BoltVersion, PackError, type Packer } from "@bolt/framing";
import { add, int64, integer, isDictionary, show, text } from "./checks.ts";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Date } from "./date.ts";
import { Duration } from "./duration.ts";
import { Node, Path, Relationship, UnboundRelationship } from "./graph.ts";
import { Point2D, Point3D } from "./spatial.ts";
import { LocalTime, Time, offsetSeconds } from "./time.ts";
import { UnsupportedType } from "./unsupported.ts";
import { Vector, vectorFromWire, vectorToWire } from "./vector.ts";
import { wallToUtc, zoneOffset } from "./zones.ts";

/** One form of one structure. */
export interface Definition {
  /** The specification's name, which is the class's. */
  readonly name: string;
  readonly tag: number;
  /** Number of fields. */
  readonly size: number;
  /** First and last major version; every change but the UTC patch came with a major one. */
  readonly since: number;
  readonly until: number;
  readonly type: Function;
  /** Writes `size` fields. */
  readonly write: (packer: Packer, value: never, size: number) => void;
  /** Makes the object of the fields in wire order. Throws RangeError for fields that do not fit. */
  readonly make: (...fields: never[]) => unknown;
  /** With the UTC patch only (true), or without it only (false). From 5.0 on the patch is always on. */
  readonly utc: boolean | undefined;
  /** A smaller number of fields that is accepted as well: the form of older versions. */
  readonly short: number | undefined;
  /** Never a parameter: servers send it, clients do not. */
  readonly serverOnly: boolean;
}

/** Whether connections of this version, with or without the UTC patch, have this form. */
export function has(definition: Definition, { major }: BoltVersion, utc: boolean): boolean {
  const { since, until } = definition;
  return major >= since && major <= until && (definition.utc ?? utc) === utc;
}

type More = Partial<Pick<Definition, "make" | "utc" | "short" | "serverOnly">>;

function define(
  [name, tag, size, since, until]: readonly [string, number, number, number, number?],
  type: Function,
  write: Definition["write"],
  { make = construct(type), utc, short, serverOnly = false }: More = {},
): Definition {
  return { name, tag, size, since, until: until ?? Infinity, type, write, make, utc, short, serverOnly };
}

/** Constructors take their fields in wire order, eight at most, and leave the surplus alone. */
function construct(type: Function): Definition["make"] {
  const Type = type as new (...fields: unknown[]) => unknown;
  return (a?: unknown, b?, c?, d?, e?, f?, g?, h?) => new Type(a, b, c, d, e, f, g, h);
}

let table: readonly Definition[] | undefined;

/** Every form of every structure; forms of the same class one after the other, oldest first. */
export function definitions(): readonly Definition[] {
  // Made when asked, so that bundlers can leave all of this out.
  table ??= [
    define(["Node", 0x4e, 3, 1, 4], Node, writeNode, { serverOnly: true }),
    define(["Node", 0x4e, 4, 5], Node, writeNode, { serverOnly: true, short: 3 }),
    define(["Relationship", 0x52, 5, 1, 4], Relationship, writeRelationship, { serverOnly: true }),
    define(["Relationship", 0x52, 8, 5], Relationship, writeRelationship, { serverOnly: true, short: 5 }),
    define(["UnboundRelationship", 0x72, 3, 1, 4], UnboundRelationship, writeUnbound, { serverOnly: true }),
    define(["UnboundRelationship", 0x72, 4, 5], UnboundRelationship, writeUnbound, {
      serverOnly: true,
      short: 3,
    }),
    define(["Path", 0x50, 3, 1], Path, writePath, { serverOnly: true }),
    define(["Date", 0x44, 1, 2], Date, (p, v: Date) => p.writeInteger(v.days)),
    define(["Time", 0x54, 2, 2], Time, (p, v: Time) => integers(p, v.nanoseconds, v.tzOffsetSeconds)),
    define(["LocalTime", 0x74, 1, 2], LocalTime, (p, v: LocalTime) => p.writeInteger(v.nanoseconds)),
    define(["DateTime", 0x46, 3, 2, 4], DateTime, writeLegacyDateTime, {
      utc: false,
      make: readLegacyDateTime,
    }),
    define(
      ["DateTime", 0x49, 3, 4],
      DateTime,
      (p, v: DateTime) => integers(p, v.seconds, v.nanoseconds, v.tzOffsetSeconds),
      { utc: true },
    ),
    define(["DateTimeZoneId", 0x66, 3, 2, 4], DateTimeZoneId, writeLegacyZoneId, {
      utc: false,
      make: readLegacyZoneId,
    }),
    define(
      ["DateTimeZoneId", 0x69, 3, 4],
      DateTimeZoneId,
      (p, v: DateTimeZoneId) => {
        integers(p, v.seconds, v.nanoseconds);
        p.writeString(v.tzId);
      },
      { utc: true },
    ),
    define(["LocalDateTime", 0x64, 2, 2], LocalDateTime, (p, v: LocalDateTime) =>
      integers(p, v.seconds, v.nanoseconds),
    ),
    define(["Duration", 0x45, 4, 2], Duration, (p, v: Duration) =>
      integers(p, v.months, v.days, v.seconds, v.nanoseconds),
    ),
    define(["Point2D", 0x58, 3, 2], Point2D, writePoint),
    define(["Point3D", 0x59, 4, 2], Point3D, writePoint),
    define(["Vector", 0x56, 2, 6], Vector, writeVector, { make: vectorFromWire }),
    define(["UnsupportedType", 0x3f, 4, 6], UnsupportedType, writeUnsupported, {
      serverOnly: true,
      make: readUnsupported,
    }),
  ];
  return table;
}

function integers(packer: Packer, ...values: (number | bigint)[]): void {
  for (const value of values) packer.writeInteger(value);
}

function writeNode(packer: Packer, node: Node, size: number): void {
  packer.writeInteger(node.id);
  packer.write(node.labels);
  packer.write(node.properties);
  if (size > 3) packer.writeString(node.elementId);
}

function writeRelationship(packer: Packer, value: Relationship, size: number): void {
  integers(packer, value.id, value.startNodeId, value.endNodeId);
  packer.writeString(value.type);
  packer.write(value.properties);
  if (size === 5) return;
  packer.writeString(value.elementId);
  packer.writeString(value.startNodeElementId);
  packer.writeString(value.endNodeElementId);
}

function writeUnbound(packer: Packer, value: UnboundRelationship, size: number): void {
  packer.writeInteger(value.id);
  packer.writeString(value.type);
  packer.write(value.properties);
  if (size > 3) packer.writeString(value.elementId);
}

function writePath(packer: Packer, path: Path): void {
  packer.write(path.nodes);
  packer.write(path.rels);
  packer.write(path.indices);
}

function writePoint(packer: Packer, point: Point2D | Point3D): void {
  packer.writeInteger(point.srid);
  packer.writeFloat(point.x);
  packer.writeFloat(point.y);
  if (point instanceof Point3D) packer.writeFloat(point.z);
}

function writeVector(packer: Packer, vector: Vector): void {
  for (const bytes of vectorToWire(vector)) packer.writeBytes(bytes);
}

function writeUnsupported(packer: Packer, value: UnsupportedType): void {
  packer.writeString(value.name);
  for (const part of value.minVersion.split(".")) packer.writeInteger(Number(part));
  packer.write({ message: value.message });
}

function readUnsupported(name: string, major: unknown, minor: unknown, extra: unknown): UnsupportedType {
  if (!isDictionary(extra)) throw new RangeError(`extra must be a dictionary, got ${show(extra)}`);
  const message = typeof extra.message === "string" ? extra.message : undefined;
  const version = `${integer(major, "major", 0, 255)}.${integer(minor, "minor", 0, 255)}`;
  return new UnsupportedType(name, version, message);
}

// The legacy forms count seconds on the wall clock. Below, `wall` is that and `seconds` is UTC.

function writeLegacyDateTime(packer: Packer, value: DateTime): void {
  integers(packer, add(value.seconds, value.tzOffsetSeconds), value.nanoseconds, value.tzOffsetSeconds);
}

function readLegacyDateTime(wall: unknown, nanoseconds: number, offset: unknown): DateTime {
  const ahead = offsetSeconds(offset);
  return new DateTime(add(int64(wall, "seconds"), -ahead), nanoseconds, ahead);
}

function writeLegacyZoneId(packer: Packer, value: DateTimeZoneId): void {
  const { seconds, nanoseconds, tzId } = value;
  const offset = zoneOffset(tzId, seconds);
  if (offset === undefined) throw new PackError(`cannot pack ${value}: unknown time zone, and no UTC patch`);
  const wall = add(seconds, offset);
  // Sending it anyway would move the value by an hour without a word.
  if (wallToUtc(tzId, wall) !== seconds) {
    throw new PackError(
      `cannot pack ${value}: its hour happens twice, and without UTC patch only the first can be sent`,
    );
  }
  integers(packer, wall, nanoseconds);
  packer.writeString(tzId);
}

function readLegacyZoneId(wall: unknown, nanoseconds: number, tzId: unknown): DateTimeZoneId {
  const zone = text(tzId, "tzId");
  const seconds = wallToUtc(zone, int64(wall, "seconds"));
  if (seconds === undefined) throw new RangeError(`no time zone ${show(zone)} in this runtime`);
  return new DateTimeZoneId(seconds, nanoseconds, zone);
}
