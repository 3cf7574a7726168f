// The backend alone, without a server: the engine's answers in Bolt's terms.
import {
  type Client,
  type Context,
  Date as BoltDate,
  DateTime,
  DateTimeZoneId,
  Duration,
  Failure,
  Float,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Point2D,
  Relationship,
  type Routes,
  type Summary,
  Time,
} from "@bolt/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GrafeoBackend } from "./backend.ts";
import { openDatabase } from "./open.ts";

let backend: GrafeoBackend;

beforeEach(() => {
  backend = new GrafeoBackend(openDatabase(), { login: { user: "ann", password: "secret" } });
});
afterEach(() => backend.close());

function context(options: Partial<Context> = {}): Context {
  return {
    database: undefined,
    accessMode: "write",
    signal: new AbortController().signal,
    ...options,
  } as Context;
}

interface Read {
  readonly keys: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly summary: Summary;
}

async function run(
  query: string,
  parameters: Record<string, unknown> = {},
  options?: Partial<Context>,
): Promise<Read> {
  const { keys, records, summary } = await backend.run({ query, parameters }, context(options));
  return { keys, rows: [...(records as Iterable<unknown[]>)], summary };
}

/** The only value of the only row. */
async function value(query: string, parameters?: Record<string, unknown>): Promise<unknown> {
  const { rows } = await run(query, parameters);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toHaveLength(1);
  return rows[0]![0];
}

async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).code;
}

describe("login", () => {
  const token = (principal: string, credentials: string, scheme = "basic"): never =>
    ({ scheme, principal, credentials }) as never;

  test("is checked if there is one", () => {
    expect(backend.authenticate(token("ann", "secret"))).toBe("ann");
    for (const [user, password, scheme] of [
      ["ann", "Secret"],
      ["bob", "secret"],
      ["", ""],
      ["ann", "secret", "weird"],
    ] as const) {
      expect(() => backend.authenticate(token(user, password, scheme))).toThrow(
        expect.objectContaining({ code: "Neo.ClientError.Security.Unauthorized" }),
      );
    }
  });

  test("can be anything if there is none", () => {
    expect(new GrafeoBackend(openDatabase()).authenticate(token("x", "y"))).toBe("x");
  });
});

describe("values that the engine returns", () => {
  test.each<[string, unknown]>([
    ["RETURN 1", 1],
    ["RETURN 1.0", new Float(1)],
    ["RETURN 1.5", 1.5],
    ["RETURN -0.0", new Float(-0)],
    ["RETURN 0.0 / 0.0", NaN],
    ["RETURN 1e300", new Float(1e300)],
    ["RETURN 9223372036854775807", 9223372036854775807n],
    ["RETURN [1.0, 2.5]", [new Float(1), 2.5]],
    ["RETURN [1, 2]", [1, 2]],
    ["RETURN {a: 1.0, b: 1, c: {d: [2.0]}}", { a: new Float(1), b: 1, c: { d: [new Float(2)] } }],
    ["RETURN null", null],
    ["RETURN '2024-02-29'", "2024-02-29"],
    ["RETURN ['a', 1, true]", ["a", 1, true]],
    ["RETURN []", []],
    ["RETURN date('2024-02-29')", BoltDate.parse("2024-02-29")],
    ["RETURN date('+12024-02-29')", BoltDate.parse("+12024-02-29")],
    ["RETURN [date('2024-02-29')]", [BoltDate.parse("2024-02-29")]],
    ["RETURN time('12:34:56.789+02:00')", Time.parse("12:34:56.789+02:00")],
    ["RETURN time('12:34:56-03:00')", Time.parse("12:34:56-03:00")],
    ["RETURN time('12:00Z')", Time.parse("12:00:00Z")],
    ["RETURN localtime('12:34:56.123456789')", LocalTime.parse("12:34:56.123456789")],
    ["RETURN datetime('2024-02-29T12:34:56.789+02:00')", DateTime.parse("2024-02-29T12:34:56.789+02:00")],
    ["RETURN localdatetime('2024-02-29T12:34:56.789')", LocalDateTime.parse("2024-02-29T12:34:56.789")],
    ["RETURN duration('P1Y2M3DT4H5M6.789S')", Duration.parse("P1Y2M3DT4H5M6.789S")],
    ["RETURN duration('-P1D')", new Duration(0, -1, 0)],
    ["RETURN {d: duration('P1D')}", { d: new Duration(0, 1, 0) }],
    ["RETURN toDecimal('1.50')", "1.50"],
    ["RETURN vector([1, 2.5])", [new Float(1), 2.5]],
  ])("%s", async (query, expected) => {
    expect(await value(query)).toStrictEqual(expected);
  });

  test("nulls among typed values stay nulls", async () => {
    const { rows } = await run("UNWIND [date('2024-01-01'), null] AS d RETURN d");
    expect(rows).toStrictEqual([[BoltDate.parse("2024-01-01")], [null]]);
  });
});

describe("parameters that are returned", () => {
  test.each<[string, unknown]>([
    ["integer", 1],
    ["big integer", -9223372036854775808n],
    ["whole float", new Float(1)],
    ["negative zero", new Float(-0)],
    ["list with negative zero", [new Float(-0), 1.5]],
    ["list of whole floats", [new Float(1), new Float(2)]],
    ["list of lists", [[new Float(1)], [2.5, new Float(3)]]],
    ["map", { a: new Float(1), "b c": "x", set: { d: new Float(2) } }],
    [
      "list of maps",
      [
        { a: new Float(1), b: "x" },
        { a: new Float(2), b: "y" },
      ],
    ],
    ["NaN", NaN],
    ["string", "Grüße 🌍"],
    ["bytes", Buffer.from([0, 1, 255])],
    ["date", BoltDate.parse("-000044-03-15")],
    ["time", Time.parse("12:34:56.000000007-03:30")],
    ["local time", LocalTime.parse("23:59:59.999999999")],
    ["date-time", DateTime.parse("2024-02-29T12:34:56.123456+05:30")],
    ["local date-time", LocalDateTime.parse("1969-12-31T23:59:59.999")],
    ["duration", Duration.parse("P1Y2M3DT4H5M6.000000007S")],
    ["negative duration", Duration.parse("P-14M3DT-4.5S")],
    ["minus half a second", Duration.parse("PT-0.5S")],
    ["a day minus half a second", Duration.parse("P1DT-0.5S")],
  ])("%s", async (_, given) => {
    expect(await value("RETURN $x AS x", { x: given })).toStrictEqual(given);
  });

  test.each<[string, unknown, unknown[]]>([
    ["$x[0] / 2, $x[1] / 2", [new Float(1), 1], [0.5, 0]],
    ["$x[0][0] / 2, $x[1][0] / 2", [[new Float(1)], [1]], [0.5, 0]],
    ["$x[0].a / 2, $x[1].b / 2", [{ a: new Float(1) }, { b: 1 }], [0.5, 0]],
    ["$x.a[1] / 2, $x.a[0]", { a: ["text", new Float(1)] }, [0.5, "text"]],
  ])("a float among other values stays a float: %s", async (expressions, x, expected) => {
    expect((await run(`RETURN ${expressions}`, { x })).rows).toStrictEqual([expected]);
  });

  test("a float among very many other values is refused", async () => {
    const x = [new Float(1), ...Array.from({ length: 1000 }, (_, i) => i)];
    expect(await code(run("RETURN $x", { x }))).toBe("Neo.ClientError.Statement.TypeError");
  });

  test("the column of a map projection has the name of what it projects", async () => {
    const { keys } = await run("MATCH (n) RETURN n {.name, more: [{x: 1}]}, {a: 1}, EXISTS { (n)-->() }");
    expect(keys).toEqual(["n", "{a: 1}", "EXISTS {...}"]);
  });

  test("a column has the name in the query text, cast or not", async () => {
    const { keys } = await run("RETURN $x, [$y], {a: $`z z`}, $mixed", {
      x: new Float(1),
      y: { b: new Float(2) },
      "z z": [new Float(3)],
      mixed: [new Float(1), 1, { a: new Float(-0) }],
    });
    expect(keys).toStrictEqual(["$x", "[$y]", "{a: $z z}", "$mixed"]);
  });

  test.each<[string, unknown]>([
    ["point", new Point2D(7203, 1, 2)],
    ["named zone", DateTimeZoneId.parse("2024-02-29T12:00:00[Europe/Stockholm]")],
    ["offset with seconds", new Time(0, 30)],
    ["duration beyond 64 bits of nanoseconds", new Duration(0, 0, 10_000_000_000)],
    ["inside a list", [new Point2D(7203, 1, 2)]],
  ])("%s is refused", async (_, given) => {
    expect(await code(run("RETURN $x AS x", { x: given }))).toBe("Neo.ClientError.Statement.TypeError");
  });
});

describe("the graph", () => {
  test("nodes and relationships, with the engine's own element ids", async () => {
    const query =
      "CREATE (a:Person {name: 'Ann', born: date('1980-01-01'), score: 1.0})-[r:KNOWS {since: 2020}]->(b:Person:Admin) RETURN a, r, b, elementId(a), elementId(r)";
    const { rows, summary } = await run(query);
    const [a, r, b, nodeId, edgeId] = rows[0]! as [Node, Relationship, Node, string, string];
    expect(a).toBeInstanceOf(Node);
    expect(a.labels).toStrictEqual(["Person"]);
    expect(a.properties).toStrictEqual({
      name: "Ann",
      born: BoltDate.parse("1980-01-01"),
      score: new Float(1),
    });
    expect(a.elementId).toBe(nodeId);
    expect(r).toBeInstanceOf(Relationship);
    expect(r).toMatchObject({ type: "KNOWS", startNodeId: a.id, endNodeId: b.id, elementId: edgeId });
    expect(r).toMatchObject({
      startNodeElementId: a.elementId,
      endNodeElementId: b.elementId,
      properties: { since: 2020 },
    });
    expect(summary).toMatchObject({
      type: "rw",
      counters: { nodesCreated: 2, relationshipsCreated: 1, propertiesSet: 4, labelsAdded: 3 },
    });
  });

  test("properties may have the names of the engine's own keys", async () => {
    const properties = { nodes: [1], edges: 2, _type: "x", $decimal: "3" };
    const node = (await value("CREATE (n:A) SET n = $p RETURN n", { p: properties })) as Node;
    expect(node.properties).toStrictEqual(properties);
    expect(await value("RETURN {nodes: [], edges: []}")).toStrictEqual({ nodes: [], edges: [] });
  });

  test("paths, along and against the direction of their relationships", async () => {
    await run("CREATE (:A {n: 1})-[:R]->(:A {n: 2})<-[:R]-(:A {n: 3})");
    const path = (await value("MATCH p = (:A {n: 1})-[*2]-(:A {n: 3}) RETURN p")) as Path;
    expect(path).toBeInstanceOf(Path);
    expect(path.length).toBe(2);
    expect(path.nodes.map((node: Node) => node.properties["n"])).toStrictEqual([1, 2, 3]);
    expect(path.indices).toStrictEqual([1, 1, -2, 2]);
  });

  test("rows are converted on request, and the iterator knows whether more are left", async () => {
    const { records } = await backend.run(
      { query: "UNWIND range(1, 3) AS n RETURN n", parameters: {} },
      context(),
    );
    const iterator = (records as Iterable<unknown[]>)[Symbol.iterator]() as Iterator<unknown[]> & {
      hasMore(): boolean;
    };
    const seen: unknown[] = [];
    while (iterator.hasMore()) seen.push(iterator.next().value);
    expect(seen).toStrictEqual([[1], [2], [3]]);
    expect(iterator.next().done).toBe(true);
  });
});

describe("summaries", () => {
  test.each([
    ["MATCH (n) RETURN n", "r"],
    ["CREATE ()", "w"],
    ["CREATE (n) RETURN n", "rw"],
    ["CREATE INDEX FOR (n:A) ON (n.k)", "s"],
    ["SHOW INDEXES", "s"],
  ])("%s is of type %s", async (query, type) => {
    expect((await run(query)).summary.type).toBe(type);
  });

  test("counters only if something changed, a bookmark always", async () => {
    const { summary } = await run("MATCH (n:Nobody) DELETE n");
    expect(summary.counters).toBeUndefined();
    expect(summary.bookmark).toMatch(/^neo4j:bookmark:v1:tx\d+$/);
  });

  test("deleting and removing are counted", async () => {
    await run("CREATE (:A {x: 1})-[:R]->(:B)");
    const { summary } = await run("MATCH (a:A)-[r:R]->() REMOVE a:A, a.x DELETE r");
    expect(summary.counters).toMatchObject({ relationshipsDeleted: 1, labelsRemoved: 1, propertiesSet: 1 });
  });

  test("EXPLAIN gives a plan and the columns, and runs nothing", async () => {
    const { keys, rows, summary } = await run("EXPLAIN CREATE (n:A) RETURN n.x AS x, [1, 2]");
    expect(keys).toStrictEqual(["x", "[1, 2]"]);
    expect(rows).toStrictEqual([]);
    expect(summary).toMatchObject({
      type: "rw",
      plan: { operatorType: "Return", children: [{ operatorType: "Create" }] },
    });
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
  });

  test("PROFILE gives rows and measurements", async () => {
    await run("CREATE (:A), (:A)");
    const { keys, rows, summary } = await run("PROFILE MATCH (n:A) RETURN count(n) AS c");
    expect([keys, rows]).toStrictEqual([["c"], [[2]]]);
    expect(summary.profile).toMatchObject({ operatorType: expect.any(String), rows: 1 });
  });

  test("PROFILE of a write writes once", async () => {
    const { summary } = await run("PROFILE CREATE (:A)");
    expect(summary).toMatchObject({
      counters: { nodesCreated: 1 },
      profile: { operatorType: expect.any(String) },
    });
    const transaction = backend.begin(context(), context());
    const inside = await transaction.run({ query: "PROFILE CREATE (:A)", parameters: {} }, context());
    expect(inside.summary).toMatchObject({ counters: { nodesCreated: 1 }, plan: { operatorType: "Return" } });
    await transaction.commit();
    expect(await value("MATCH (n:A) RETURN count(n)")).toBe(2);
  });

  test.each([
    ["MATCH (n), (m) RETURN n, m", true],
    ["MATCH (a:A), (b:B {k: 2}) RETURN a", true],
    ["MATCH (a)-->(b), (c:C) RETURN a, c", true],
    ["MATCH (n) RETURN n", false],
    ["MATCH (a:A), (b:B) WHERE a.k = b.k RETURN a, b", false],
    ["MATCH (a)-->(b), (b)-->(c) RETURN a", false],
    ["MATCH p = shortestPath((a:A)-[*]->(b:B)) RETURN p", false],
    ["UNWIND [1, 2] AS x MATCH (n) RETURN n", false],
  ])("EXPLAIN %s: notification about a cartesian product is %s", async (query, remarked) => {
    const { statuses = [] } = (await run(`EXPLAIN ${query}`)).summary;
    expect(statuses.map((remark) => remark.neo4jCode)).toStrictEqual(
      remarked ? ["Neo.ClientNotification.Statement.CartesianProduct"] : [],
    );
  });
});

describe("failures", () => {
  test.each([
    ["THIS IS NOT CYPHER", "Neo.ClientError.Statement.SyntaxError"],
    ["MATCH (n) RETURN x", "Neo.ClientError.Statement.SyntaxError"],
    ["RETURN 1 AS a, 2 AS a", "Neo.ClientError.Statement.SyntaxError"],
    ["RETURN $missing", "Neo.ClientError.Statement.ParameterMissing"],
    ["CALL nope.x()", "Neo.ClientError.Procedure.ProcedureNotFound"],
    ["RETURN 1 / 0", "Neo.ClientError.Statement.ArithmeticError"],
    ["RETURN 9223372036854775807 + 1", "Neo.ClientError.Statement.ArithmeticError"],
    ["RETURN 1 LIMIT 'a'", "Neo.ClientError.Statement.TypeError"],
    ["RETURN 1 LIMIT -1", "Neo.ClientError.Statement.ArgumentError"],
    ["DROP INDEX nope", "Neo.ClientError.Schema.IndexNotFound"],
    ["DROP CONSTRAINT nope", "Neo.ClientError.Schema.ConstraintNotFound"],
  ])("%s: %s", async (query, expected) => {
    expect(await code(run(query))).toBe(expected);
  });

  test("carry the engine's GQL status and a text without its labels", async () => {
    const failure = await run("RETURN 1 / 0").catch((error: unknown) => error as Failure);
    expect(failure).toMatchObject({ gqlStatus: "22012", message: "division by zero: 1 / 0" });
  });

  test("of constraints, and of a node that still has relationships", async () => {
    await run("CREATE CONSTRAINT FOR (n:P) REQUIRE n.name IS UNIQUE");
    await run("CREATE (:P {name: 'a'})-[:R]->(:P {name: 'b'})");
    const violated = "Neo.ClientError.Schema.ConstraintValidationFailed";
    expect(await code(run("CREATE (:P {name: 'a'})"))).toBe(violated);
    expect(await code(run("MATCH (n:P {name: 'a'}) DELETE n"))).toBe(violated);
  });

  test("of an unknown database", async () => {
    expect(await code(run("RETURN 1", {}, { database: "nope" }))).toBe(
      "Neo.ClientError.Database.DatabaseNotFound",
    );
    expect((await run("RETURN 1", {}, { database: "Neo4j" })).rows).toStrictEqual([[1]]);
  });

  test("of a route to an unknown database; other routes lead here", async () => {
    const route = (database: string | undefined): Promise<Routes> =>
      new Promise((resolve) => {
        const asked = {
          routing: { address: "here:7687" },
          database,
          bookmarks: [],
          impersonatedUser: undefined,
        };
        resolve(backend.route(asked, context({ client: {} as Client })));
      });
    expect(await code(route("nope"))).toBe("Neo.ClientError.Database.DatabaseNotFound");
    const here = ["here:7687"];
    for (const [asked, database] of [
      [undefined, "neo4j"],
      ["Neo4j", "Neo4j"],
      ["system", "system"],
    ] as const) {
      expect(await route(asked)).toStrictEqual({ routers: here, readers: here, writers: here, database });
    }
  });

  test("leave nothing behind", async () => {
    await run("UNWIND [1, 0] AS x CREATE (:A {x: 1 / x})").catch(() => {});
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
  });
});

describe("read access", () => {
  test("a statement that writes fails and is rolled back", async () => {
    for (const query of ["CREATE ()", "CREATE INDEX FOR (n:A) ON (n.k)"]) {
      expect(await code(run(query, {}, { accessMode: "read" }))).toBe("Neo.ClientError.Statement.AccessMode");
    }
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
    expect((await run("SHOW INDEXES", {}, { accessMode: "read" })).rows).toStrictEqual([]);
  });

  test("a statement that could write but does not succeeds", async () => {
    await run("CREATE (:A)");
    expect((await run("MERGE (n:A) RETURN count(n)", {}, { accessMode: "read" })).rows).toStrictEqual([[1]]);
  });
});

describe("transactions", () => {
  const query = (text: string) => ({ query: text, parameters: {} });

  test("are invisible to others until they commit", async () => {
    const transaction = backend.begin(context(), context());
    await transaction.run(query("CREATE (:A)"), context());
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
    expect(await transaction.commit()).toMatchObject({
      bookmark: expect.stringMatching(/^neo4j:bookmark:v1:tx\d+$/),
    });
    expect(await value("MATCH (n) RETURN count(n)")).toBe(1);
  });

  test("leave nothing after a rollback", async () => {
    const transaction = backend.begin(context(), context());
    await transaction.run(query("CREATE (:A)"), context());
    await transaction.rollback();
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
  });

  test("that change the same node fail in a way that drivers retry", async () => {
    await run("CREATE (:A {k: 1})");
    const [one, two] = [backend.begin(context(), context()), backend.begin(context(), context())];
    await one.run(query("MATCH (a:A) SET a.k = 2"), context());
    expect(await code(Promise.resolve(two.run(query("MATCH (a:A) SET a.k = 3"), context())))).toBe(
      "Neo.TransientError.Transaction.Outdated",
    );
    await two.rollback();
    await one.commit();
    expect(await value("MATCH (a:A) RETURN a.k")).toBe(2);
  });

  test("an aborted signal rejects at once, and the work is rolled back", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const slow = backend.run(
      { query: "UNWIND range(1, 300000) AS n CREATE (:A {n: n})", parameters: {} },
      context({ signal: controller.signal }),
    );
    controller.abort(reason);
    await expect(slow).rejects.toBe(reason);
    expect(await value("MATCH (n) RETURN count(n)")).toBe(0);
    await expect(run("RETURN 1", {}, { signal: controller.signal })).rejects.toBe(reason);
  });
});
