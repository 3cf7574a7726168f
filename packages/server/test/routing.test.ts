// Where clients are sent: ROUTE, the procedures before it, and a backend's own table.
import { describe, expect, test } from "vitest";
import type { Backend, RouteRequest } from "../src/index.ts";
import { failureOf, metadata, session } from "./test-client.ts";

const backend: Backend = { run: () => ({ keys: [] }) };
const everywhere = (address: string): unknown => [
  { role: "WRITE", addresses: [address] },
  { role: "READ", addresses: [address] },
  { role: "ROUTE", addresses: [address] },
];

describe("ROUTE", () => {
  test.each([
    ["4.3", undefined],
    ["4.4", "neo4j"],
    ["5.8", "neo4j"],
  ])("on %s is this server as the client reached it", async (version, db) => {
    const { client } = await session(backend, { version });
    const [route] = await client.say((c) => c.route({ routing: { address: "db.example:1234" } }));
    const { rt } = metadata(route);
    expect(rt?.servers).toEqual(everywhere("db.example:1234"));
    expect(rt?.ttl).toBe(300);
    expect(rt?.db).toBe(db);
  });

  test("falls back on the advertised address, then on the socket's", async () => {
    const advertised = await session(backend, { advertisedAddress: "public:7687" });
    const [first] = await advertised.client.say((c) => c.route({}));
    expect(metadata(first).rt?.servers).toEqual(everywhere("public:7687"));
    const plain = await session(backend);
    const [second] = await plain.client.say((c) => c.route({ db: "movies" }));
    expect(metadata(second).rt).toMatchObject({ servers: everywhere("10.0.0.2:7687"), db: "movies" });
  });

  test("is the backend's to answer", async () => {
    let asked: RouteRequest | undefined;
    const { client } = await session({
      ...backend,
      impersonate: (user) => user,
      route: (request) => {
        asked = request;
        return Promise.resolve({ routers: ["r:1"], readers: ["a:1", "b:1"], writers: [], ttlSeconds: 10 });
      },
    });
    const [route] = await client.say((c) =>
      c.route({ routing: { address: "x:1", policy: "eu" }, db: "movies", bookmarks: ["b"], impUser: "bob" }),
    );
    expect(asked).toEqual({
      routing: { address: "x:1", policy: "eu" },
      database: "movies",
      bookmarks: ["b"],
      impersonatedUser: "bob",
    });
    expect(metadata(route).rt).toEqual({
      ttl: 10,
      servers: [
        { role: "READ", addresses: ["a:1", "b:1"] },
        { role: "ROUTE", addresses: ["r:1"] },
      ],
    });
  });
});

describe("the procedures", () => {
  test.each([
    ["1", "CALL dbms.cluster.routing.getServers", {}, "10.0.0.2:7687"],
    ["2", "CALL dbms.cluster.routing.getRoutingTable({context})", { context: { address: "a:1" } }, "a:1"],
    ["3", "CALL dbms.cluster.routing.getRoutingTable($context)", { context: { address: "a:1" } }, "a:1"],
    [
      "4.1",
      "CALL dbms.routing.getRoutingTable($context, $database)",
      { context: { address: "a:1" }, database: "m" },
      "a:1",
    ],
    ["4.3", "CALL dbms.routing.getRoutingTable($context)", { context: { address: "a:1" } }, "a:1"],
  ])("on %s: %s", async (version, query, parameters, address) => {
    const { client } = await session(backend, { version });
    const [run, pull] = await client.say((c) => (c.run(query, parameters), c.pull()));
    expect(metadata(run).fields).toEqual(["ttl", "servers"]);
    expect(pull?.records).toEqual([[300, everywhere(address)]]);
  });

  test.each([
    ["5.4", "CALL dbms.routing.getServers", "x"],
    ["4.1", "CALL dbms.routing.getRoutingTable($x", "y)"],
    ["1", "ROLLBACK", "x"],
  ])("on %s: %s and a lot of blanks is looked at soon", async (version, start, end) => {
    const { client } = await session(backend, { version });
    const query = start + " ".repeat(20_000) + end;
    const before = performance.now();
    await client.say((c) => (c.run(query), c.pull()));
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test("are answered from a backend's table as well, and inside a transaction", async () => {
    const { client } = await session(
      {
        ...backend,
        route: ({ database }) =>
          Promise.resolve({ routers: ["r:1"], readers: ["r:1"], writers: [`${database}:1`] }),
        begin: () => ({ run: () => ({ keys: [] }), commit: () => {}, rollback: () => {} }),
      },
      { version: "4.0" },
    );
    const replies = await client.say((c) => {
      c.begin();
      c.run("CALL dbms.routing.getRoutingTable($a, $b)", { a: {}, b: "movies" });
      c.pull();
    });
    expect(replies[2]?.records[0]?.[1]).toContainEqual({ role: "WRITE", addresses: ["movies:1"] });
  });

  test("can be left to the backend", async () => {
    const queries: string[] = [];
    const own = { run: ({ query }: { query: string }) => (queries.push(query), { keys: [] }) };
    const { client } = await session(own, { version: "4.0", routingProcedures: false });
    await client.say((c) => c.run("CALL dbms.routing.getRoutingTable({})"));
    expect(queries).toHaveLength(1);
  });
});

test("a route that fails is a failure like any other", async () => {
  const { client } = await session({ ...backend, route: () => Promise.reject(new Error("x")) });
  const [route] = await client.say((c) => c.route({}));
  expect(failureOf(route).code).toBe("Neo.DatabaseError.General.UnknownError");
});
