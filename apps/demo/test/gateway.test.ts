// Client, gateway, and the database behind it, in memory: everything must pass through unchanged.
import {
  auth,
  Date,
  DateTime,
  DateTimeZoneId,
  driver,
  type Driver,
  type DriverConfig,
  Duration,
  Failure,
  Float,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Point2D,
  Point3D,
  Relationship,
  ServerFailure,
  Time,
  UnboundRelationship,
  UnsupportedType,
  UUID,
  Vector,
} from "@bolt/client";
import {
  type Context,
  createServer,
  failure,
  type GqlStatusObject,
  type Interruption,
  type Plan,
  type Server,
  type Summary,
} from "@bolt/server";
import { afterEach, describe, expect, test } from "vitest";
import { createGateway } from "../src/gateway.ts";
import { Gateway } from "../src/gateway/backend.ts";
import type { Login } from "../src/gateway/logins.ts";
import { type Answer, Database, dialTo } from "./in-memory.ts";

const VERSIONS = ["6.1", "6.0", "5.8", "5.4", "5.0", "4.4", "4.2", "4.0", "3", "2", "1"];

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

interface Chain {
  readonly database: Database;
  readonly upstream: Server;
  readonly gateway: Server;
  readonly db: Driver;
  /** Another client. */
  readonly client: (config?: DriverConfig, token?: Parameters<typeof driver>[1], uri?: string) => Driver;
}

interface ChainOptions {
  readonly answers?: Readonly<Record<string, Answer>>;
  /** The versions that the database behind the gateway speaks; default all. */
  readonly speaks?: readonly string[];
  readonly config?: DriverConfig;
}

function chain({ answers, speaks, config }: ChainOptions = {}): Chain {
  const database = new Database(answers);
  const quiet = {};
  const upstream = createServer(database, {
    logger: quiet,
    floats: "wrap",
    timeouts: "backend",
    limits: { failedLoginDelayMs: 0 },
    ...(speaks && { versions: speaks }),
  });
  const gateway = createGateway("bolt://upstream", { dial: dialTo(upstream) }, { logger: quiet });
  const client: Chain["client"] = (
    more = {},
    token = auth.basic("ann", "secret"),
    uri = "bolt://gateway",
  ) => {
    const made = driver(uri, token, { dial: dialTo(gateway), floats: "wrap", ...more });
    open.push(() => made.close());
    return made;
  };
  open.push(
    () => upstream.close({ graceMs: 0 }),
    () => gateway.close({ graceMs: 0 }),
  );
  return { database, upstream, gateway, db: client(config), client };
}

async function failureOf(promise: PromiseLike<unknown>): Promise<ServerFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServerFailure);
  return error as ServerFailure;
}

function promise<T>(): [promise: Promise<T>, resolve: (value: T) => void] {
  let resolve!: (value: T) => void;
  return [new Promise<T>((done) => (resolve = done)), resolve];
}

const echo = "RETURN $x AS x";

describe("versions", () => {
  test.each(VERSIONS)(
    "for a client of %s the gateway speaks the same version to the server behind",
    async (version) => {
      const { db, database } = chain({ config: { versions: version } });
      const { records, summary } = await db.session().run(echo, { x: [1, "two", null] });
      expect(records).toEqual([{ x: [1, "two", null] }]);
      expect(summary.server.protocolVersion).toBe(version);
      // Except for clients of 3: see versions.ts.
      expect(database.last!.client.version).toBe(version === "3" ? "4.4" : version);
    },
  );

  test.each([
    ["6.1", "4.4", "4.4"],
    ["6.1", "3", "3"],
    ["6.1", "1", "1"],
    ["5.4", "5.2-5.0", "5.2"],
    ["1", "5.8-5.0", "5.8"],
    ["1", "6.1", "6.1"],
    ["3", "4.4-4.0", "4.4"],
    ["5.8", "6.1", "6.1"],
  ])("a client of %s in front of %s", async (version, speaks, met) => {
    const { db, database } = chain({ config: { versions: version }, speaks: [speaks] });
    const transaction = await db.session().beginTransaction();
    expect((await transaction.run(echo, { x: 1 })).records).toEqual([{ x: 1 }]);
    await transaction.commit();
    expect(database.last!.client.version).toBe(met);
    expect(database.log).toEqual(["begin", `run ${echo}`, "commit"]);
  });
});

describe("values", () => {
  const node = new Node(1, ["A"], { f: new Float(1), i: 1 }, "4:x:1");
  const other = new Node(2, [], {}, "4:x:2");
  const rel = new UnboundRelationship(3, "R", { since: new Float(2) }, "5:x:3");

  test.each<[string, unknown]>([
    ["a whole float", new Float(1)],
    ["an integer", 1],
    ["a large integer", 2n ** 62n],
    ["not a number", new Float(NaN)],
    ["bytes", Uint8Array.of(1, 2, 3)],
    ["null, text, lists, maps", [null, "ä", [], { a: { b: [new Float(0)] } }]],
    ["a date", new Date(20_000)],
    ["a time", new Time(1n, 3600)],
    ["a local time", new LocalTime(1n)],
    ["a date-time", new DateTime(1_700_000_000n, 5, 7200)],
    ["a date-time with zone", new DateTimeZoneId(1_700_000_000n, 5, "Europe/Paris")],
    ["a local date-time", new LocalDateTime(1_700_000_000n, 5)],
    ["a duration", new Duration(1, 2, 3, 4)],
    ["points", [new Point2D(7203, 1, 2), new Point3D(9157, 1, 2, 3)]],
    ["vectors", [new Vector("float32", [1, 2]), new Vector("int64", [1n])]],
    ["a UUID", UUID.parse("550e8400-e29b-41d4-a716-446655440000")],
  ])("%s passes in both directions", async (_, x) => {
    const { db } = chain();
    expect((await db.session().run(echo, { x })).records).toStrictEqual([{ x }]);
  });

  test("values that only servers send", async () => {
    const values = [
      node,
      new Relationship(3, 1, 2, "R", {}, "5:x:3", "4:x:1", "4:x:2"),
      new Path([node, other], [rel], [1, 1]),
      new UnsupportedType("TENSOR", "6.5", "later"),
    ];
    const keys = ["n", "r", "p", "u"];
    const { db } = chain({ answers: { graph: () => ({ keys, records: [values] }) } });
    expect(await db.session().run("graph").values()).toStrictEqual([values]);
  });

  test("two columns with the same name", async () => {
    const { db } = chain({ answers: { twice: () => ({ keys: ["a", "a"], records: [[1, 2]] }) } });
    expect(await db.session().run("twice").values()).toEqual([[1, 2]]);
  });

  test("a value that the server behind has no form for fails only its query", async () => {
    const { db } = chain({ speaks: ["4.4"] });
    const session = db.session();
    const refused = await failureOf(session.run(echo, { x: new Vector("int8", [1]) }));
    expect(refused.code).toBe("Neo.ClientError.Statement.TypeError");
    expect(refused.message).toContain("6.0");
    expect((await session.run(echo, { x: 1 })).records).toEqual([{ x: 1 }]);
  });
});

describe("summaries", () => {
  async function summaryOf(summary: Summary, config?: DriverConfig, keys: readonly string[] = ["x"]) {
    const answers = { q: () => ({ keys, records: [], summary }) };
    return (
      await chain({ answers, ...(config && { config }) })
        .db.session()
        .run("q")
    ).summary;
  }

  test("counters, type, database", async () => {
    const summary = await summaryOf({
      type: "rw",
      database: "movies",
      counters: { nodesCreated: 2, propertiesSet: 3 },
    });
    expect(summary).toMatchObject({
      type: "rw",
      database: "movies",
      counters: { nodesCreated: 2, propertiesSet: 3, containsUpdates: true, containsSystemUpdates: false },
    });
    const { counters } = await summaryOf({ type: "s", counters: { systemUpdates: 1 } });
    expect(counters).toMatchObject({ systemUpdates: 1, containsUpdates: false, containsSystemUpdates: true });
  });

  test("entries that only this server sends", async () => {
    const extra = { planning_time: new Float(2), run_id: 7 };
    expect((await summaryOf({ extra })).extra).toEqual(extra);
  });

  const leaf: Plan = {
    operatorType: "AllNodesScan",
    identifiers: ["n"],
    args: { EstimatedRows: new Float(10) },
  };

  test("plans", async () => {
    const plan = {
      operatorType: "ProduceResults",
      identifiers: ["n"],
      args: { Version: "5" },
      children: [leaf],
    };
    const summary = await summaryOf({ plan });
    expect(summary.plan).toMatchObject({
      operatorType: "ProduceResults",
      arguments: { Version: "5" },
      children: [{ operatorType: "AllNodesScan", arguments: { EstimatedRows: new Float(10) } }],
    });
    expect(summary.profile).toBeUndefined();
  });

  test("profiles", async () => {
    const figures = {
      dbHits: 3,
      rows: 2,
      pageCacheHits: 1,
      pageCacheMisses: 0,
      pageCacheHitRatio: 1,
      time: 9,
    };
    const summary = await summaryOf({ profile: { ...leaf, ...figures } });
    expect(summary.profile).toMatchObject({ operatorType: "AllNodesScan", ...figures });
  });

  const position = { offset: 1, line: 2, column: 3 };
  const remark = { _severity: "WARNING", _classification: "DEPRECATION", _position: position };
  const status: GqlStatusObject = {
    gqlStatus: "01N00",
    statusDescription: "warn: feature deprecated",
    neo4jCode: "Neo.ClientNotification.Statement.FeatureDeprecationWarning",
    title: "old",
    description: "It is old.",
    diagnosticRecord: { OPERATION: "", OPERATION_CODE: "0", CURRENT_SCHEMA: "/", ...remark },
  };

  test("statuses, with their order and records", async () => {
    const { gqlStatusObjects } = await summaryOf({ statuses: [status] });
    expect(gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual(["02000", "01N00"]);
    expect(gqlStatusObjects[1]).toEqual(status);
  });

  const notification = {
    code: status.neo4jCode,
    title: "old",
    description: "It is old.",
    severity: "WARNING",
    category: "DEPRECATION",
    position,
  };

  test("notifications", async () => {
    expect((await summaryOf({ statuses: [status] }, { versions: "5.4" })).notifications).toEqual([
      notification,
    ]);
  });

  test("notifications of an old server for a new client", async () => {
    const answers = { q: () => ({ keys: ["x"], records: [[1]], summary: { statuses: [status] } }) };
    const { db } = chain({ answers, speaks: ["4.4"] });
    const { summary } = await db.session().run("q");
    expect(summary.gqlStatusObjects.map(({ gqlStatus }) => gqlStatus)).toEqual(["01N42", "00000"]);
    expect(summary.notifications).toMatchObject([{ code: status.neo4jCode, position }]);
  });
});

describe("failures", () => {
  const cause = new Failure("Neo.ClientError.Statement.SyntaxError", "42I06: Invalid input", {
    gqlStatus: "42I06",
    description: "error: invalid input",
    diagnosticRecord: { _classification: "CLIENT_ERROR", _position: { offset: 0, line: 1, column: 1 } },
  });
  const told = new Failure("Neo.ClientError.Statement.SyntaxError", "Invalid input 'X'", {
    gqlStatus: "42001",
    description: "error: invalid syntax",
    diagnosticRecord: { _classification: "CLIENT_ERROR" },
    cause,
  });
  const answers: Record<string, Answer> = {
    wrong: () => {
      throw told;
    },
    late: () => ({
      keys: ["x"],
      records: (function* () {
        yield [1];
        yield [2];
        throw told;
      })(),
    }),
  };

  function expectTold(error: ServerFailure): void {
    const { code, message, gqlStatus, description, diagnosticRecord } = told;
    expect(error).toMatchObject({ code, message, gqlStatus, description, diagnosticRecord });
    expect(error.cause).toMatchObject({
      message: cause.message,
      gqlStatus: "42I06",
      description: cause.description,
    });
    expect(error.cause!.diagnosticRecord).toEqual(cause.diagnosticRecord);
  }

  test("of a query, with status, record and cause", async () => {
    expectTold(await failureOf(chain({ answers }).db.session().run("wrong")));
  });

  test("in the middle of the rows", async () => {
    const rows: unknown[] = [];
    const result = chain({ answers }).db.session().run("late");
    const reading = (async () => {
      for await (const row of result) rows.push(row);
    })();
    expectTold(await failureOf(reading));
    expect(rows).toEqual([{ x: 1 }, { x: 2 }]);
  });

  test("in a transaction end it", async () => {
    const { db, database } = chain({ answers });
    const transaction = await db.session().beginTransaction();
    expectTold(await failureOf(transaction.run("wrong")));
    expect(transaction.isOpen).toBe(false);
    expect((await db.session().run(echo, { x: 1 })).records).toEqual([{ x: 1 }]);
    expect(database.log).not.toContain("commit");
  });

  test("an empty query is a syntax error", async () => {
    // Our client refuses to send one; others do not.
    const gateway = new Gateway("bolt://nobody");
    const run = gateway.run({ query: " ", parameters: {} }, {} as Context<Login>);
    await expect(run).rejects.toMatchObject({ code: "Neo.ClientError.Statement.SyntaxError" });
  });

  test("a server that cannot be reached is an unavailable database", async () => {
    const gateway = createGateway(
      "bolt://nobody",
      { dial: () => Promise.reject(new Error("nobody")) },
      { logger: {} },
    );
    const db = driver("bolt://gateway", auth.none(), { dial: dialTo(gateway) });
    open.push(
      () => gateway.close({ graceMs: 0 }),
      () => db.close(),
    );
    const { code } = await failureOf(db.session().run("RETURN 1"));
    expect(code).toBe("Neo.TransientError.General.DatabaseUnavailable");
  });
});

describe("logins", () => {
  test("are the client's own", async () => {
    const { db, database } = chain();
    const seen: unknown[] = [];
    database.check = ({ scheme, principal, credentials, realm }) =>
      seen.push([scheme, principal, credentials, realm]);
    await db.session().run(echo, { x: 1 });
    expect(seen).toEqual([["basic", "ann", "secret", undefined]]);
  });

  test.each(["6.1", "5.0", "4.4", "3", "1"])(
    "are refused with the server's own words, %s",
    async (version) => {
      const { database, client } = chain();
      database.check = () => {
        throw failure("tokenExpired", "The token is old.");
      };
      const refused = await failureOf(client({ versions: version }).session().run("q"));
      expect(refused).toMatchObject({
        code: "Neo.ClientError.Security.TokenExpired",
        message: "The token is old.",
      });
    },
  );

  test.each(["6.1", "4.4"])("are verified for each connection, %s", async (version) => {
    const { database, client } = chain({ config: { versions: version } });
    const first = client({ versions: version });
    await first.session().run(echo, { x: 1 });
    database.check = () => {
      throw failure("unauthorized", "The password was changed.");
    };
    const refused = await failureOf(client({ versions: version }).session().run(echo));
    expect(refused.message).toBe("The password was changed.");
  });

  test("are shared by connections and dropped with the last of them", async () => {
    const { upstream, client } = chain();
    const [one, two] = [client(), client()];
    await one.session().run(echo, { x: 1 });
    await two.session().run(echo, { x: 1 });
    expect(upstream.metrics.connections).toBe(1);
    const gone = new Promise<void>((resolve) => upstream.on("disconnect", () => resolve()));
    await one.close();
    await two.close();
    await gone;
    expect(upstream.metrics.connections).toBe(0);
  });

  test("include the name of the client's program", async () => {
    const { database, client } = chain();
    for (const userAgent of ["one/1.0", "two/2.0"]) await client({ userAgent }).session().run(echo, { x: 1 });
    const names = database.logins.map(({ userAgent }) => userAgent);
    expect(new Set(names)).toEqual(
      new Set(["one/1.0 via bolt-gateway/0.1.0", "two/2.0 via bolt-gateway/0.1.0"]),
    );
  });

  test("are dropped when the connection logs in as another user", async () => {
    const { upstream, database, client } = chain();
    const gone = new Promise<void>((resolve) => upstream.on("disconnect", () => resolve()));
    const db = client({ pool: { maxSize: 1 } });
    await db.session().run(echo, { x: 1 });
    await db.session({ auth: auth.basic("bob", "secret") }).run(echo, { x: 1 });
    await gone;
    expect(database.last?.principal).toBe("bob");
    expect(upstream.metrics.connections).toBe(1);
  });

  test("that have expired are accepted, and the client is told", async () => {
    const expired: Answer = () => {
      throw failure("credentialsExpired", "change it");
    };
    const { client, database } = chain({ answers: { "RETURN 1": expired } });
    database.check = () => ({ credentialsExpired: true });
    const db = client();
    await expect(db.verifyConnectivity()).resolves.toBeDefined();
    expect((await failureOf(db.session().run("RETURN 1"))).code).toMatch(/CredentialsExpired$/);
  });
});

describe("transactions", () => {
  test("the client's settings reach the server behind", async () => {
    const { db, database } = chain();
    const asked = { timeoutMs: 1234, metadata: { job: 7, share: new Float(1) } };
    const session = db.session({
      database: "people",
      mode: "read",
      bookmarks: ["a", "b"],
      impersonatedUser: "bob",
      notifications: { minimumSeverity: "WARNING", disabledClassifications: ["HINT"] },
    });
    const expected = {
      ...asked,
      database: "people",
      accessMode: "read",
      bookmarks: ["a", "b"],
      impersonatedUser: "bob",
      notificationFilter: { minimumSeverity: "WARNING", disabledClassifications: ["HINT"] },
    };
    await session.run(echo, { x: 1 }, asked);
    expect(database.last).toMatchObject(expected);
    const transaction = await session.beginTransaction(asked);
    expect(database.last).toMatchObject(expected);
    await transaction.commit();
    expect(session.lastBookmarks()).toEqual(["after a+b"]);
  });

  test("a timeout of 0 is passed on as 0", async () => {
    const { db, database } = chain();
    await db.session().run(echo, { x: 1 }, { timeoutMs: 0 });
    expect(database.last!.timeoutMs).toBe(0);
    await db.session().run(echo, { x: 1 });
    expect(database.last!.timeoutMs).toBeUndefined();
  });

  test("bookmarks of auto-commit queries", async () => {
    const answers = { w: () => ({ keys: [], summary: { bookmark: "next" } }) };
    const session = chain({ answers }).db.session();
    await session.run("w");
    expect(session.lastBookmarks()).toEqual(["next"]);
  });

  test("several results can be open at a time", async () => {
    const answers: Record<string, Answer> = {
      many: () => ({ keys: ["x"], records: Array.from({ length: 3000 }, (_, x) => [x]) }),
    };
    const { db } = chain({ answers, config: { fetchSize: 2 } });
    const sums = await db.session().executeRead(async (tx) => {
      const [a, b] = [tx.run("many"), tx.run("many")].map((result) => result[Symbol.asyncIterator]());
      const rows = [await a!.next(), await b!.next(), await a!.next(), await b!.next()];
      return rows.map(({ value }) => (value as { x: number }).x);
    });
    expect(sums).toEqual([0, 0, 1, 1]);
  });

  test("roll back", async () => {
    const { db, database } = chain();
    const transaction = await db.session().beginTransaction();
    await transaction.run(echo, { x: 1 });
    await transaction.rollback();
    expect(database.log).toEqual(["begin", `run ${echo}`, "rollback"]);
  });
});

describe("streams", () => {
  test("the source is read no faster than the client reads, and closed when the client stops", async () => {
    let [made, returned] = [0, false];
    const endless: Answer = () => ({
      keys: ["x"],
      records: (function* () {
        try {
          for (;;) yield [made++];
        } finally {
          returned = true;
        }
      })(),
    });
    const { db } = chain({ answers: { endless }, config: { fetchSize: 10 } });
    const rows: unknown[] = [];
    for await (const row of db.session().run("endless")) {
      rows.push(row);
      if (rows.length === 25) break;
    }
    expect(rows.at(-1)).toEqual({ x: 24 });
    expect(made).toBeLessThan(5000);
    expect(returned).toBe(true);
  });

  test("a large result passes through", async () => {
    const answers = { many: () => ({ keys: ["x"], records: Array.from({ length: 20_000 }, (_, x) => [x]) }) };
    let sum = 0;
    await chain({ answers })
      .db.session()
      .run<{ x: number }>("many")
      .forEach(({ x }) => (sum += x));
    expect(sum).toBe((20_000 * 19_999) / 2);
  });
});

describe("interrupts reach the server behind", () => {
  /** A query that runs until it is told to stop, and then gives the reason. */
  function endless(): { answer: Answer; started: Promise<void>; stopped: Promise<string> } {
    const [started, start] = promise<void>();
    const [stopped, stop] = promise<string>();
    const answer: Answer = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          const reason = signal.reason as Interruption;
          stop(reason.reason);
          reject(reason);
        });
        start();
      });
    return { answer, started, stopped };
  }

  test.each(["6.1", "4.4", "3"])("RESET stops a query, %s", async (version) => {
    const { answer, started, stopped } = endless();
    const { db } = chain({ answers: { endless: answer }, config: { versions: version } });
    const controller = new AbortController();
    const running = db.session().run("endless", {}, { signal: controller.signal });
    const failed = expect(running).rejects.toThrow(/aborted/);
    await started;
    controller.abort();
    await failed;
    expect(await stopped).toBe("reset");
    expect((await db.session().run(echo, { x: 1 })).records).toEqual([{ x: 1 }]);
  });

  test("RESET rolls a transaction back", async () => {
    const { answer, started, stopped } = endless();
    const { db, database } = chain({ answers: { endless: answer } });
    const controller = new AbortController();
    const transaction = await db.session().beginTransaction({ signal: controller.signal });
    const failed = expect(transaction.run("endless")).rejects.toThrow(/aborted/);
    await started;
    controller.abort();
    await failed;
    expect(await stopped).toBe("reset");
    await db.session().run(echo, { x: 1 });
    expect(database.log).toContain("rollback");
  });

  test("a client that disconnects rolls it back too", async () => {
    const { answer, started, stopped } = endless();
    const { client } = chain({ answers: { endless: answer } });
    const db = client();
    const failed = expect(db.session().run("endless")).rejects.toThrow();
    await started;
    await db.close();
    await failed;
    // The driver for that login is closed too.
    expect(["reset", "connection-lost"]).toContain(await stopped);
  });
});

describe("routing", () => {
  test("clients are sent to the gateway, with the name of their home database", async () => {
    const { client, database } = chain();
    const db = client({}, undefined, "neo4j://gate.example:7777");
    await db.session().run(echo, { x: 1 });
    const table = db.routingTable()!;
    expect([table.readers, table.writers, table.routers].flat().map(String)).toEqual(
      Array.from({ length: 3 }, () => "gate.example:7777"),
    );
    expect(database.last!.database).toBe("movies");
  });

  test("an unknown database is reported by the server behind", async () => {
    const { client, database } = chain();
    database.begin = ({ database: name }) => {
      throw failure("databaseNotFound", `no ${name}`);
    };
    const db = client({}, undefined, "neo4j://gate.example");
    const refused = await failureOf(db.session({ database: "nowhere" }).run(echo, { x: 1 }));
    expect(refused).toMatchObject({
      code: "Neo.ClientError.Database.DatabaseNotFound",
      message: "no nowhere",
    });
  });

  test("a bookmark that the server refuses fails the query, not ROUTE", async () => {
    const { client, database } = chain();
    const refuse = ({ bookmarks }: Context): void => {
      if (bookmarks.length > 0) throw failure("internal", "what a bookmark");
    };
    const { run, begin } = database;
    database.run = (query, context) => (refuse(context), run.call(database, query, context));
    database.begin = (options, context) => (refuse(context), begin.call(database, options, context));
    const db = client({}, undefined, "neo4j://gate.example");
    for (const more of [{}, { database: "people" }]) {
      const session = db.session({ bookmarks: ["nonsense"], ...more });
      expect((await failureOf(session.run(echo, { x: 1 }))).message).toBe("what a bookmark");
    }
  });

  test("clients need not ask for routes", async () => {
    const { client } = chain();
    const said: unknown[] = [];
    const db = client({ observer: { received: ({ message }) => void said.push(message) } });
    await db.verifyConnectivity();
    expect(said[0]).toMatchObject({ metadata: { hints: { ssrEnabled: true } } });
  });

  test("a server without database names gets a default one", async () => {
    const { db } = chain({ speaks: ["3"] });
    expect((await db.session({ database: "neo4j" }).run(echo, { x: 1 })).records).toEqual([{ x: 1 }]);
    expect((await failureOf(db.session({ database: "other" }).run(echo))).code).toBe(
      "Neo.ClientError.Database.DatabaseNotFound",
    );
  });
});
