// The graph: Node, UnboundRelationship, Relationship and Path. Constructors take the fields in wire order and check
// them, for users and the decoder alike. Servers before Bolt 5.0 send no element ids: the decimal id takes their
// place, as in the official drivers. Spec: structures, tags 4E, 72, 52 and 50.
import { int64, integerBetween, isDictionary, jsonSafe, misfit, text } from "./checks.ts";
import { cypherDictionary, cypherName } from "./cypher.ts";

/** Properties of a node or relationship, with values as the decoder makes them. */
export type Properties = { [key: string]: unknown };

/** A `bigint` stays one, however small: the reader was told to give bigints. */
function idOf(value: number | bigint, field: string): number | bigint {
  return typeof value === "bigint" ? value : int64(value, field);
}

function propertiesOf<P>(value: P): P {
  if (isDictionary(value)) return value;
  throw misfit("properties", "a dictionary", value);
}

/** Labels or a type, followed by the properties if there are any. */
function print(name: string, properties: object): string {
  const filled = Object.keys(properties).length > 0;
  return filled ? `${name}${name && " "}${cypherDictionary(properties)}` : name;
}

/** A node of the graph. Immutable; `P` is the type of its properties. */
export class Node<P extends object = Properties> {
  /** The server's number for it, reused after deletion: prefer {@link elementId}. */
  readonly id: number | bigint;
  readonly labels: readonly string[];
  readonly properties: P;
  /** Opaque name of the node, from Bolt 5.0 on; before that the decimal id. */
  readonly elementId: string;

  /** Throws RangeError for a field of the wrong type. */
  constructor(id: number | bigint, labels: readonly string[], properties: P, elementId: string = String(id)) {
    this.id = idOf(id, "id");
    if (!Array.isArray(labels)) throw misfit("labels", "a list", labels);
    for (const label of labels) text(label, "a label");
    this.labels = labels;
    this.properties = propertiesOf(properties);
    this.elementId = text(elementId, "elementId");
  }

  /** `(:Person:Admin {name: "Ann"})` */
  toString(): string {
    return `(${print(this.labels.map((label) => `:${cypherName(label)}`).join(""), this.properties)})`;
  }

  /** The fields; a bigint as a number while safe, else as text. */
  toJSON(): unknown {
    return jsonSafe({ ...this });
  }
}

/** A relationship inside a path; only the path knows its ends. Immutable. */
export class UnboundRelationship<P extends object = Properties> {
  /** The server's number for it, reused after deletion: prefer {@link elementId}. */
  readonly id: number | bigint;
  readonly type: string;
  readonly properties: P;
  /** Opaque name, from Bolt 5.0 on; before that the decimal id. */
  readonly elementId: string;

  /** Throws RangeError for a field of the wrong type. */
  constructor(id: number | bigint, type: string, properties: P, elementId: string = String(id)) {
    this.id = idOf(id, "id");
    this.type = text(type, "type");
    this.properties = propertiesOf(properties);
    this.elementId = text(elementId, "elementId");
  }

  /** `[:KNOWS {since: 1999}]` */
  toString(): string {
    return `[${print(`:${cypherName(this.type)}`, this.properties)}]`;
  }

  /** The fields; a bigint as a number while safe, else as text. */
  toJSON(): unknown {
    return jsonSafe({ ...this });
  }
}

/** A relationship with both of its ends. Immutable. */
export class Relationship<P extends object = Properties> extends UnboundRelationship<P> {
  readonly startNodeId: number | bigint;
  readonly endNodeId: number | bigint;
  /** Opaque names of the ends, from Bolt 5.0 on; before that their decimal ids. */
  readonly startNodeElementId: string;
  readonly endNodeElementId: string;

  /** Throws RangeError for a field of the wrong type. */
  constructor(
    id: number | bigint,
    startNodeId: number | bigint,
    endNodeId: number | bigint,
    type: string,
    properties: P,
    elementId?: string,
    startNodeElementId: string = String(startNodeId),
    endNodeElementId: string = String(endNodeId),
  ) {
    super(id, type, properties, elementId);
    this.startNodeId = idOf(startNodeId, "startNodeId");
    this.endNodeId = idOf(endNodeId, "endNodeId");
    this.startNodeElementId = text(startNodeElementId, "startNodeElementId");
    this.endNodeElementId = text(endNodeElementId, "endNodeElementId");
  }
}

/** One step of a path, in the direction of the path: `relationship` may point the other way. */
export interface PathSegment {
  readonly start: Node;
  readonly relationship: Relationship;
  readonly end: Node;
}

/**
 * A walk through the graph. Immutable. Holds every node and relationship once, as the wire does, and the
 * indices that string them together; everything else is computed from these on demand.
 */
export class Path {
  /** Every node of the path, once: the start first, the others in no particular order. */
  readonly nodes: readonly Node[];
  /** Every relationship of the path, once. */
  readonly rels: readonly UnboundRelationship[];
  /**
   * Pairs of a relationship (from 1, negative when walked against its direction) and the node it leads to
   * (from 0).
   */
  readonly indices: readonly number[];
  #segments: readonly PathSegment[] | undefined;

  /** Throws RangeError when an index is out of bounds, or an element is not of these classes. */
  constructor(
    nodes: readonly Node[],
    rels: readonly UnboundRelationship[],
    indices: readonly (number | bigint)[],
  ) {
    this.nodes = listOf(nodes, Node, "nodes");
    this.rels = listOf(rels, UnboundRelationship, "rels");
    if (!Array.isArray(indices) || indices.length % 2) throw misfit("indices", "a list of pairs", indices);
    this.indices = indices.map((index) => integerBetween(index, "an index", -MAX_INDEX, MAX_INDEX));
    // An index out of bounds finds undefined, and so do relationship 0 and the first node of an empty list.
    const found = this.indices.map((index, i) => (i % 2 ? nodes[index] : rels[Math.abs(index) - 1]));
    if (!nodes[0] || found.includes(undefined))
      throw misfit("indices", "within nodes and rels", String(indices));
    this.#segments = undefined;
  }

  /** Where the walk begins. */
  get start(): Node {
    return this.nodes[0] as Node;
  }

  /** Where the walk ends; the start if it has no step. */
  get end(): Node {
    return this.segments.at(-1)?.end ?? this.start;
  }

  /** Number of steps. */
  get length(): number {
    return this.indices.length / 2;
  }

  /** The steps in order, each relationship with its ends; computed once. */
  get segments(): readonly PathSegment[] {
    return (this.#segments ??= walk(this));
  }

  /** `(:A)-[:KNOWS]->(:B)<-[:KNOWS]-(:C)` */
  toString(): string {
    const steps = this.segments.map(({ relationship, end }, i) =>
      (this.indices[2 * i] as number) > 0 ? `-${relationship}->${end}` : `<-${relationship}-${end}`,
    );
    return this.start + steps.join("");
  }
}

const MAX_INDEX = 0x7fff_ffff;

function walk({ start, nodes, rels, indices }: Path): PathSegment[] {
  const segments: PathSegment[] = [];
  for (let i = 0; i < indices.length; i += 2) {
    const index = indices[i] as number;
    const { id, type, properties, elementId } = rels[Math.abs(index) - 1] as UnboundRelationship;
    const end = nodes[indices[i + 1] as number] as Node;
    const [from, to] = index > 0 ? [start, end] : [end, start];
    const ends = [from.elementId, to.elementId] as const;
    const relationship = new Relationship(id, from.id, to.id, type, properties, elementId, ...ends);
    segments.push({ start, relationship, end });
    start = end;
  }
  return segments;
}

function listOf<T>(
  list: readonly T[],
  type: abstract new (...fields: never[]) => T,
  field: string,
): readonly T[] {
  if (Array.isArray(list) && list.every((item) => item instanceof type)) return list;
  throw misfit(field, "a list of the path's own kind", list);
}
