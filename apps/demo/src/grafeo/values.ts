// From the engine's values to Bolt's, guided by the column types that Arrow tells (arrow-schema.ts): floats stay
// floats, dates become dates, nodes become Nodes. Knows no query and no transaction.
//
// What the engine does not tell stays as JavaScript has it: in a column of mixed types a whole number is an
// integer and a date its text, and the properties inside a path are read that way too. A list or column that
// mixes integers and floats counts as floats. Local date-times come in milliseconds.
import type { GrafeoValue, QueryResult } from "@grafeo-db/js";
import {
  Date as BoltDate,
  DateTime,
  Duration,
  Float,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Relationship,
  Time,
  UnboundRelationship,
} from "@bolt/server";
import { type ColumnType, readColumnTypes } from "./arrow-schema.ts";

type Convert = (value: GrafeoValue) => unknown;
type ConvertEntry = (key: string, value: GrafeoValue) => unknown;
type Entity = { readonly [key: string]: GrafeoValue };
type Edge = Entity & { _id: number; _type: string; _source: number; _target: number };
type Properties = Node["properties"];

/** The rows of a result as Bolt values, each made when it is asked for. */
export function recordsOf(result: QueryResult): Iterable<unknown[]> {
  const names = result.columns;
  const converters = result.length === 0 ? [] : readColumnTypes(result.toArrowIPC()).map(converter);
  let at = 0;
  const rows = {
    [Symbol.iterator]: () => rows,
    /** The server need not read a row ahead to know whether it was the last. */
    hasMore: () => at < result.length,
    next(): IteratorResult<unknown[], undefined> {
      if (at >= result.length) return { done: true, value: undefined };
      const row = result.get(at++);
      return { done: false, value: names.map((name, column) => converters[column]!(row[name] ?? null)) };
    },
  };
  return rows;
}

/** What to do with the values of a type; decided once a column, not once a value. */
function converter(type: ColumnType): Convert {
  const known = typed(type);
  return (value) => (value === null ? null : known(value));
}

function typed({ kind, children }: ColumnType): Convert {
  switch (kind) {
    case "float":
      return float;
    case "date":
      return text((iso) => BoltDate.parse(signed(iso)));
    case "time":
      return text((iso) => (/[Z+-]/.test(iso) ? Time.parse(iso) : LocalTime.parse(iso)));
    case "timestamp":
      return text((iso) => DateTime.parse(signed(iso)));
    case "list":
    case "fixedSizeList":
      return list(converter(children[0]?.[1] ?? { kind: "null", children: [] }));
    case "struct":
      return struct(new Map(children.map(([name, type]) => [name, converter(type)])));
    default:
      return untyped;
  }
}

/** A whole number in a column of floats: marked, or it would travel as an integer. */
const float: Convert = (value) => (Number.isInteger(value) ? new Float(value as number) : value);

/** Temporal columns deliver ISO text, save local date-times, which are JavaScript dates. */
const text =
  (parse: (iso: string) => unknown): Convert =>
  (value) =>
    typeof value === "string" ? parse(value) : untyped(value);

const list =
  (item: Convert): Convert =>
  (value) =>
    Array.isArray(value) ? value.map(item) : untyped(value);

function struct(fields: ReadonlyMap<string, Convert>): Convert {
  return (value) => {
    // The type says months, days and nanoseconds; the value is the text of them.
    if (typeof value === "string") return duration(value);
    return isPlain(value) ? entity(value, (key, item) => (fields.get(key) ?? untyped)(item)) : untyped(value);
  };
}

/** A value of which only JavaScript's type is known. */
function untyped(value: GrafeoValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(untyped);
  if (value instanceof Date) return LocalDateTime.from(value);
  if (value instanceof Float32Array) return Array.from(value, float);
  if (value instanceof Uint8Array || !isPlain(value)) return value;
  return entity(value, (_, item) => untyped(item));
}

/** An object of the engine: a node, an edge and a path are told by their keys, the rest are maps. */
function entity(value: Entity, convert: ConvertEntry): unknown {
  if (isNode(value)) {
    const { _id, _labels, ...properties } = value;
    return new Node(_id, _labels, converted(properties, convert), nodeElementId(_id));
  }
  if (isEdge(value)) return relationship(value, convert);
  if (isPath(value))
    return path(value.nodes.map(untyped) as Node[], value.edges.map(untyped) as Relationship[]);
  // Bolt has no decimal numbers: exact digits as text lose less than a float.
  if (typeof value["$decimal"] === "string" && Object.keys(value).length === 1) return value["$decimal"];
  return converted(value, convert);
}

function relationship(value: Edge, convert: ConvertEntry): Relationship {
  const { _id, _type, _source, _target, ...properties } = value;
  return new Relationship(
    _id,
    _source,
    _target,
    _type,
    converted(properties, convert),
    edgeElementId(_id),
    nodeElementId(_source),
    nodeElementId(_target),
  );
}

function converted(map: Entity, convert: ConvertEntry): Properties {
  const entries = Object.entries(map).map(([key, item]): [string, unknown] => [key, convert(key, item)]);
  return Object.fromEntries<unknown>(entries);
}

function path(nodes: readonly Node[], relationships: readonly Relationship[]): Path {
  const uniqueNodes = uniqueById(nodes);
  const uniqueRels = uniqueById(relationships);
  const indices = relationships.flatMap((rel, at) => {
    const forwards = rel.startNodeId === nodes[at]!.id;
    const number = uniqueRels.findIndex(({ id }) => id === rel.id) + 1;
    return [forwards ? number : -number, uniqueNodes.findIndex(({ id }) => id === nodes[at + 1]!.id)];
  });
  const unbound = uniqueRels.map(
    ({ id, type, properties, elementId }) => new UnboundRelationship(id, type, properties, elementId),
  );
  return new Path(uniqueNodes, unbound, indices);
}

function uniqueById<T extends { readonly id: number | bigint }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

// The forms of the engine's own elementId().
const nodeElementId = (id: number): string => `n:${id}`;
const edgeElementId = (id: number): string => `e:${id}`;

/** ISO 8601 wants a sign before a year of more than four digits; the engine writes none. */
const signed = (iso: string): string => (/^\d{5}/.test(iso) ? `+${iso}` : iso);

/** The engine writes half a second back as `PT0.-5S` when other parts are positive. */
function duration(iso: string): Duration {
  return Duration.parse(iso.replace(/-?(\d+)\.-(\d+)S$/, "-$1.$2S"));
}

const isPlain = (value: unknown): value is Entity =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isNode = (value: Entity): value is Entity & { _id: number; _labels: string[] } =>
  typeof value["_id"] === "number" && Array.isArray(value["_labels"]);

const isEdge = (value: Entity): value is Edge =>
  typeof value["_id"] === "number" &&
  typeof value["_type"] === "string" &&
  typeof value["_source"] === "number" &&
  typeof value["_target"] === "number";

function isPath(value: Entity): value is { nodes: Entity[]; edges: Entity[] } {
  const { nodes, edges } = value;
  return (
    Object.keys(value).length === 2 &&
    Array.isArray(nodes) &&
    Array.isArray(edges) &&
    nodes.length === edges.length + 1 &&
    nodes.every((node) => isPlain(node) && isNode(node)) &&
    edges.every((edge) => isPlain(edge) && isEdge(edge))
  );
}
