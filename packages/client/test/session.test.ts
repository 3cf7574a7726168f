// The queue of a session, its pipelines, what it refuses, and how it closes.
import { Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import {
  auth,
  bookmarkManager,
  ClosedError,
  ConfigError,
  type DriverConfig,
  type Result,
  IgnoredError,
  PackError,
  ServerFailure,
  UsageError,
} from "../src/index.ts";
import type { Session } from "../src/session/session.ts";
import { settle } from "./fake-clock.ts";
import { TestServer, type TestServerOptions } from "./test-server.ts";

interface Connected {
  readonly server: TestServer;
  readonly db: Driver;
  readonly session: Session;
}

function connect(options: TestServerOptions = {}, config: DriverConfig = {}): Connected {
  const server = new TestServer(options);
  const db = driver("bolt://test", undefined, { dial: server.dial, ...config });
  return { server, db, session: db.session() };
}

const bookmarksOf = (server: TestServer): unknown[] =>
  server.log.flatMap((request) =>
    request.name === "RUN" || request.name === "BEGIN" ? [request.extra.bookmarks] : [],
  );

describe("queries side by side", () => {
  test("queue", async () => {
    const { server, session } = connect();
    const results = await Promise.all([1, 2, 3].map((x) => session.run("RETURN $x AS x", { x })));
    expect(results.map(({ records }) => records)).toEqual([[{ x: 1 }], [{ x: 2 }], [{ x: 3 }]]);
    expect(server.work).toEqual(["RUN", "PULL", "RUN", "PULL", "RUN", "PULL"]);
    expect(server.connections).toHaveLength(1);
  });

  test("see what the previous one wrote", async () => {
    const { server, session } = connect();
    await Promise.all([session.run("CREATE ()"), session.run("CREATE ()"), session.run("RETURN 1 AS x")]);
    expect(bookmarksOf(server)).toEqual([undefined, ["b1"], ["b2"]]);
    expect(session.lastBookmarks()).toEqual(["b3"]);
  });

  test("have the parameters that they were given, whatever becomes of the object", async () => {
    const { session } = connect();
    const parameters = { x: 0 };
    const results: Result[] = [];
    for (; parameters.x < 4; parameters.x++) results.push(session.run("RETURN $x AS x", parameters));
    const map = new Map([["x", 7]]);
    results.push(session.run("RETURN $x AS x", map));
    map.set("x", 8);
    const whole = await Promise.all(results);
    expect(whole.map(({ records }) => records[0])).toEqual([0, 1, 2, 3, 7].map((x) => ({ x })));
    expect(whole.slice(0, 4).map(({ summary }) => summary.query.parameters)).toEqual(
      [0, 1, 2, 3].map((x) => ({ x })),
    );
  });

  test("nested in a loop over another result do not block each other", async () => {
    const { server, session } = connect({}, { fetchSize: 2 });
    const seen: unknown[] = [];
    for await (const outer of session.run("RANGE 7")) {
      const { x } = await session.run<{ x: number }>("RETURN $x AS x", { x: outer["i"] }).single();
      seen.push(x);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(server.connections).toHaveLength(1);
  });

  test("run after a result that is never read", async () => {
    const { session } = connect({}, { fetchSize: 2 });
    const forgotten = session.run("RANGE 10");
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect((await forgotten).records).toHaveLength(10);
  });

  test("run after several results that are never read", async () => {
    const { session } = connect({}, { fetchSize: 2 });
    const forgotten = [session.run("RANGE 10"), session.run("RANGE 11"), session.run("RANGE 12")];
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    const whole = await Promise.all(forgotten);
    expect(whole.map(({ records }) => records.length)).toEqual([10, 11, 12]);
  });

  test("go on after one has failed", async () => {
    const { server, session } = connect();
    const [a, b, c] = await Promise.allSettled([
      session.run("RETURN 1 AS x"),
      session.run("NONSENSE"),
      session.run("RETURN 3 AS x"),
    ]);
    expect([a.status, b.status, c.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(server.connections).toHaveLength(1);
    expect(server.work).toEqual(["RUN", "PULL", "RUN", "RESET", "RUN", "PULL"]);
  });

  test("and transactions take turns", async () => {
    const { server, session } = connect();
    const order: string[] = [];
    await Promise.all([
      session.executeWrite(async (tx) => {
        await tx.run("CREATE ()");
        order.push("write");
      }),
      session.executeRead(async (tx) => {
        await tx.run("RETURN 1 AS x");
        order.push("read");
      }),
      session.run("RETURN 1 AS x").then(() => order.push("run")),
    ]);
    expect(order).toEqual(["write", "read", "run"]);
    expect(server.connections).toHaveLength(1);
    expect(bookmarksOf(server)).toEqual([undefined, undefined, ["b1"], undefined, ["b2"]]);
  });
});

describe("a pipeline", () => {
  test("is one write", async () => {
    const { server, session } = connect();
    await session.run("RETURN 1 AS x");
    const [a, b] = session.pipeline<[{ x: number }, { y: number }]>([
      ["RETURN 1 AS x"],
      ["RETURN $y AS y", { y: 2 }],
    ]);
    expect((await a).records[0]?.x).toBe(1);
    expect((await b.single()).y).toBe(2);
    expect(server.connection.writes.at(-1)).toEqual(["RUN", "PULL", "RUN", "PULL"]);
  });

  test("may be read in any order, or not at all", async () => {
    const { session } = connect();
    const [a, , c] = session.pipeline([["RANGE 3000"], ["RANGE 10"], ["RETURN 3 AS x"]]);
    expect(await c.single()).toEqual({ x: 3 });
    expect((await a).records).toHaveLength(3000);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });

  test("ends at the first failure", async () => {
    const { server, session } = connect();
    const results = session.pipeline([["RETURN 1 AS x"], ["NONSENSE"], ["RETURN 3 AS x"]]);
    const [a, b, c] = await Promise.allSettled(results);
    expect(a.status).toBe("fulfilled");
    expect(b).toMatchObject({ reason: { code: "Neo.ClientError.Statement.SyntaxError" } });
    const ignored = (c as PromiseRejectedResult).reason as IgnoredError;
    expect(ignored).toBeInstanceOf(IgnoredError);
    expect(ignored.cause).toBeInstanceOf(ServerFailure);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.connections).toHaveLength(1);
  });

  test.each([
    ["has a parameter that cannot be sent", ["RETURN $x AS x", { x: () => 1 }], "PACK_ERROR"],
    ["is not a query", [5 as never], "CONFIG_ERROR"],
  ] as const)("ends at what %s", async (_what, wrong, code) => {
    const { session, server } = connect();
    const results = session.pipeline([["RETURN 1 AS x"], wrong, ["RETURN 3 AS x"]]);
    const [a, b, c] = await Promise.allSettled(results);
    expect(a.status).toBe("fulfilled");
    expect(b).toMatchObject({ reason: { code } });
    expect(c).toMatchObject({ reason: { code: "IGNORED", cause: { code } } });
    expect(server.work).toEqual(["RUN", "PULL"]);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });

  test("without queries sends nothing", async () => {
    const { session, server } = connect();
    expect(session.pipeline([])).toEqual([]);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.work).toEqual(["RUN", "PULL"]);
  });

  test("queues like a query", async () => {
    const { server, session } = connect();
    const first = session.run("RANGE 10");
    const [a] = session.pipeline([["RETURN 1 AS x"]]);
    const last = session.run("RETURN 2 AS x");
    expect(await a.single()).toEqual({ x: 1 });
    expect(await last.single()).toEqual({ x: 2 });
    expect((await first).records).toHaveLength(10);
    expect(bookmarksOf(server)).toEqual([undefined, ["b1"], ["b2"]]);
  });
});

describe("invalid calls", () => {
  test.each([
    ["a query that is not a string", 5 as never, {}],
    ["parameters that are a list", "RETURN 1 AS x", [] as never],
  ])("%s is refused by the result", async (_name, query, parameters) => {
    const { session, server } = connect();
    await expect(session.run(query, parameters).then()).rejects.toBeInstanceOf(ConfigError);
    expect(server.connections).toHaveLength(0);
  });

  test("a bad timeout is refused", async () => {
    const { session } = connect();
    await expect(session.run("RETURN 1 AS x", {}, { timeoutMs: -1 }).then()).rejects.toBeInstanceOf(
      ConfigError,
    );
    await expect(session.beginTransaction({ timeoutMs: NaN })).rejects.toBeInstanceOf(ConfigError);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });

  test("a parameter that cannot be sent is named by its path, and the connection stays usable", async () => {
    const { session, server } = connect();
    const error = await session
      .run("RETURN $x AS x", { x: [1, Symbol("s")] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PackError);
    expect(error).toMatchObject({ path: expect.stringContaining("x[1]") as string });
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.work).toEqual(["RUN", "PULL"]);
  });

  test("a query beside an open transaction is refused, and the message names the transaction", async () => {
    const { session } = connect();
    const tx = await session.beginTransaction();
    await expect(session.run("RETURN 1 AS x").then()).rejects.toBeInstanceOf(UsageError);
    await expect(session.beginTransaction()).rejects.toThrow(/open transaction/);
    await tx.rollback();
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });

  test("so are calls while a transaction is about to open: they would wait for its end", async () => {
    const { server, session } = connect();
    const before = session.run("RETURN 1 AS x").single();
    const [tx, ...others] = await Promise.allSettled([
      session.beginTransaction(),
      session.beginTransaction(),
      session.run("RETURN 2 AS x"),
      session.executeRead(() => expect.unreachable()),
    ]);
    expect(others.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    for (const other of others) expect(other).toMatchObject({ reason: { code: "USAGE_ERROR" } });
    expect(await before).toEqual({ x: 1 });
    if (tx.status === "fulfilled") await tx.value.commit();
    expect(await session.run("RETURN 3 AS x").single()).toEqual({ x: 3 });
    expect(server.work).toEqual(["RUN", "PULL", "BEGIN", "COMMIT", "RUN", "PULL"]);
  });

  test("a transaction whose BEGIN failed blocks nothing", async () => {
    const { session } = connect({
      intercept: (request, { protocol }) => {
        if (request.name === "BEGIN")
          protocol.failure(new Failure("Neo.ClientError.Transaction.InvalidBookmark", "no"));
        return request.name === "BEGIN";
      },
    });
    await expect(session.beginTransaction()).rejects.toThrow("no");
    expect(await session.run("RETURN 3 AS x").single()).toEqual({ x: 3 });
  });

  test.each([
    ["4.4", { database: "x" }, true],
    ["3", { database: "x" }, false],
    ["4.4", { impersonatedUser: "x" }, true],
    ["4.3", { impersonatedUser: "x" }, false],
    ["5.2", { notifications: { minimumSeverity: "OFF" as const } }, true],
    ["5.1", { notifications: { minimumSeverity: "OFF" as const } }, false],
  ])("on Bolt %s %o works: %s", async (version, config, works) => {
    const { db } = connect({}, { versions: version });
    const session = db.session(config);
    const result = session.run("RETURN 1 AS x").then();
    if (works) expect((await result).records).toEqual([{ x: 1 }]);
    else
      await expect(result).rejects.toMatchObject({
        code: "UNSUPPORTED",
        version: expect.stringMatching(/^\d/) as string,
      });
  });
});

describe("bookmarks", () => {
  test("given to the session are sent with its first query", async () => {
    const { server, db } = connect();
    await db.session({ bookmarks: ["a", "b"] }).run("RETURN 1 AS x");
    expect(bookmarksOf(server)).toEqual([["a", "b"]]);
  });

  test("of a manager are shared, and the manager gets new ones before the result resolves", async () => {
    const told: (readonly string[])[] = [];
    const manager = bookmarkManager({
      initial: ["m"],
      supplier: async () => ["s"],
      consumer: async (all) => {
        await settle();
        told.push(all);
      },
    });
    const { server, db } = connect();
    await db.verifyConnectivity();
    const session = db.session({ bookmarkManager: manager, bookmarks: ["own"] });
    await session.run("CREATE ()");
    expect(told).toEqual([["b1"]]);
    await db.session({ bookmarkManager: manager }).executeWrite((tx) => tx.run("CREATE ()"));
    expect(bookmarksOf(server)).toEqual([["m", "s", "own"], ["b1", "s"], undefined]);
    expect(told).toEqual([["b1"], ["b2"]]);
  });

  test("of a manager are fetched again when the connection took its time", async () => {
    const supplied = [["early"], ["late"]];
    const manager = bookmarkManager({ supplier: () => supplied.shift()! });
    const { server, db } = connect();
    await db.session({ bookmarkManager: manager }).run("RETURN 1 AS x");
    expect(bookmarksOf(server)).toEqual([["late"]]);
  });

  test("of a manager that fails fail the work", async () => {
    const { db, server } = connect();
    const session = db.session({
      bookmarkManager: {
        getBookmarks: () => Promise.reject(new RangeError("no")),
        updateBookmarks: () => {},
      },
    });
    await expect(session.run("RETURN 1 AS x").then()).rejects.toThrow("no");
    await expect(session.executeRead((tx) => tx.run("RETURN 1 AS x"))).rejects.toThrow("no");
    expect(server.connections).toHaveLength(0);
  });
});

describe("closing a session", () => {
  test("waits for running work and discards results that are never read", async () => {
    const { server, session } = connect({}, { fetchSize: 2 });
    await session.run("RANGE 5").peek();
    await session.close();
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
    await expect(session.run("RETURN 1 AS x").then()).rejects.toBeInstanceOf(ClosedError);
  });

  test("leaves results readable that have arrived completely", async () => {
    const { session } = connect();
    const result = session.run("RANGE 5");
    await result.peek();
    await session.close();
    expect((await result).records).toHaveLength(5);
  });

  test("lets awaited results end", async () => {
    const { session } = connect({}, { fetchSize: 2 });
    const results = Promise.all([session.run("RANGE 5"), session.run("RANGE 7")]);
    await Promise.resolve();
    await session.close();
    expect((await results).map(({ records }) => records.length)).toEqual([5, 7]);
  });

  test("reports that rows were lost, and returns none of the others", async () => {
    const { session } = connect({}, { fetchSize: 2 });
    const rows = session.run("RANGE 5")[Symbol.asyncIterator]();
    await rows.next();
    await session.close();
    await expect(rows.next()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
  });

  test("throws a failure that was never reported", async () => {
    const { session, db } = connect();
    void session.run("NONSENSE");
    await expect(session.close()).rejects.toMatchObject({ code: "Neo.ClientError.Statement.SyntaxError" });
    const other = db.session();
    await other.run("NONSENSE").catch(() => {});
    void other.run("RETURN 1 AS x");
    await other.close();
  });

  test("does not throw what followed from a reported failure", async () => {
    const { session, db } = connect();
    const [first] = session.pipeline([["NONSENSE"], ["RETURN 1 AS x"]]);
    await expect(first.then()).rejects.toBeInstanceOf(ServerFailure);
    await session.close();
    const other = db.session();
    void other.pipeline([["NONSENSE"], ["RETURN 1 AS x"]]);
    await expect(other.close()).rejects.toBeInstanceOf(ServerFailure);
  });

  test("does not throw an abort", async () => {
    const { session } = connect({ intercept: ({ name }) => (name === "PULL" ? "hold" : undefined) });
    const controller = new AbortController();
    await session.run("RETURN 1 AS x", {}, { signal: controller.signal }).keys();
    controller.abort();
    await session.close();
  });

  test("throws a failure that an auth manager is still handling", async () => {
    const refused = new Failure("Neo.ClientError.Security.TokenExpired", "old");
    const server = new TestServer({ engine: () => ({ failure: refused }) });
    const manager = {
      getToken: () => auth.bearer("a"),
      handleSecurityFailure: () => settle().then(() => false),
    };
    const session = driver("bolt://test", manager, { dial: server.dial }).session();
    void session.run("x");
    await expect(session.close()).rejects.toMatchObject({ code: refused.code });
  });

  test.each(["keys", "peek"] as const)("throws a failure after what %s() returned", async (read) => {
    const lateFailure = new Failure("Neo.ClientError.Statement.ArithmeticError", "/ by zero");
    const { session } = connect({ engine: () => ({ fields: ["x"], rows: [[1]], lateFailure }) });
    await session.run("x")[read]();
    await settle();
    await expect(session.close()).rejects.toMatchObject({ code: lateFailure.code });
  });

  test("rolls back an open transaction", async () => {
    const { server, session } = connect();
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    await session.close();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "ROLLBACK"]);
    expect(tx.isOpen).toBe(false);
  });

  test("rolls back a transaction that was about to open", async () => {
    const { server, session, db } = connect();
    const begun = session.beginTransaction();
    const outcome = expect(begun).rejects.toMatchObject({ code: "CLOSED", what: "session" });
    await session.close();
    await outcome;
    expect(server.work).toEqual(["BEGIN", "ROLLBACK"]);
    expect(db.metrics()[0]).toMatchObject({ inUse: 0, idle: 1 });
  });

  test("throws a rollback that the server refused", async () => {
    const { session } = connect({
      intercept: (request, { protocol }) => {
        if (request.name !== "ROLLBACK") return undefined;
        protocol.failure(new Failure("Neo.TransientError.General.DatabaseUnavailable", "gone"));
        return true;
      },
    });
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    await expect(session.close()).rejects.toMatchObject({ message: "gone" });
    expect(tx.isOpen).toBe(false);
  });

  test("twice, or unused, sends nothing; await using closes too", async () => {
    const { server, session, db } = connect();
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(server.connections).toHaveLength(0);
    let disposed: Session;
    {
      await using other = (disposed = db.session());
      await other.run("RETURN 1 AS x");
    }
    await disposed.close();
    await expect(disposed.run("RETURN 1 AS x").then()).rejects.toBeInstanceOf(ClosedError);
    expect(server.work).toEqual(["RUN", "PULL"]);
  });

  test("of a driver ends its sessions' work", async () => {
    const { db, session } = connect({ intercept: ({ name }) => (name === "PULL" ? "hold" : undefined) });
    const result = session.run("RETURN 1 AS x").then();
    const outcome = expect(result).rejects.toMatchObject({ code: "CLOSED", what: "driver" });
    await settle();
    await db.close();
    await outcome;
    expect(() => db.session()).toThrow(ClosedError);
  });
});

test("an auto-commit query that failed without effect, as the server states, is resent once", async () => {
  let failures = 1;
  const failure = new Failure("Neo.ClientError.Transaction.Whatever", "not now", {
    diagnosticRecord: { _idempotent: true },
  });
  const { server, session } = connect({
    engine: () => (failures-- > 0 ? { failure } : { fields: ["x"], rows: [[1]] }),
  });
  expect((await session.run("x")).records).toEqual([{ x: 1 }]);
  expect(server.work).toEqual(["RUN", "RESET", "RUN", "PULL"]);
  failures = 2;
  await expect(session.run("x").then()).rejects.toMatchObject({ code: failure.code });
});

test("with routing, a home database that the server names is requested from then on", async () => {
  const server = new TestServer({
    engine: () => ({ fields: ["x"], rows: [[1]], started: { db: "home" } }),
  });
  const db = driver("neo4j://test", undefined, { dial: server.dial });
  const session = db.session();
  await session.run("x");
  await session.run("x");
  const dbs = server.log.flatMap((request) => (request.name === "RUN" ? [request.extra.db] : []));
  expect(dbs.at(-1)).toBe("home");
});
