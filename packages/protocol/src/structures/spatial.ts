// Points of two and three dimensions. Spec: structures, Point2D (58), Point3D (59).
import { Float } from "@bolt/framing";
import { integerBetween, misfit } from "./checks.ts";

/** The coordinate reference systems that servers know. */
export const SRID = {
  CARTESIAN_2D: 7203,
  CARTESIAN_3D: 9157,
  /** x is the longitude and y the latitude, in degrees. */
  WGS84_2D: 4326,
  /** As WGS84_2D; z is the height in metres. */
  WGS84_3D: 4979,
} as const;

const sridOf = (value: unknown): number => integerBetween(value, "srid", -0x8000_0000, 0x7fff_ffff);

/** Accepts what a decoder may deliver: a double, one in a Float, or the integer of a sloppy sender. */
function coordinate(value: unknown, what: string): number {
  if (typeof value === "number") return value;
  if (value instanceof Float || typeof value === "bigint") return Number(value);
  throw misfit(what, "a number", value);
}

/** A point in a plane or on the globe. Immutable. Coordinates always travel as floats. */
export class Point2D {
  /** Coordinate reference system, one of {@link SRID} or any other 32-bit number. */
  readonly srid: number;
  readonly x: number;
  readonly y: number;

  /** Throws RangeError when `srid` is not a whole number or a coordinate is not a number. */
  constructor(srid: number | bigint, x: number, y: number) {
    this.srid = sridOf(srid);
    this.x = coordinate(x, "x");
    this.y = coordinate(y, "y");
    if (new.target === Point2D) Object.freeze(this);
  }

  /** The Cypher expression that makes this point. */
  toString(): string {
    return `point({srid: ${this.srid}, x: ${this.x}, y: ${this.y}})`;
  }
}

/** A point in space or above the globe. Immutable. Coordinates always travel as floats. */
export class Point3D {
  /** Coordinate reference system, one of {@link SRID} or any other 32-bit number. */
  readonly srid: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;

  /** Throws RangeError when `srid` is not a whole number or a coordinate is not a number. */
  constructor(srid: number | bigint, x: number, y: number, z: number) {
    this.srid = sridOf(srid);
    this.x = coordinate(x, "x");
    this.y = coordinate(y, "y");
    this.z = coordinate(z, "z");
    if (new.target === Point3D) Object.freeze(this);
  }

  /** The Cypher expression that makes this point. */
  toString(): string {
    return `point({srid: ${this.srid}, x: ${this.x}, y: ${this.y}, z: ${this.z}})`;
  }
}
