import { Float, type Metadata } from "@bolt/protocol";
import { expect, test } from "vitest";
import { Summary } from "./summary.ts";

const server = { address: "h:7687", agent: "Neo4j/5.26.0", protocolVersion: "5.8" };

const summary = (ended: Metadata, started: Metadata = {}, rows = false): Summary =>
  new Summary({ query: "q", parameters: { secret: 1 }, server, started, ended, rows });

test("counters are complete", () => {
  expect(summary({}).counters).toEqual({
    nodesCreated: 0,
    nodesDeleted: 0,
    relationshipsCreated: 0,
    relationshipsDeleted: 0,
    propertiesSet: 0,
    labelsAdded: 0,
    labelsRemoved: 0,
    indexesAdded: 0,
    indexesRemoved: 0,
    constraintsAdded: 0,
    constraintsRemoved: 0,
    systemUpdates: 0,
    containsUpdates: false,
    containsSystemUpdates: false,
  });
  const stats = { "nodes-created": 2, "labels-added": 3n, "system-updates": 1 };
  expect(summary({ stats }).counters).toMatchObject({
    nodesCreated: 2,
    labelsAdded: 3,
    containsUpdates: true,
    containsSystemUpdates: true,
  });
});

test("the server's own flag for updates overrides the counters", () => {
  expect(summary({ stats: { "contains-updates": true } }).counters.containsUpdates).toBe(true);
  const stats = { "system-updates": 2, "contains-system-updates": false, "contains-updates": false };
  expect(summary({ stats }).counters).toMatchObject({ containsUpdates: false, containsSystemUpdates: false });
});

test("plans are trees, with or without children", () => {
  const plan = {
    operatorType: "ProduceResults@neo4j",
    identifiers: ["n"],
    args: { planner: "COST" },
    children: [{ operatorType: "AllNodesScan@neo4j", identifiers: ["n"], args: {} }],
  };
  expect(summary({ plan }).plan).toEqual({
    operatorType: "ProduceResults@neo4j",
    identifiers: ["n"],
    arguments: { planner: "COST" },
    children: [{ operatorType: "AllNodesScan@neo4j", identifiers: ["n"], arguments: {}, children: [] }],
  });
  expect(summary({ plan }).profile).toBeUndefined();
  expect(summary({}).plan).toBeUndefined();
});

test("a profile is a plan with figures", () => {
  const profile = {
    operatorType: "X",
    dbHits: 5n,
    rows: 2,
    pageCacheHitRatio: new Float(0.5),
    children: [{ operatorType: "Y", rows: 1 }],
  };
  const { plan, profile: seen } = summary({ profile });
  expect(seen).toMatchObject({
    dbHits: 5,
    rows: 2,
    pageCacheHitRatio: 0.5,
    time: undefined,
    identifiers: [],
  });
  expect(seen?.children[0]).toMatchObject({ operatorType: "Y", rows: 1 });
  expect(plan).toEqual(seen);
});

test("notifications and statuses are translated both ways", () => {
  const notification = {
    code: "Neo.ClientNotification.X.Y",
    title: "t",
    description: "d",
    severity: "WARNING",
  };
  const old = summary({ notifications: [notification] }, { fields: ["a"] }, true);
  expect(old.notifications).toEqual([notification]);
  expect(old.gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual(["01N42", "00000"]);
  expect(summary({}, { fields: ["a"] }).gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual([
    "02000",
  ]);
  expect(summary({}, { fields: [] }).gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual(["00001"]);
  const status = {
    gqlStatus: "01N50",
    statusDescription: "warn: label",
    neo4jCode: "Neo.ClientNotification.X.Y",
    title: "t",
    diagnosticRecord: { _severity: "WARNING", _classification: "UNRECOGNIZED" },
  };
  const young = summary({ statuses: [status] });
  expect(young.gqlStatusObjects).toEqual([status]);
  expect(young.notifications).toMatchObject([
    { code: status.neo4jCode, severity: "WARNING", category: "UNRECOGNIZED" },
  ]);
});

test("timings, type, database and bookmark", () => {
  const made = summary({ tLast: 3n, type: "rw", db: "movies", bookmark: "b" }, { tFirst: 2, db: "other" });
  expect(made).toMatchObject({
    availableAfterMs: 2,
    consumedAfterMs: 3,
    type: "rw",
    database: "movies",
    bookmark: "b",
    server,
    query: { text: "q", parameters: { secret: 1 } },
  });
  expect(summary({}, { db: "home" }).database).toBe("home");
  expect(summary({}).availableAfterMs).toBeUndefined();
});

test("prints without the parameters", () => {
  const text = JSON.stringify(summary({ type: "r" }));
  expect(text).toContain('"query":"q"');
  expect(text).not.toContain("secret");
});

test("metadata beyond the specification is kept under its own name", () => {
  const { extra } = summary({ type: "r", db: "memgraph", tLast: 1, planning_time: 0.5, cost_estimate: 7 });
  expect(extra).toEqual({ planning_time: 0.5, cost_estimate: 7 });
  expect(summary({ type: "r" }).toJSON()).not.toHaveProperty("extra");
  expect(summary({ planning_time: 0.5 }).toJSON()).toMatchObject({ extra: { planning_time: 0.5 } });
});
