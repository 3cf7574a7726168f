// What a program written with @neo4j/graphql does: a schema from types, mutations and queries through it. It reports
// through the JavaScript driver's report.mjs; src/tools.ts starts it and tells where the packages are.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { check, checkSame, runAll, Skip, target } from "../javascript/report.mjs";

const require = createRequire(join(process.env.BOLT_MODULES, "package.json"));
// @boundaries-ignore installed beside it in the cache
const { Neo4jGraphQL } = require("@neo4j/graphql");
// @boundaries-ignore installed beside it in the cache
const { graphql } = require("graphql");
const neo4j = require("neo4j-driver");

const run = `graphql-${randomUUID()}`; // marks the nodes of this run
const driver = neo4j.driver(target.uri, neo4j.auth.basic(target.user, target.password));
const typeDefs = `
  type InteropPerson @node {
    run: String!
    name: String!
    born: Int
    knows: [InteropPerson!]! @relationship(type: "KNOWS", direction: OUT)
  }`;
const library = new Neo4jGraphQL({ typeDefs, driver });
let schema;

async function ask(source) {
  const result = await graphql({ schema, source, variableValues: { run }, contextValue: {} });
  if (result.errors) throw result.errors[0].originalError ?? result.errors[0];
  return JSON.parse(JSON.stringify(result.data)); // its objects have no prototype
}

const scenarios = {
  async connect() {
    schema = await library.getSchema();
    const { agent } = await driver.getServerInfo();
    return agent;
  },

  /** The library's own check of a database: version, and the APOC functions that some queries need. */
  async compatible() {
    try {
      await library.checkNeo4jCompat({ driver });
    } catch (error) {
      if (/\n.*\n/.test(error.message) || !error.message.includes("Missing APOC")) throw error;
      throw new Skip("all but APOC, which is not there");
    }
  },

  async constraints() {
    await library.assertIndexesAndConstraints({ driver });
  },

  async "write-read"() {
    const written = await ask(
      `mutation ($run: String!) { createInteropPeople(input: [{ run: $run, name: "Ann", born: 1920 }]) { interopPeople { name born } } }`,
    );
    checkSame(written.createInteropPeople.interopPeople, [{ name: "Ann", born: 1920 }], "written");
    const read = await ask(
      `query ($run: String!) { interopPeople(where: { run: { eq: $run } }) { name born } }`,
    );
    checkSame(read.interopPeople, [{ name: "Ann", born: 1920 }], "read");
  },

  async update() {
    const written = await ask(
      `mutation ($run: String!) { updateInteropPeople(where: { run: { eq: $run } }, update: { born: { set: 1921 } }) { interopPeople { born } } }`,
    );
    checkSame(written.updateInteropPeople.interopPeople, [{ born: 1921 }]);
  },

  async related() {
    await ask(
      `mutation ($run: String!) { createInteropPeople(input: [{ run: $run, name: "Bob", knows: { create: [{ node: { run: $run, name: "Cid" } }] } }]) { interopPeople { name } } }`,
    );
    const read = await ask(
      `query ($run: String!) { interopPeople(where: { run: { eq: $run }, name: { eq: "Bob" } }) { name knows { name } } }`,
    );
    checkSame(read.interopPeople, [{ name: "Bob", knows: [{ name: "Cid" }] }]);
  },

  async "related-read"() {
    await driver.executeQuery(
      `CREATE (:InteropPerson {run: $run, name: "Dan"})-[:KNOWS]->(:InteropPerson {run: $run, name: "Eve"})`,
      { run },
    );
    const read = await ask(
      `query ($run: String!) { interopPeople(where: { run: { eq: $run }, name: { eq: "Dan" } }) { name knows { name } } }`,
    );
    checkSame(read.interopPeople, [{ name: "Dan", knows: [{ name: "Eve" }] }]);
  },

  async query() {
    const read = await ask(
      `query ($run: String!) { interopPeople(where: { run: { eq: $run }, born: { gt: 1900 } }, sort: [{ name: ASC }], limit: 2) { name } }`,
    );
    checkSame(read.interopPeople, [{ name: "Ann" }]);
  },

  async connection() {
    const read = await ask(
      `query ($run: String!) { interopPeopleConnection(where: { run: { eq: $run }, name: { eq: "Ann" } }) { edges { node { name } } } }`,
    );
    checkSame(read.interopPeopleConnection, { edges: [{ node: { name: "Ann" } }] });
  },

  async aggregate() {
    const read = await ask(
      `query ($run: String!) { interopPeopleConnection(where: { run: { eq: $run }, name: { eq: "Ann" } }) { aggregate { count { nodes } } } }`,
    );
    checkSame(read.interopPeopleConnection, { aggregate: { count: { nodes: 1 } } });
  },

  async delete() {
    const done = await ask(
      `mutation ($run: String!) { deleteInteropPeople(where: { run: { eq: $run } }) { nodesDeleted } }`,
    );
    check(done.deleteInteropPeople.nodesDeleted > 0, "nothing deleted");
    const read = await ask(`query ($run: String!) { interopPeople(where: { run: { eq: $run } }) { name } }`);
    checkSame(read.interopPeople, []);
  },
};

try {
  await runAll(scenarios);
} finally {
  await driver.close();
}
