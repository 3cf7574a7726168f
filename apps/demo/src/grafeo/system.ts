// What Grafeo reports about itself, for tools that ask in Neo4j's terms: labels, counts, indexes, a schema.
// The system-query kit of @bolt/server knows those queries; this file does not.
import { type Context, Float } from "@bolt/server";
import type {
  ConstraintInfo,
  IndexInfo,
  NodeSchema,
  PropertySchema,
  RelationshipSchema,
  Schema,
  SystemAnswers,
} from "@bolt/server/system-queries";
import type { GrafeoDB } from "@grafeo-db/js";

/** Queries the engine, inside the client's transaction if there is one. */
export type Ask = (query: string, context: Context) => Promise<readonly (readonly unknown[])[]>;

interface Named {
  readonly name: string;
  readonly count: number;
}

/** What the engine's schema() returns. */
interface EngineSchema {
  readonly labels: readonly Named[];
  readonly edge_types: readonly Named[];
  readonly property_keys: readonly string[];
}

/** How many nodes of a label, or relationships of a type, are read to find out their properties. */
const SAMPLE = 100;

export function systemAnswers(db: GrafeoDB, ask: Ask): SystemAnswers {
  const schema = (): EngineSchema => db.schema() as EngineSchema;
  const count = async (query: string, context: Context): Promise<number> => {
    const [row] = await ask(query, context);
    return Number(row?.[0] ?? 0);
  };
  return {
    labels: () => schema().labels.map(({ name }) => name),
    relationshipTypes: () => schema().edge_types.map(({ name }) => name),
    propertyKeys: () => schema().property_keys,
    counts: async (context) => ({
      nodes: await count("MATCH (n) RETURN count(n)", context),
      relationships: await count("MATCH ()-[r]->() RETURN count(r)", context),
    }),
    indexes: async (context) => (await ask("SHOW INDEXES", context)).map(indexOf),
    constraints: async (context) => (await ask("SHOW CONSTRAINTS", context)).map(constraintOf),
    schema: async (context): Promise<Schema> => {
      const { labels, edge_types: types } = schema();
      const nodes: NodeSchema[] = [];
      for (const label of labels) nodes.push(await nodesOf(label, (query) => ask(query, context)));
      const relationships: RelationshipSchema[] = [];
      for (const type of types)
        relationships.push(...(await relationshipsOf(type, (query) => ask(query, context))));
      return { nodes, relationships };
    },
  };
}

// Columns: name, type, label, property (for constraints a comma-separated list).

function indexOf([name, , label, property]: readonly unknown[]): IndexInfo {
  return { name: String(name), labelsOrTypes: [String(label)], properties: list(property) };
}

function constraintOf([name, type, label, properties]: readonly unknown[]): ConstraintInfo {
  return {
    name: String(name),
    type: CONSTRAINTS[String(type)] ?? String(type).replaceAll(" ", "_"),
    labelsOrTypes: [String(label)],
    properties: list(properties),
  };
}

const CONSTRAINTS: Readonly<Record<string, string>> = {
  UNIQUE: "UNIQUENESS",
  "NOT NULL": "NODE_PROPERTY_EXISTENCE",
  EXISTS: "NODE_PROPERTY_EXISTENCE",
};

const list = (text: unknown): string[] =>
  String(text)
    .split(",")
    .map((part) => part.trim());

// The schema.

type AskHere = (query: string) => Promise<readonly (readonly unknown[])[]>;

const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

async function nodesOf({ name, count }: Named, ask: AskHere): Promise<NodeSchema> {
  const rows = await ask(`MATCH (n:${quoted(name)}) RETURN properties(n) LIMIT ${SAMPLE}`);
  return { label: name, count, properties: propertiesOf(rows.map(([properties]) => properties)) };
}

/** One for each pair of labels that the type connects. */
async function relationshipsOf({ name }: Named, ask: AskHere): Promise<RelationshipSchema[]> {
  const rows = await ask(
    `MATCH (a)-[r:${quoted(name)}]->(b) RETURN labels(a), labels(b), properties(r) LIMIT ${SAMPLE}`,
  );
  const pairs = new Map<string, { from: string; to: string; seen: unknown[] }>();
  for (const [from, to, properties] of rows) {
    for (const one of from as string[]) {
      for (const other of to as string[]) {
        const key = JSON.stringify([one, other]);
        const pair = pairs.get(key) ?? { from: one, to: other, seen: [] };
        pairs.set(key, pair);
        pair.seen.push(properties);
      }
    }
  }
  return [...pairs.values()].map(({ from, to, seen }) => ({
    type: name,
    from,
    to,
    count: seen.length,
    properties: propertiesOf(seen),
  }));
}

function propertiesOf(samples: readonly unknown[]): PropertySchema[] {
  const types = new Map<string, string>();
  for (const sample of samples) {
    for (const [key, value] of Object.entries(sample ?? {}))
      if (!types.has(key)) types.set(key, typeOf(value));
  }
  // The engine returns properties in no particular order.
  return [...types].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => ({ name, type }));
}

/** The names that `apoc.meta.data` has for types. */
function typeOf(value: unknown): string {
  if (typeof value === "string") return "STRING";
  if (typeof value === "boolean") return "BOOLEAN";
  if (value instanceof Float) return "FLOAT";
  if (typeof value === "number" || typeof value === "bigint") return "INTEGER";
  if (Array.isArray(value)) return "LIST";
  return TEMPORAL[value?.constructor.name ?? ""] ?? "ANY";
}

const TEMPORAL: Readonly<Record<string, string>> = {
  Date: "DATE",
  Time: "TIME",
  LocalTime: "LOCAL_TIME",
  DateTime: "DATE_TIME",
  DateTimeZoneId: "DATE_TIME",
  LocalDateTime: "LOCAL_DATE_TIME",
  Duration: "DURATION",
};
