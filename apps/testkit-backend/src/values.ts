// Converts between TestKit's Cypher types and the driver's values. The drivers under test read integers as bigint,
// so that 1 and 1.0 are told apart.
import {
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  Float,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Point2D,
  Point3D,
  Relationship,
  SRID,
  Structure,
  Time,
  UnboundRelationship,
  UnsupportedType,
} from "@bolt/client";
import type { Data } from "./context.ts";
import { stringify } from "./json.ts";
import type { Message } from "./lines.ts";
import { UntellableError, readTemporal, writeTemporal } from "./temporal-values.ts";

/** Converts TestKit's value to the driver's. */
export function toValue({ name, data }: Message): unknown {
  switch (name) {
    case "CypherNull":
      return null;
    case "CypherInt":
      return BigInt(data["value"] as number | bigint);
    case "CypherFloat":
      return new Float(toFloat(data["value"]));
    case "CypherBool":
    case "CypherString":
      return data["value"];
    case "CypherBytes":
      return Uint8Array.from(String(data["value"]).split(" ").filter(Boolean), (byte) =>
        Number.parseInt(byte, 16),
      );
    case "CypherList":
      return (data["value"] as Message[]).map(toValue);
    case "CypherMap":
      return toParameters(data["value"]);
    case "CypherPoint":
      return toPoint(data);
    default:
      return readTemporal(name, data);
  }
}

/** Converts TestKit's dictionary of values; null counts as empty. */
export function toParameters(map: unknown): Record<string, unknown> {
  const entries = Object.entries((map ?? {}) as Record<string, Message>);
  return Object.fromEntries(entries.map(([key, value]) => [key, toValue(value)]));
}

/** Converts the driver's value to TestKit's. */
export function fromValue(value: unknown): Message {
  if (value === null || value === undefined) return cypher("Null", null);
  switch (typeof value) {
    case "boolean":
      return cypher("Bool", value);
    case "bigint":
      return cypher("Int", value);
    case "number":
      return cypher("Float", fromFloat(value));
    case "string":
      return cypher("String", value);
    default:
      return fromObject(value);
  }
}

/** Converts a dictionary of the driver's values. */
export const fromDictionary = (dictionary: object): Record<string, Message> =>
  Object.fromEntries(Object.entries(dictionary).map(([key, value]) => [key, fromValue(value)]));

const cypher = (type: string, value: unknown): Message => ({ name: `Cypher${type}`, data: { value } });

function fromObject(value: object): Message {
  if (Array.isArray(value)) return cypher("List", value.map(fromValue));
  if (value instanceof Uint8Array) {
    const hex = Array.from(value, (byte) => byte.toString(16).padStart(2, "0"));
    return cypher("Bytes", hex.join(" "));
  }
  if (value instanceof Float) return cypher("Float", fromFloat(value.value));
  if (value instanceof Node) return fromNode(value);
  if (value instanceof Relationship) return fromRelationship(value);
  if (value instanceof Path) return fromPath(value);
  if (value instanceof Point2D || value instanceof Point3D) return fromPoint(value);
  if (isTemporal(value)) return writeTemporal(value);
  if (value instanceof Structure || value instanceof UnsupportedType || value instanceof UnboundRelationship)
    throw new UntellableError(`TestKit has no type for this value: ${stringify(value)}`);
  return cypher("Map", fromDictionary(value));
}

const isTemporal = (value: object): value is Parameters<typeof writeTemporal>[0] =>
  [Date, Time, LocalTime, DateTime, DateTimeZoneId, LocalDateTime, Duration].some(
    (type) => value instanceof type,
  );

function toFloat(value: unknown): number {
  return typeof value === "string" ? Number(value) : (value as number);
}

function fromFloat(value: number): unknown {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Infinity";
  return value === -Infinity ? "-Infinity" : value;
}

function fromNode({ id, labels, properties, elementId }: Node): Message {
  return {
    name: "CypherNode",
    data: {
      id: integer(id),
      labels: fromValue(labels),
      props: fromValue(properties),
      elementId: fromValue(elementId),
    },
  };
}

function fromRelationship(found: Relationship): Message {
  return {
    name: "CypherRelationship",
    data: {
      id: integer(found.id),
      startNodeId: integer(found.startNodeId),
      endNodeId: integer(found.endNodeId),
      type: fromValue(found.type),
      props: fromValue(found.properties),
      elementId: fromValue(found.elementId),
      startNodeElementId: fromValue(found.startNodeElementId),
      endNodeElementId: fromValue(found.endNodeElementId),
    },
  };
}

// TestKit expects every step of a path: nodes and relationships in the order of the walk.
function fromPath({ start, segments }: Path): Message {
  const nodes = [start, ...segments.map(({ end }) => end)];
  const relationships = segments.map(({ relationship }) => relationship);
  return {
    name: "CypherPath",
    data: { nodes: fromValue(nodes), relationships: fromValue(relationships) },
  };
}

const integer = (id: number | bigint): Message => fromValue(BigInt(id));

const SYSTEMS: Readonly<Record<number, string>> = {
  [SRID.CARTESIAN_2D]: "cartesian",
  [SRID.CARTESIAN_3D]: "cartesian",
  [SRID.WGS84_2D]: "wgs84",
  [SRID.WGS84_3D]: "wgs84",
};

function fromPoint(point: Point2D | Point3D): Message {
  const { srid, x, y } = point;
  const z = point instanceof Point3D ? point.z : null;
  return { name: "CypherPoint", data: { system: SYSTEMS[srid], x, y, z } };
}

function toPoint({ system, x, y, z }: Data): Point2D | Point3D {
  const flat = z === null || z === undefined;
  const name = `${system === "wgs84" ? "WGS84" : "CARTESIAN"}_${flat ? "2D" : "3D"}` as const;
  return flat
    ? new Point2D(SRID[name], x as number, y as number)
    : new Point3D(SRID[name], x as number, y as number, z as number);
}
