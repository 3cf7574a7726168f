// The shape of a graph, as returned by the procedures that tools for language models call: apoc.meta.* and db.schema.*.
import { Node, Relationship } from "@bolt/protocol";
import type { PropertySchema, RelationshipSchema, Schema } from "./system-answers.ts";

type Rows = Record<string, unknown>[];

/** `apoc.meta.data`: a row for each property, and one for each way that relationships connect labels. */
export function metaData({ nodes, relationships }: Schema): Rows {
  const rows: Rows = [];
  for (const { label, properties = [] } of nodes) {
    for (const property of properties) rows.push(propertyRow(label, property, "node"));
    for (const [type, ends] of targetsOf(relationships, label)) {
      rows.push({ ...relationshipRow, label, property: type, other: ends, elementType: "node" });
    }
  }
  for (const [type, same] of byType(relationships)) {
    for (const property of propertiesOf(same)) rows.push(propertyRow(type, property, "relationship"));
    for (const from of new Set(same.map((one) => one.from))) {
      const other = same.filter((one) => one.from === from).map(({ to }) => to);
      rows.push({ ...relationshipRow, label: type, property: from, other, elementType: "relationship" });
    }
  }
  return rows;
}

const emptyRow = { count: 0, left: 0, right: 0, array: false, sample: null, other: [], otherLabels: [] };
const relationshipRow = { ...emptyRow, type: "RELATIONSHIP", unique: false, index: false, existence: false };

function propertyRow(label: string, property: PropertySchema, elementType: string): Record<string, unknown> {
  const { name, type, unique = false, indexed = false, mandatory = false } = property;
  return {
    ...emptyRow,
    label,
    property: name,
    type,
    unique,
    index: indexed,
    existence: mandatory,
    elementType,
  };
}

/** `apoc.meta.schema`: one map, of labels and relationship types alike. */
export function metaSchema({ nodes, relationships }: Schema): Rows {
  const value: Record<string, unknown> = {};
  for (const { label, count = 0, properties = [] } of nodes) {
    const ways: Record<string, unknown> = {};
    for (const [type, same] of byType(relationships.filter(({ from }) => from === label))) {
      ways[type] = {
        count: countOf(same),
        direction: "out",
        labels: same.map(({ to }) => to),
        properties: propertyMap(propertiesOf(same)),
      };
    }
    value[label] = {
      type: "node",
      count,
      labels: [],
      properties: propertyMap(properties),
      relationships: ways,
    };
  }
  for (const [type, same] of byType(relationships)) {
    value[type] = { type: "relationship", count: countOf(same), properties: propertyMap(propertiesOf(same)) };
  }
  return [{ value }];
}

function propertyMap(properties: readonly PropertySchema[]): Record<string, unknown> {
  return Object.fromEntries(
    properties.map(({ name, type, unique = false, indexed = false, mandatory = false }) => [
      name,
      { type, unique, indexed, existence: mandatory, array: false },
    ]),
  );
}

/** `db.schema.nodeTypeProperties`. */
export function nodeTypeProperties({ nodes }: Schema): Rows {
  return nodes.flatMap(({ label, properties = [] }): Rows => {
    const kind = { nodeType: `:\`${label}\``, nodeLabels: [label] };
    if (properties.length === 0)
      return [{ ...kind, propertyName: null, propertyTypes: null, mandatory: false }];
    return properties.map((property) => ({ ...kind, ...typed(property) }));
  });
}

/** `db.schema.relTypeProperties`. */
export function relTypeProperties({ relationships }: Schema): Rows {
  return [...byType(relationships)].flatMap(([type, same]): Rows => {
    const kind = { relType: `:\`${type}\`` };
    const properties = propertiesOf(same);
    if (properties.length === 0)
      return [{ ...kind, propertyName: null, propertyTypes: null, mandatory: false }];
    return properties.map((property) => ({ ...kind, ...typed(property) }));
  });
}

/** `db.schema.visualization`: a node for each label, a relationship for each way that they connect. */
export function visualization({ nodes, relationships }: Schema): Rows {
  const labels = new Set([
    ...nodes.map(({ label }) => label),
    ...relationships.flatMap(({ from, to }) => [from, to]),
  ]);
  // Negative, since these exist nowhere else: no real node or relationship has such an id.
  const places = new Map([...labels].map((label, at) => [label, -1 - at]));
  return [
    {
      nodes: [...places].map(
        ([name, id]) => new Node(id, [name], { name, indexes: [], constraints: [] }, String(id)),
      ),
      relationships: relationships.map(({ type, from, to }, at) => {
        const [id, start, end] = [-1 - at, places.get(from)!, places.get(to)!];
        return new Relationship(id, start, end, type, { name: type }, String(id), String(start), String(end));
      }),
    },
  ];
}

// These procedures name types as Java does: String, Long.
const typed = ({ name, type, mandatory = false }: PropertySchema): Record<string, unknown> => ({
  propertyName: name,
  propertyTypes: [
    type === "INTEGER" ? "Long" : type === "FLOAT" ? "Double" : type[0] + type.slice(1).toLowerCase(),
  ],
  mandatory,
});

function byType(relationships: readonly RelationshipSchema[]): Map<string, RelationshipSchema[]> {
  const types = new Map<string, RelationshipSchema[]>();
  for (const one of relationships) types.set(one.type, [...(types.get(one.type) ?? []), one]);
  return types;
}

function targetsOf(
  relationships: readonly RelationshipSchema[],
  label: string,
): [type: string, ends: string[]][] {
  const out = relationships.filter(({ from }) => from === label);
  return [...byType(out)].map(([type, same]) => [type, same.map(({ to }) => to)]);
}

const countOf = (same: readonly RelationshipSchema[]): number =>
  same.reduce((sum, { count = 0 }) => sum + count, 0);

/** The properties of a relationship type, each once, over all pairs of labels that it connects. */
function propertiesOf(same: readonly RelationshipSchema[]): PropertySchema[] {
  return [
    ...new Map(same.flatMap(({ properties = [] }) => properties).map((one) => [one.name, one])).values(),
  ];
}
