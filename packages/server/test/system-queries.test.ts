// What tools ask when they connect, word for word as they ask it.
import { describe, expect, test } from "vitest";
import type { Backend, Node, Relationship, Transaction } from "../src/index.ts";
import { type SystemAnswers, withSystemQueries } from "../src/system-queries/index.ts";
import { failureOf, meet, metadata } from "./test-client.ts";

const answers: SystemAnswers = {
  labels: () => ["Person", "Movie"],
  relationshipTypes: () => Promise.resolve(["ACTED_IN"]),
  propertyKeys: () => ["name", "title"],
  counts: () => ({ nodes: 171, relationships: 253 }),
  indexes: () => [
    { name: "people", labelsOrTypes: ["Person"], properties: ["name"], owningConstraint: "unique_name" },
    { name: "plots", type: "VECTOR", labelsOrTypes: ["Movie"], properties: ["plot"], options: { dims: 3 } },
  ],
  constraints: () => [
    { name: "unique_name", labelsOrTypes: ["Person"], properties: ["name"], ownedIndex: "people" },
    { name: "has_title", type: "NODE_PROPERTY_EXISTENCE", labelsOrTypes: ["Movie"], properties: ["title"] },
  ],
  functions: () => [{ name: "toLower", signature: "toLower(x) :: STRING", description: "d" }],
  procedures: () => [{ name: "my.own", description: "mine", mode: "WRITE" }],
  databases: () => [{ name: "movies", default: true }],
  config: () => ({ "browser.post_connect_cmd": "play" }),
  schema: () => ({
    nodes: [
      { label: "Person", count: 2, properties: [{ name: "name", type: "STRING", unique: true }] },
      { label: "Movie", count: 1, properties: [{ name: "year", type: "INTEGER" }] },
    ],
    relationships: [
      {
        type: "ACTED_IN",
        from: "Person",
        to: "Movie",
        count: 3,
        properties: [{ name: "role", type: "STRING" }],
      },
    ],
  }),
};

/** Asks over Bolt; a query that is passed on to the backend comes back as the row. */
async function ask(
  query: string,
  {
    parameters = {},
    db = undefined as string | undefined,
    told = answers,
    inside = false,
    begin = true,
  } = {},
) {
  const transaction: Transaction = {
    run: ({ query: text }) => ({ keys: ["passed on"], records: [[text]] }),
    commit: () => {},
    rollback: () => {},
  };
  const backend: Backend<string> = {
    authenticate: ({ principal }) => principal,
    run: ({ query: text }) => ({ keys: ["passed on"], records: [[text]] }),
    ...(begin && { begin: () => transaction }),
  };
  const { client } = meet(withSystemQueries(backend, told), { version: "5.4" });
  await client.login(
    { scheme: "basic", principal: "ann", credentials: "x" },
    { routing: { address: "db.example:7687" } },
  );
  const extra = db === undefined ? {} : { db };
  const replies = await client.say((c) => {
    if (inside) c.begin({ ...extra, mode: "r" });
    c.run(query, parameters, inside ? {} : extra);
    c.pull();
    if (inside) c.commit();
  });
  const [run, pull] = inside ? replies.slice(1) : replies;
  const fields = run && "code" in run.response ? [] : metadata(run).fields;
  const records = pull?.records ?? [];
  return {
    run,
    pull,
    fields,
    records,
    objects: records.map((record) => Object.fromEntries(record.map((value, i) => [fields![i], value]))),
  };
}

describe("Neo4j Browser", () => {
  test("components, by name", async () => {
    const { fields, records } = await ask("CALL dbms.components() YIELD name, versions, edition", {
      db: "system",
    });
    expect(fields).toEqual(["name", "versions", "edition"]);
    expect(records).toEqual([["Neo4j Kernel", ["5.26.0"], "community"]]);
  });

  test("labels, types and keys, in one column", async () => {
    const query = `CALL db.labels() YIELD label
RETURN {name:'labels', data:COLLECT(label)[..1000]} AS result
UNION ALL
CALL db.relationshipTypes() YIELD relationshipType
RETURN {name:'relationshipTypes', data:COLLECT(relationshipType)[..1000]} AS result
UNION ALL
CALL db.propertyKeys() YIELD propertyKey
RETURN {name:'propertyKeys', data:COLLECT(propertyKey)[..1000]} AS result`;
    const { fields, records } = await ask(query, { inside: true });
    expect(fields).toEqual(["result"]);
    expect(records).toEqual([
      [{ name: "labels", data: ["Person", "Movie"] }],
      [{ name: "relationshipTypes", data: ["ACTED_IN"] }],
      [{ name: "propertyKeys", data: ["name", "title"] }],
    ]);
  });

  test("counts of nodes and relationships", async () => {
    const query =
      "MATCH () RETURN { name:'nodes', data:count(*) } AS result UNION ALL MATCH ()-[]->() RETURN { name:'relationships', data: count(*)} AS result";
    expect((await ask(query)).records).toEqual([
      [{ name: "nodes", data: 171 }],
      [{ name: "relationships", data: 253 }],
    ]);
  });

  test("databases, on system, which is always there", async () => {
    const { objects } = await ask("SHOW DATABASES", { db: "SYSTEM", inside: true });
    expect(objects).toMatchObject([
      {
        name: "movies",
        default: true,
        home: true,
        currentStatus: "online",
        address: "db.example:7687",
        type: "standard",
      },
      { name: "system", default: false, type: "system", access: "read-write" },
    ]);
    expect(Object.keys(objects[0] ?? {})).toEqual(
      "name type aliases access address role writer requestedStatus currentStatus statusMessage default home constituents".split(
        " ",
      ),
    );
  });

  test("the role of a database", async () => {
    expect(
      (await ask('SHOW DATABASES YIELD role, name WHERE name = "movies"', { db: "system" })).records,
    ).toEqual([["primary", "movies"]]);
  });

  test("procedures and functions", async () => {
    const { fields, objects } = await ask("SHOW PROCEDURES yield name, description, signature", {
      db: "system",
    });
    expect(fields).toEqual(["name", "description", "signature"]);
    expect(objects).toContainEqual({ name: "my.own", description: "mine", signature: "my.own()" });
    expect(objects.map(({ name }) => name)).toContain("dbms.components");
    // As Neo4j Browser takes them apart; it stops working over one that it cannot.
    for (const { name, signature } of objects.filter((one) => one["name"] !== "my.own")) {
      const [, results] = /^[\w.]+\([^)]*\) :: \((.*)\)$/.exec(String(signature)) ?? [];
      expect(results?.split(", "), String(name)).toSatisfy((parts: string[]) =>
        parts.every((part) => / :: /.test(part)),
      );
    }
    expect((await ask("SHOW FUNCTIONS yield name, description, signature")).records).toEqual([
      ["toLower", "d", "toLower(x) :: STRING"],
    ]);
    expect((await ask("CALL dbms.functions()")).fields).toEqual([
      "name",
      "signature",
      "category",
      "description",
      "aggregating",
    ]);
    expect((await ask("CALL dbms.procedures()")).records.length).toBeGreaterThan(10);
  });

  test("settings, user, licence", async () => {
    expect((await ask("CALL dbms.clientConfig()", { db: "system" })).records).toEqual([
      ["browser.post_connect_cmd", "play"],
    ]);
    expect((await ask("CALL dbms.listConfig('nothing')")).records).toEqual([]);
    expect((await ask("CALL dbms.showCurrentUser()")).objects).toEqual([
      { username: "ann", roles: [], flags: [] },
    ]);
    expect((await ask("CALL dbms.licenseAgreementDetails()")).objects).toEqual([
      { status: "yes", daysLeftOnTrial: 0, totalTrialDays: 0 },
    ]);
  });

  test("what it may not ask of system fails with the code that it expects", async () => {
    const { run } = await ask("CALL dbms.cluster.overview()", { db: "system" });
    expect(failureOf(run).code).toBe("Neo.ClientError.Procedure.ProcedureNotFound");
    expect(failureOf((await ask("MATCH (n) RETURN n", { db: "system", inside: true })).run).code).toContain(
      "Unsupported",
    );
  });
});

describe("cypher-shell", () => {
  test("ping, versions", async () => {
    const { objects, pull } = await ask("CALL db.ping()");
    expect(objects).toEqual([{ success: true }]);
    expect(metadata(pull)).toMatchObject({ type: "r", db: "neo4j" });
    expect((await ask("CALL dbms.components() YIELD versions")).records).toEqual([[["5.26.0"]]]);
  });
});

test("as many rows as the budget allows", async () => {
  const items = Array.from({ length: 150_000 }, (_, i) => i);
  const { records } = await ask("CALL db.ping() YIELD success UNWIND $items AS x RETURN x", {
    parameters: { items },
  });
  expect(records).toHaveLength(150_000);
});

test("neomodel", async () => {
  const { fields, records } = await ask(
    "CALL dbms.components() yield versions, edition return versions[0], edition",
  );
  expect(fields).toEqual(["versions[0]", "edition"]);
  expect(records).toEqual([["5.26.0", "community"]]);
});

describe("@neo4j/graphql", () => {
  test("version", async () => {
    const query =
      "CYPHER 5\nCALL dbms.components() YIELD versions, edition UNWIND versions AS version RETURN version, edition";
    expect((await ask(query)).records).toEqual([["5.26.0", "community"]]);
  });

  test("functions, constraints, indexes", async () => {
    expect(
      (await ask("CYPHER 5\nSHOW FUNCTIONS YIELD name WHERE name IN ['toLower', 'x'] RETURN name")).records,
    ).toEqual([["toLower"]]);
    expect((await ask("SHOW UNIQUE CONSTRAINTS")).objects.map(({ name }) => name)).toEqual(["unique_name"]);
    expect((await ask("SHOW NODE PROPERTY EXISTENCE CONSTRAINTS")).objects.map(({ name }) => name)).toEqual([
      "has_title",
    ]);
    expect(
      (await ask("SHOW INDEXES YIELD name AS name, type AS type, populationPercent")).records[0],
    ).toEqual(["people", "RANGE", 100]);
  });
});

describe("language models' tools", () => {
  test("indexes for vectors", async () => {
    const { objects } = await ask("SHOW VECTOR INDEXES YIELD name, labelsOrTypes, properties, options");
    expect(objects).toEqual([
      { name: "plots", labelsOrTypes: ["Movie"], properties: ["plot"], options: { dims: 3 } },
    ]);
  });

  test("LangChain's three questions", async () => {
    const nodes = `CALL apoc.meta.data()
YIELD label, other, elementType, type, property
WHERE NOT type = "RELATIONSHIP" AND elementType = "node"
  AND NOT label IN $EXCLUDED_LABELS
WITH label AS nodeLabels, collect({property:property, type:type}) AS properties
RETURN {labels: nodeLabels, properties: properties} AS output`;
    const parameters = { EXCLUDED_LABELS: ["Movie"] };
    expect((await ask(nodes, { parameters })).records).toEqual([
      [{ labels: "Person", properties: [{ property: "name", type: "STRING" }] }],
    ]);
    const types = `CALL apoc.meta.data()
YIELD label, other, elementType, type, property
WHERE NOT type = "RELATIONSHIP" AND elementType = "relationship"
  AND NOT label in $EXCLUDED_LABELS
WITH label AS nodeLabels, collect({property:property, type:type}) AS properties
RETURN {type: nodeLabels, properties: properties} AS output`;
    expect((await ask(types, { parameters })).records).toEqual([
      [{ type: "ACTED_IN", properties: [{ property: "role", type: "STRING" }] }],
    ]);
    const ways = `CALL apoc.meta.data()
YIELD label, other, elementType, type, property
WHERE type = "RELATIONSHIP" AND elementType = "node"
UNWIND other AS other_node
WITH * WHERE NOT label IN $EXCLUDED_LABELS
    AND NOT other_node IN $EXCLUDED_LABELS
RETURN {start: label, type: property, end: toString(other_node)} AS output`;
    expect((await ask(ways, { parameters: { EXCLUDED_LABELS: [] } })).records).toEqual([
      [{ start: "Person", type: "ACTED_IN", end: "Movie" }],
    ]);
  });

  test("the schema as a map", async () => {
    const { records } = await ask("CALL apoc.meta.schema({sample: 1000}) YIELD value RETURN value");
    expect(records[0]?.[0]).toMatchObject({
      Person: {
        type: "node",
        count: 2,
        properties: { name: { type: "STRING", unique: true } },
        relationships: { ACTED_IN: { direction: "out", labels: ["Movie"] } },
      },
      ACTED_IN: { type: "relationship", count: 3 },
    });
  });

  test("properties by kind", async () => {
    expect((await ask("CALL db.schema.nodeTypeProperties()")).objects[1]).toEqual({
      nodeType: ":`Movie`",
      nodeLabels: ["Movie"],
      propertyName: "year",
      propertyTypes: ["Long"],
      mandatory: false,
    });
    expect((await ask("CALL db.schema.relTypeProperties() YIELD relType RETURN relType")).records).toEqual([
      [":`ACTED_IN`"],
    ]);
  });

  test("labels and types without properties are listed, too", async () => {
    const bare = {
      nodes: [{ label: "Tag", count: 1 }],
      relationships: [{ type: "HAS", from: "Tag", to: "Tag", count: 1 }],
    };
    const told = { ...answers, schema: () => bare };
    const none = { propertyName: null, propertyTypes: null, mandatory: false };
    expect((await ask("CALL db.schema.nodeTypeProperties()", { told })).objects).toEqual([
      { nodeType: ":`Tag`", nodeLabels: ["Tag"], ...none },
    ]);
    expect((await ask("CALL db.schema.relTypeProperties()", { told })).objects).toEqual([
      { relType: ":`HAS`", ...none },
    ]);
  });

  test("the graph of labels and types, as Neo4j Browser draws it", async () => {
    const { objects } = await ask("CALL db.schema.visualization()");
    const [{ nodes, relationships }] = objects as [{ nodes: Node[]; relationships: Relationship[] }];
    expect(nodes.map(({ labels, properties }) => [labels, properties["name"]])).toEqual([
      [["Person"], "Person"],
      [["Movie"], "Movie"],
    ]);
    expect(relationships).toHaveLength(1);
    const [acted] = relationships as [Relationship];
    expect(acted).toMatchObject({ type: "ACTED_IN", properties: { name: "ACTED_IN" } });
    expect([acted.startNodeId, acted.endNodeId]).toEqual(nodes.map(({ id }) => id));
    expect(acted.endNodeElementId).toBe(nodes[1]!.elementId);
    expect((await ask("CALL db.schema.visualization()", { told: {} })).records).toEqual([
      ["CALL db.schema.visualization()"],
    ]);
  });
});

test("NeoDash", async () => {
  const databases =
    'SHOW DATABASES yield name, currentStatus WHERE currentStatus = "online" RETURN DISTINCT name';
  expect((await ask(databases)).records).toEqual([["movies"], ["system"]]);
  const labels =
    "CALL db.labels() YIELD label WITH label as nodeLabel WHERE toLower(nodeLabel) CONTAINS toLower($input) RETURN DISTINCT nodeLabel LIMIT 5";
  expect((await ask(labels, { parameters: { input: "PER" } })).records).toEqual([["Person"]]);
});

describe("databases by name", () => {
  test.each([
    ["SHOW DATABASE movies", ["movies"]],
    ["SHOW DATABASE $db", ["movies"]],
    ["SHOW DEFAULT DATABASE", ["movies"]],
    ["SHOW HOME DATABASE", ["movies"]],
    ["SHOW DATABASE nope", []],
  ])("%s", async (query, names) => {
    expect((await ask(query, { parameters: { db: "Movies" } })).objects.map(({ name }) => name)).toEqual(
      names,
    );
  });

  test("the user has a home", async () => {
    expect((await ask("SHOW CURRENT USER")).objects).toMatchObject([{ user: "ann", home: "movies" }]);
  });
});

describe("the backend gets", () => {
  test.each([
    "RETURN 1",
    "MATCH (n) RETURN n",
    "CALL my.own()",
    "CALL db.labels() YIELD label MATCH (n) RETURN n",
    "SHOW USERS",
    "EXPLAIN SHOW DATABASES",
    "CALL db.labels() YIELD nope",
  ])("%s, inside a transaction or not", async (query) => {
    for (const inside of [true, false]) expect((await ask(query, { inside })).records).toEqual([[query]]);
  });

  test("other queries after any number of comments, quickly", async () => {
    const query = `${"/**/".repeat(900)}x`;
    const start = performance.now();
    expect((await ask(query)).records).toEqual([[query]]);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("queries whose answer is missing, unless it has a default", async () => {
    const query = "CALL db.labels()";
    expect((await ask(query, { told: {} })).records).toEqual([[query]]);
    expect((await ask("CALL dbms.components()", { told: {} })).records).toHaveLength(1);
    expect((await ask("SHOW DATABASES YIELD name", { told: {} })).records).toEqual([["neo4j"], ["system"]]);
  });
});

test.each(["// a line\n", "/* several\n lines, with a * */ ", "/**/ //\n\t"])(
  "%j may come before",
  async (comment) => {
    expect((await ask(`${comment}CALL db.labels()`)).fields).toEqual(["label"]);
  },
);

test("a transaction keeps the name of its home database", async () => {
  const nothing = (): void => {};
  const run = () => ({ keys: [] });
  const backend = withSystemQueries({
    run,
    begin: () => ({ run, commit: nothing, rollback: nothing, database: "movies" }),
  });
  const { client } = meet(backend, { version: "5.8" });
  await client.login();
  expect(metadata((await client.say((c) => c.begin()))[0])["db"]).toBe("movies");
});

test("an engine without transactions has some for tools, and none for others", async () => {
  expect((await ask("CALL db.ping()", { inside: true, begin: false })).records).toEqual([[true]]);
  expect(failureOf((await ask("RETURN 1", { inside: true, begin: false })).run).message).toContain(
    "no explicit transactions",
  );
});

test("a callback that fails is a failure like any other", async () => {
  const told = { labels: () => Promise.reject(new Error("x")) };
  expect(failureOf((await ask("CALL db.labels()", { told })).run).code).toBe(
    "Neo.DatabaseError.General.UnknownError",
  );
});
