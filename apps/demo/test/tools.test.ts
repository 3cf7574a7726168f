// What tools ask the embedded database when they connect: Neo4j Browser, cypher-shell, neomodel, @neo4j/graphql,
// LangChain, NeoDash. The queries are theirs, word for word.
import { driver, type Driver } from "@bolt/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Embedded, serveEmbedded } from "../src/embedded.ts";

let embedded: Embedded;
let db: Driver;

beforeAll(async () => {
  embedded = await serveEmbedded({ login: undefined, port: 0 });
  db = driver(embedded.uri);
  await db.executeQuery(
    "CREATE (:Person {name: 'Ann', age: 40})-[:LIVES_IN {since: 1.5}]->(:City {name: 'Rome'})",
  );
  await db.executeQuery("CREATE CONSTRAINT one_name FOR (n:City) REQUIRE n.name IS UNIQUE");
});
afterAll(async () => {
  await db.close();
  await embedded.close();
});

async function rows(query: string, database?: string): Promise<Record<string, unknown>[]> {
  await using session = db.session({ mode: "read", ...(database !== undefined && { database }) });
  // Most tools use transactions.
  return session.executeRead(async (tx) => (await tx.run(query)).records);
}

describe("Neo4j Browser", () => {
  test("its sidebar", async () => {
    const [labels, types, keys] = await rows(`
      CALL db.labels() YIELD label
      RETURN {name:'labels', data:COLLECT(label)[..1000]} AS result
      UNION ALL
      CALL db.relationshipTypes() YIELD relationshipType
      RETURN {name:'relationshipTypes', data:COLLECT(relationshipType)[..1000]} AS result
      UNION ALL
      CALL db.propertyKeys() YIELD propertyKey
      RETURN {name:'propertyKeys', data:COLLECT(propertyKey)[..1000]} AS result`);
    expect(labels).toEqual({ result: { name: "labels", data: ["Person", "City"] } });
    expect(types).toEqual({ result: { name: "relationshipTypes", data: ["LIVES_IN"] } });
    expect((keys!["result"] as { data: string[] }).data.toSorted()).toEqual(["age", "name", "since"]);
  });

  const COUNTS = `MATCH () RETURN { name:'nodes', data:count(*) } AS result
    UNION ALL
    MATCH ()-[]->() RETURN { name:'relationships', data: count(*)} AS result`;

  test("counts", async () => {
    expect(await rows(COUNTS)).toEqual([
      { result: { name: "nodes", data: 2 } },
      { result: { name: "relationships", data: 1 } },
    ]);
  });

  test("counts inside a transaction include its changes", async () => {
    const transaction = await db.session().beginTransaction();
    await transaction.run("CREATE (:Person)-[:KNOWS]->(:Person)");
    const { records } = await transaction.run(COUNTS);
    expect(records.map(({ result }) => (result as { data: number }).data)).toEqual([4, 2]);
    await transaction.rollback();
    expect(await rows(COUNTS)).toMatchObject([{ result: { data: 2 } }, { result: { data: 1 } }]);
  });

  test("databases, components, settings, user, procedures", async () => {
    const databases = await rows("SHOW DATABASES", "SYSTEM");
    expect(databases.map(({ name, currentStatus }) => [name, currentStatus])).toEqual([
      ["neo4j", "online"],
      ["system", "online"],
    ]);
    const [component] = await rows("CALL dbms.components() YIELD name, versions, edition", "system");
    expect(component).toEqual({ name: "Neo4j Kernel", versions: ["5.26.0"], edition: "community" });
    expect(await rows("CALL dbms.clientConfig()", "system")).toBeInstanceOf(Array);
    const [user] = await rows("CALL dbms.showCurrentUser()", "system");
    expect(user).toMatchObject({ username: "neo4j" });
    const procedures = await rows("SHOW PROCEDURES yield name, description, signature", "system");
    expect(procedures.map(({ name }) => name)).toContain("db.labels");
    expect(await rows("SHOW FUNCTIONS yield name, description, signature", "system")).toBeInstanceOf(Array);
  });
});

test("cypher-shell", async () => {
  expect(await rows("CALL db.ping()")).toEqual([{ success: true }]);
  expect(await rows("CALL dbms.licenseAgreementDetails()")).toHaveLength(1);
});

test("neomodel", async () => {
  const query = "CALL dbms.components() yield versions, edition return versions[0], edition";
  expect(await rows(query)).toEqual([{ "versions[0]": "5.26.0", edition: "community" }]);
});

test("@neo4j/graphql", async () => {
  const query =
    "CALL dbms.components() YIELD versions, edition UNWIND versions AS version RETURN version, edition";
  expect(await rows(query)).toEqual([{ version: "5.26.0", edition: "community" }]);
  const [constraint] = await rows("SHOW UNIQUE CONSTRAINTS");
  expect(constraint).toMatchObject({
    name: "one_name",
    type: "UNIQUENESS",
    labelsOrTypes: ["City"],
    properties: ["name"],
  });
  expect(
    await rows("SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, options"),
  ).toBeInstanceOf(Array);
});

test("LangChain asks for a schema", async () => {
  const data = await rows(
    "CALL apoc.meta.data() YIELD label, other, elementType, type, property WHERE NOT type = 'RELATIONSHIP' AND elementType = 'node' WITH label AS nodeLabels, collect({property:property, type:type}) AS properties RETURN {labels: nodeLabels, properties: properties} AS output",
  );
  expect(data).toContainEqual({
    output: {
      labels: "Person",
      properties: [
        { property: "age", type: "INTEGER" },
        { property: "name", type: "STRING" },
      ],
    },
  });
});

test("NeoDash", async () => {
  const query = `SHOW DATABASES yield name, currentStatus WHERE currentStatus = "online" RETURN DISTINCT name`;
  expect(await rows(query, "system")).toContainEqual({ name: "neo4j" });
});
