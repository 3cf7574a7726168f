/**
 * The graph: Node, Relationship, UnboundRelationship and Path. Spec: structures, tags 4E, 52, 72 and 50.
 *
 * Constructors take the fields in wire order and judge them, for users and for the decoder alike. Servers
 * before Bolt 5.0 send no element ids: then the decimal id stands in, as in the official drivers.
 */
import { isDictionary, jsonSafe, show, text } from "./checks.ts";
import { cypherName, cypherProperties } from "./cypher.ts";

/** Properties of a node or relationship, values as the decoder makes them. */
export type Properties = { [key: string]: unknown };

function idOf(value: unknown, what: string): number | bigint {
  if (Number.isInteger(value) || typeof value === "bigint") return value as number;
  throw new RangeError(`${what} must be an integer, got ${show(value)}`);
}

function propertiesOf<P>(value: P): P {
  if (isDictionary(value)) return value;
  throw new RangeError(`properties must be a dictionary, got ${show(value)}`);
}

/** A node of the graph. Immutable; `P` says what its properties are. */
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
    if (!Array.isArray(labels)) throw new RangeError(`labels must be a list, got ${show(labels)}`);
    for (const label of labels) text(label, "a label");
    this.labels = labels;
    this.properties = propertiesOf(properties);
    this.elementId = text(elementId, "elementId");
  }

  /** `(:Person:Admin {name: "Ann"})` */
  toString(): string {
    const labels = this.labels.map((label) => `:${cypherName(label)}`).join("");
    return `(${labels}${cypherProperties(this.properties).slice(labels ? 0 : 1)})`;
  }

  /** The fields; a bigint as a number while safe, else as text. */
  toJSON(): unknown {
    return jsonSafe({ ...this });
  }
}

/** A relationship of the graph with both of its ends. Immutable. */
export class Relationship<P extends object = Properties> {
  /** The server's number for it: prefer {@link elementId}. Likewise the ids of the ends. */
  readonly id: number | bigint;
  readonly startNodeId: number | bigint;
  readonly endNodeId: number | bigint;
  readonly type: string;
  readonly properties: P;
  /** Opaque name, from Bolt 5.0 on; before that the decimal id. Likewise those of the ends. */
  readonly elementId: string;
  readonly startNodeElementId: string;
  readonly endNodeElementId: string;

  /** Throws RangeError for a field of the wrong type. */
  constructor(
    id: number | bigint,
    startNodeId: number | bigint,
    endNodeId: number | bigint,
    type: string,
    properties: P,
    elementId: string = String(id),
    startNodeElementId: string = String(startNodeId),
    endNodeElementId: string = String(endNodeId),
  ) {
    this.id = idOf(id, "id");
    this.startNodeId = idOf(startNodeId, "startNodeId");
    this.endNodeId = idOf(endNodeId, "endNodeId");
    this.type = text(type, "type");
    this.properties = propertiesOf(properties);
    this.elementId = text(elementId, "elementId");
    this.startNodeElementId = text(startNodeElementId, "startNodeElementId");
    this.endNodeElementId = text(endNodeElementId, "endNodeElementId");
  }

  /** `[:KNOWS {since: 1999}]` */
  toString(): string {
    return `[:${cypherName(this.type)}${cypherProperties(this.properties)}]`;
  }

  /** The fields; a bigint as a number while safe, else as text. */
  toJSON(): unknown {
    return jsonSafe({ ...this });
  }
}

/** A relationship inside a path, whose ends the path knows. Immutable. */
export class UnboundRelationship<P extends object = Properties> {
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
    return `[:${cypherName(this.type)}${cypherProperties(this.properties)}]`;
  }

  /** The fields; a bigint as a number while safe, else as text. */
  toJSON(): unknown {
    return jsonSafe({ ...this });
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
 * indices that string them together; what follows from them is computed when asked.
 */
export class Path {
  /** Every node of the path, the first one first; not in the order of the walk. */
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
    this.nodes = listOf(Node, nodes, "nodes");
    this.rels = listOf(UnboundRelationship, rels, "rels");
    if (nodes.length === 0) throw new RangeError("nodes must not be empty");
    if (!Array.isArray(indices) || indices.length % 2 !== 0) throw new RangeError("indices must be pairs");
    this.indices = indices.map(Number);
    for (const [i, index] of this.indices.entries()) {
      // A missing relationship is `undefined` at |0| - 1 and beyond the end; NaN and fractions miss as well.
      const found = i % 2 === 0 ? rels[Math.abs(index) - 1] : nodes[index];
      if (found === undefined) throw new RangeError(`indices[${i}] leads nowhere: ${show(indices[i])}`);
    }
    this.#segments = undefined;
  }

  /** Where the walk begins. */
  get start(): Node {
    return this.nodes[0] as Node;
  }

  /** Where the walk ends; the start if it has no step. */
  get end(): Node {
    return this.nodes[this.indices.at(-1) ?? 0] as Node;
  }

  /** Number of steps. */
  get length(): number {
    return this.indices.length / 2;
  }

  /** The steps in order, each relationship with its ends; made once. */
  get segments(): readonly PathSegment[] {
    return (this.#segments ??= this.#walk());
  }

  #walk(): PathSegment[] {
    const segments: PathSegment[] = [];
    let start = this.start;
    for (let i = 0; i < this.indices.length; i += 2) {
      const index = this.indices[i] as number;
      const { id, type, properties, elementId } = this.rels[Math.abs(index) - 1] as UnboundRelationship;
      const end = this.nodes[this.indices[i + 1] as number] as Node;
      const [from, to] = index > 0 ? [start, end] : [end, start];
      const relationship = new Relationship(
        id,
        from.id,
        to.id,
        type,
        properties,
        elementId,
        from.elementId,
        to.elementId,
      );
      segments.push({ start, relationship, end });
      start = end;
    }
    return segments;
  }

  /** `(:A)-[:KNOWS]->(:B)<-[:KNOWS]-(:C)` */
  toString(): string {
    let text = `${this.start}`;
    for (let i = 0; i < this.indices.length; i += 2) {
      const index = this.indices[i] as number;
      const [left, right] = index > 0 ? ["-", "->"] : ["<-", "-"];
      text += `${left}${this.rels[Math.abs(index) - 1]}${right}${this.nodes[this.indices[i + 1] as number]}`;
    }
    return text;
  }
}

function listOf<T>(
  type: abstract new (...fields: never[]) => T,
  list: readonly T[],
  what: string,
): readonly T[] {
  if (Array.isArray(list) && list.every((item) => item instanceof type)) return list;
  throw new RangeError(`${what} must be a list of ${what === "rels" ? "UnboundRelationship" : "Node"}`);
}
