// Converts the engine's values to Bolt's with the help of Arrow's column types (arrow.ts): floats stay floats, dates
// become dates, nodes become Nodes. Knows no query and no transaction.
//
// Without a column type a value stays what it is in JavaScript: in a column of mixed types, and in the properties inside
// a path, a whole number is an integer and a date its text. A list or column that mixes integers and floats counts as
// floats. Local date-times arrive as JavaScript dates, which count milliseconds; the microseconds are in Arrow's cells.
import {
  Date as BoltDate,
  DateTime,
  Float,
  LocalTime,
  Node,
  Path,
  Relationship,
  Time,
  UnboundRelationship,
} from "@bolt/server";
import type { GrafeoValue, QueryResult } from "@grafeo-db/js";
import { type Cells, type Column, readColumns } from "./arrow.ts";
import { duration, localDateTime, localDateTimeOf, year } from "./temporal.ts";

/** `at` is the value's position in its column. */
type Convert = (value: GrafeoValue, at: number) => unknown;
/** The text that contains a value without a column of its own. */
type Text = () => string;
type ConvertEntry = (key: string, value: GrafeoValue) => unknown;
type Entity = { readonly [key: string]: GrafeoValue };
type Edge = Entity & { _id: number; _type: string; _source: number; _target: number };
type Properties = Node["properties"];

/** The rows of a result as Bolt values, each converted when it is requested. */
export function recordsOf(result: QueryResult): Iterable<unknown[]> {
  const names = result.columns;
  const converters = result.length === 0 ? [] : readColumns(result.toArrowIPC()).map(converter);
  let at = 0;
  const rows = {
    [Symbol.iterator]: () => rows,
    /** Saves the server from reading a row ahead to know whether it was the last. */
    hasMore: () => at < result.length,
    next(): IteratorResult<unknown[], undefined> {
      if (at >= result.length) return { done: true, value: undefined };
      const place = at++;
      const row = result.get(place);
      return {
        done: false,
        value: names.map((name, column) => converters[column]!(row[name] ?? null, place)),
      };
    },
  };
  return rows;
}

/** How to convert the values of a column; decided once per column, not per value. */
function converter(column: Column): Convert {
  const known = typed(column);
  return (value, at) => (value === null ? null : known(value, at));
}

function typed({ kind, children, cells }: Column): Convert {
  switch (kind) {
    case "float":
      return float;
    case "date":
      return text((iso) => BoltDate.parse(year(iso)));
    case "time":
      return text((iso) => (/[Z+-]/.test(iso) ? Time.parse(iso) : LocalTime.parse(iso)));
    case "timestamp":
      return timestamp(cells);
    case "list":
      return list(children, (at) => cells.first(at));
    case "fixedSizeList":
      // Vectors: their items need no lookup in Arrow's cells.
      return list(children, () => 0);
    case "struct":
      return struct(children);
    case "utf8":
      return (value, at) => untyped(value, () => cells.text(at));
    default:
      return (value) => untyped(value, nowhere);
  }
}

/** Marks a whole number in a column of floats, which would otherwise be sent as an integer. */
const float: Convert = (value) => (Number.isInteger(value) ? new Float(value as number) : value);

/** For temporal columns except local date-times: their values are ISO text. */
const text =
  (parse: (iso: string) => unknown): Convert =>
  (value) =>
    typeof value === "string" ? parse(value) : untyped(value, nowhere);

const timestamp =
  (cells: Cells): Convert =>
  (value, at) =>
    typeof value === "string" ? DateTime.parse(year(value)) : localDateTime(cells.long(at));

function list([items]: Column["children"], first: (at: number) => number): Convert {
  const convert: Convert = items ? converter(items[1]) : (value) => untyped(value, nowhere);
  return (value, at) => {
    if (!Array.isArray(value)) return untyped(value, nowhere);
    if (value.length === 0) return [];
    const start = first(at);
    return value.map((item, i) => convert(item, start + i));
  };
}

function struct(children: Column["children"]): Convert {
  const fields = new Map(children.map(([name, child]) => [name, converter(child)]));
  const parts = ["months", "days", "nanos"].map(
    (part) => children.find(([name]) => name === part)?.[1].cells,
  );
  return (value, at) => {
    // A duration. Its value is a text, in which the engine drops zeros after the decimal point.
    if (typeof value === "string") return duration(...parts.map((cells) => cells?.long(at) ?? 0n));
    if (!isPlain(value)) return untyped(value, nowhere);
    return entity(value, (key, item) => fields.get(key)?.(item, at) ?? untyped(item, nowhere), nowhere);
  };
}

const nowhere: Text = () => "";

/** Converts a value of which only the JavaScript type is known. */
function untyped(value: GrafeoValue, within: Text): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => untyped(item, within));
  if (value instanceof Date) return localDateTimeOf(value, within());
  if (value instanceof Float32Array) return Array.from(value, (item) => float(item, 0));
  if (value instanceof Uint8Array || !isPlain(value)) return value;
  return entity(value, (_, item) => untyped(item, within), within);
}

/** Converts an object of the engine: nodes, edges and paths are recognised by their keys, all others are maps. */
function entity(value: Entity, convert: ConvertEntry, within: Text): unknown {
  if (isNode(value)) {
    const { _id, _labels, ...properties } = value;
    return new Node(_id, _labels, converted(properties, convert), nodeElementId(_id));
  }
  if (isEdge(value)) return relationship(value, convert);
  if (isPath(value))
    return path(
      value.nodes.map((node) => untyped(node, within)) as Node[],
      value.edges.map((edge) => untyped(edge, within)) as Relationship[],
    );
  // Bolt has no decimal numbers: exact digits as text lose less than a float would.
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
