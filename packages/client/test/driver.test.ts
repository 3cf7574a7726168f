// The driver's own functions: executeQuery and its options, questions to the server, observing, closing.
import { tracingChannel } from "node:diagnostics_channel";
import { Failure, type Request } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { Trace } from "../src/diagnostics.ts";
import { type Driver, driver } from "../src/driver.ts";
import {
  auth,
  bookmarkManager,
  ClosedError,
  ConfigError,
  type DriverConfig,
  type QueryResult,
  type Result,
  ServerFailure,
  UsageError,
  type MessageObserver,
  type ObservedMessage,
} from "../src/index.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { TestServer, type TestServerOptions } from "./test-server.ts";

function connect(
  options: TestServerOptions = {},
  config: DriverConfig = {},
): { server: TestServer; db: Driver } {
  const server = new TestServer(options);
  return { server, db: driver("bolt://test", undefined, { dial: server.dial, ...config }) };
}

const begins = (server: TestServer): (Request & { name: "BEGIN" })["extra"][] =>
  server.log.flatMap((request) => (request.name === "BEGIN" ? [request.extra] : []));

describe("executeQuery", () => {
  test("resolves with the whole result", async () => {
    const { db } = connect();
    const { records, summary, keys } = await db.executeQuery<{ x: number }>("RETURN $x AS x", { x: 5 });
    expect(records[0]?.x).toBe(5);
    expect(keys).toEqual(["x"]);
    expect(summary.query).toEqual({ text: "RETURN $x AS x", parameters: { x: 5 } });
    expect(summary.server).toEqual({ address: "test:7687", agent: "Neo4j/5.26.0", protocolVersion: "6.1" });
  });

  test("passes its options on", async () => {
    const { server, db } = connect();
    await db.executeQuery(
      "RETURN 1 AS x",
      {},
      {
        database: "movies",
        mode: "read",
        impersonatedUser: "ann",
        timeoutMs: 2000,
        metadata: { app: "test" },
      },
    );
    expect(begins(server)).toMatchObject([
      { db: "movies", mode: "r", impUser: "ann", txTimeoutMs: 2000, txMetadata: { app: "test" } },
    ]);
  });

  test("sees what earlier calls wrote", async () => {
    const { server, db } = connect();
    await db.executeQuery("CREATE ()");
    await db.executeQuery("CREATE ()");
    await db.executeQuery("CREATE ()", {}, { bookmarkManager: null });
    expect(begins(server).map(({ bookmarks }) => bookmarks)).toEqual([undefined, ["b1"], undefined]);
  });

  test("accepts another bookmark manager", async () => {
    const { server, db } = connect();
    const manager = bookmarkManager({ initial: ["x"] });
    await db.executeQuery("CREATE ()", {}, { bookmarkManager: manager });
    expect(await manager.getBookmarks()).toEqual(["b1"]);
    expect(begins(server)[0]?.bookmarks).toEqual(["x"]);
  });

  test("can read the result in another way", async () => {
    const { db } = connect();
    const sum = await db.executeQuery(
      "RANGE 4",
      {},
      {
        transform: async (result: Result<{ i: number }>) => {
          let total = 0;
          await result.forEach(({ i }) => (total += i));
          return total;
        },
      },
    );
    expect(sum).toBe(6);
    expect(await db.executeQuery("RANGE 1", {}, { transform: (result) => result.single() })).toEqual({
      i: 0,
    });
    const { records } = await db.executeQuery("RANGE 3", {}, { map: (row) => -Number(row["i"]) });
    expect(records).toEqual([-0, -1, -2]);
  });

  test("refuses anything that is not a query", async () => {
    const { db } = connect();
    await expect(db.executeQuery(5 as never)).rejects.toBeInstanceOf(ConfigError);
  });

  test("an empty query is left to the server", async () => {
    const { db, server } = connect();
    await expect(db.executeQuery("")).rejects.toBeInstanceOf(ServerFailure);
    expect(server.log.find(({ name }) => name === "RUN")).toMatchObject({ query: "" });
  });
});

describe("questions to the server", () => {
  test("getServerInfo and verifyConnectivity make a round trip", async () => {
    const { server, db } = connect({}, { versions: "5.4" });
    expect(await db.getServerInfo()).toEqual({
      address: "test:7687",
      agent: "Neo4j/5.26.0",
      protocolVersion: "5.4",
    });
    await db.verifyConnectivity();
    // The first connection has just answered the login, so it is not probed.
    expect(server.work).toEqual(["RESET"]);
    expect(server.connections).toHaveLength(1);
  });

  test.each([
    ["3", false, false],
    ["4.0", true, false],
    ["5.0", true, false],
    ["5.1", true, true],
  ])("Bolt %s: multi-database %s, session auth %s", async (versions, multiDb, sessionAuth) => {
    const { db } = connect({}, { versions });
    expect(await db.supportsMultiDb()).toBe(multiDb);
    expect(await db.supportsSessionAuth()).toBe(sessionAuth);
  });

  test("verifyAuthentication logs in anew", async () => {
    const { server, db } = connect({
      intercept: (request, { protocol }) => {
        if (request.name !== "LOGON" || request.auth.credentials !== "wrong") return false;
        protocol.failure(new Failure("Neo.ClientError.Security.Unauthorized", "no"));
        return true;
      },
    });
    expect(await db.verifyAuthentication(auth.basic("ann", "right"))).toBe(true);
    expect(await db.verifyAuthentication(auth.basic("ann", "right"))).toBe(true);
    expect(await db.verifyAuthentication(auth.basic("ann", "wrong"))).toBe(false);
    expect(server.names.filter((name) => name === "LOGON").length).toBeGreaterThanOrEqual(3);
  });

  describe.each([
    [
      "verifyAuthentication",
      (db: Driver, signal) => db.verifyAuthentication(auth.basic("b", "b"), { signal }),
    ],
    ["verifyConnectivity", (db, signal) => db.verifyConnectivity({ signal })],
    ["capabilities", (db, signal) => db.capabilities({ signal })],
  ] as [string, (db: Driver, signal?: AbortSignal) => Promise<unknown>][])("%s", (name, ask) => {
    /** A driver with an idle connection, whose server is silent from now on. */
    async function setUp(): Promise<{ db: Driver; server: TestServer; clock: FakeClock }> {
      let silent = false;
      const clock = new FakeClock();
      // Refuses the query of `capabilities`, which then waits for RESET.
      const hold = name === "capabilities" ? "RESET" : "LOGON";
      const server = new TestServer({
        intercept: (request) => (silent && request.name === hold ? "hold" : undefined),
      });
      let logins = 0;
      const manager = {
        getToken: () => auth.basic("a", name === "verifyConnectivity" ? `${++logins}` : "a"),
        handleSecurityFailure: () => false,
      };
      const db = driver("bolt://test", manager, { dial: server.dial, clock });
      await db.executeQuery("RETURN 1 AS x");
      silent = true;
      return { db, server, clock };
    }

    test("is aborted by its signal while the server is silent", async () => {
      const { db } = await setUp();
      const controller = new AbortController();
      const outcome = expect(ask(db, controller.signal)).rejects.toMatchObject({
        code: "ABORTED",
        server: "test:7687",
      });
      await settle();
      controller.abort();
      await outcome;
      expect(db.metrics()[0]).toMatchObject({ inUse: 0, closed: 1 });
    });

    test("ends at the time limit for a connection", async () => {
      const { db, clock } = await setUp();
      const outcome = expect(ask(db)).rejects.toMatchObject({
        code: "TIMEOUT",
        afterMs: 60_000,
        server: "test:7687",
      });
      await clock.tick(60_000);
      await outcome;
      expect(db.metrics()[0]).toMatchObject({ inUse: 0, closed: 1 });
      expect(clock.pending).toBe(0);
    });
  });

  test("verifyAuthentication throws failures that say nothing about the login", async () => {
    const { db } = connect({
      intercept: ({ name }, { protocol }) => {
        if (name !== "LOGON") return false;
        protocol.failure(new Failure("Neo.ClientError.Security.AuthenticationRateLimit", "slow down"));
        return true;
      },
    });
    await expect(db.verifyAuthentication(auth.none())).rejects.toMatchObject({
      code: "Neo.ClientError.Security.AuthenticationRateLimit",
    });
  });

  test("routing tables are for neo4j://", async () => {
    const { db } = connect();
    expect(db.routingTable()).toBeUndefined();
    await expect(db.refreshRoutingTable()).rejects.toBeInstanceOf(UsageError);
    const server = new TestServer();
    const cluster = driver("neo4j://test", undefined, { dial: server.dial });
    expect(await cluster.refreshRoutingTable()).toMatchObject({ readers: ["test:7687"], ttlMs: 300_000 });
    expect(cluster.routingTable("neo4j")).toMatchObject({ writers: ["test:7687"] });
    await expect(cluster.refreshRoutingTable({ databse: "neo4j" } as object)).rejects.toThrow('"databse"');
  });
});

test("executeQuery has the parameters that it was given, whatever becomes of the object", async () => {
  const server = new TestServer();
  const db = driver("bolt://test", undefined, { dial: server.dial });
  const parameters = { x: 0 };
  const results: Promise<QueryResult>[] = [];
  for (; parameters.x < 4; parameters.x++) results.push(db.executeQuery("RETURN $x AS x", parameters));
  const records = (await Promise.all(results)).map((result) => result.records[0]);
  expect(records).toEqual([0, 1, 2, 3].map((x) => ({ x })));
});

describe("watching", () => {
  test("an observer sees every message, without secrets", async () => {
    const seen: ObservedMessage[] = [];
    const see = (message: ObservedMessage): void => void seen.push(message);
    const observer = { sent: see, received: see };
    const server = new TestServer();
    const db = driver("bolt://test", auth.basic("ann", "hush-hush"), { dial: server.dial, observer });
    await db.session().run("RANGE 2");
    expect(seen.map(({ message }) => message.name)).toEqual([
      "HELLO",
      "LOGON",
      "SUCCESS",
      "SUCCESS",
      "RUN",
      "PULL",
      "SUCCESS",
      "RECORD",
      "RECORD",
      "SUCCESS",
    ]);
    expect(JSON.stringify(seen.map(({ message }) => message))).not.toContain("hush");
  });

  test("a function makes an observer for each connection", async () => {
    const seen: string[][] = [];
    const observer = (server: string): MessageObserver => {
      const own = [server];
      seen.push(own);
      return { sent: ({ message }) => void own.push(message.name) };
    };
    const server = new TestServer();
    const db = driver("bolt://test", undefined, { dial: server.dial, observer });
    const one = db.session();
    await using tx = await one.beginTransaction();
    await db.session().run("RANGE 2");
    await tx.commit();
    expect(seen).toEqual([
      ["test:7687", "HELLO", "LOGON", "BEGIN", "COMMIT"],
      ["test:7687", "HELLO", "LOGON", "RUN", "PULL"],
    ]);
  });

  test("diagnostics channels report queries", async () => {
    const seen: [string, { error?: unknown }][] = [];
    const channel = tracingChannel<{ query: string }>("bolt.query");
    const listeners = {
      start: (context: object) => void seen.push(["start", { ...context }]),
      end: () => {},
      asyncStart: () => {},
      asyncEnd: (context: object) => void seen.push(["end", { ...context }]),
      error: (context: object) => void seen.push(["error", { ...context }]),
    };
    channel.subscribe(listeners);
    const { db } = connect();
    const session = db.session();
    await session.run("RANGE 3");
    await session.run("ALTER USER ann SET PASSWORD 'hush'").catch(() => {});
    channel.unsubscribe(listeners);
    await session.run("RANGE 4");
    expect(seen.map(([kind]) => kind)).toEqual(["start", "end", "start", "error", "end"]);
    expect(seen[1]![1]).toMatchObject({ query: "RANGE 3", rows: 3, server: "test:7687", database: "neo4j" });
    expect(JSON.stringify(seen.map(([, facts]) => ({ ...facts, error: undefined })))).not.toContain("hush");
  });
});

test("a sandbox that only looks like Node has no diagnostics channels", () => {
  const { process } = globalThis;
  const sandbox = {
    getBuiltinModule: (): never => {
      throw new Error("A Node.js API is used");
    },
  };
  try {
    globalThis.process = sandbox as never;
    expect(new Trace("bolt.query").heard).toBe(false);
  } finally {
    globalThis.process = process;
  }
});

test("diagnostics channels report connections, new or idle, and what they were acquired for", async () => {
  const seen: unknown[] = [];
  const channels = ["connect", "acquire", "route"].map((name) => tracingChannel(`bolt.${name}`));
  const listener = (context: unknown): void => void seen.push({ ...(context as object) });
  for (const channel of channels) channel.asyncEnd.subscribe(listener);
  const db = driver("neo4j://test", undefined, { dial: new TestServer().dial });
  const session = db.session({ database: "neo4j", mode: "read" });
  const acquired = { server: "test:7687", mode: "read", database: "neo4j" };
  await session.run("RETURN 1 AS x");
  const routed = { server: "test:7687", database: "neo4j" };
  // The first connection fetches the table and does the work.
  expect(seen).toEqual([{ server: "test:7687" }, acquired, routed, acquired]);
  await session.run("RETURN 1 AS x");
  expect(seen.slice(4)).toEqual([acquired]);
  for (const channel of channels) channel.asyncEnd.unsubscribe(listener);
});

describe("closing", () => {
  test("sends GOODBYE once and refuses work afterwards", async () => {
    const { server, db } = connect();
    await db.session().run("RETURN 1 AS x");
    await Promise.all([db.close(), db.close()]);
    expect(server.names.at(-1)).toBe("GOODBYE");
    await expect(db.executeQuery("RETURN 1 AS x")).rejects.toBeInstanceOf(ClosedError);
    await expect(db.verifyConnectivity()).rejects.toBeInstanceOf(ClosedError);
  });

  test("sends GOODBYE from inside the callback for a row, too", async () => {
    const { server, db } = connect();
    let closed: Promise<void> | undefined;
    const rows = db.session().run("RANGE 3");
    await expect(rows.forEach(() => void (closed ??= db.close()))).rejects.toBeInstanceOf(ClosedError);
    await closed;
    expect(server.names.at(-1)).toBe("GOODBYE");
  });

  test("ends the wait for the next attempt, and leaves no timer", async () => {
    const clock = new FakeClock();
    const { db } = connect({}, { clock });
    const outcome = expect(db.executeQuery("TRANSIENT")).rejects.toBeInstanceOf(ClosedError);
    await settle();
    expect(clock.pending).toBe(1);
    await db.close();
    await outcome;
    expect(clock.pending).toBe(0);
  });

  test("by await using", async () => {
    const { server, db } = connect();
    {
      await using own = db;
      await own.executeQuery("RETURN 1 AS x");
    }
    expect(server.connection.closed).toBe(true);
  });
});

test("holders say where in the program they acquired their connection, new or idle", async () => {
  const { db } = connect({}, { pool: { trackHolders: true } });
  for (const when of ["new", "idle"]) {
    const tx = await db.session().beginTransaction();
    expect(db.holders(), when).toMatchObject([
      { mode: "write", stack: expect.stringContaining("driver.test") },
    ]);
    await tx.rollback();
    await db.session().executeRead(async (inner) => {
      await inner.run("RETURN 1 AS x");
      expect(db.holders(), when).toMatchObject([
        { mode: "read", stack: expect.stringContaining("driver.test") },
      ]);
    });
  }
});
