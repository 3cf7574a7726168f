// Explicit and managed transactions: what they send, how they end, what is retried and what never is.
import { Failure, type Request } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { driver } from "../src/driver.ts";
import {
  type Clock,
  CommitUnknownError,
  ConnectionLostError,
  type DriverConfig,
  ServerFailure,
  TransactionEndedError,
} from "../src/index.ts";
import type { Session } from "../src/session/session.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { TestServer, type TestServerOptions } from "./test-server.ts";

/** Timers fire at once: retries cost no time. */
const hasty: Clock = {
  now: () => 0,
  setTimeout: (callback) => setImmediate(callback),
  clearTimeout: (timer) => clearImmediate(timer as NodeJS.Immediate),
  random: () => 0.5,
};

function connect(
  options: TestServerOptions = {},
  config: DriverConfig = {},
): { server: TestServer; session: Session } {
  const server = new TestServer(options);
  const db = driver("bolt://test", undefined, { dial: server.dial, clock: hasty, ...config });
  return { server, session: db.session() };
}

describe("an explicit transaction", () => {
  test("does not wait forever for the answer to ROLLBACK: closing the connection ends it too", async () => {
    const clock = new FakeClock();
    const { server, session } = connect(
      { intercept: ({ name }) => (name === "ROLLBACK" ? "hold" : undefined) },
      { clock },
    );
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    const rolledBack = tx.rollback();
    await clock.tick(59_999);
    expect(server.connection.closed).toBe(false);
    await clock.tick(1);
    await rolledBack;
    expect(server.connection.closed).toBe(true);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(clock.pending).toBe(0);
  });

  test("waits for BEGIN, commits, and passes the bookmark on", async () => {
    const { server, session } = connect();
    const tx = await session.beginTransaction({ timeoutMs: 1500, metadata: { job: 7 } });
    expect(server.work).toEqual(["BEGIN"]);
    expect(tx.isOpen).toBe(true);
    await tx.run("CREATE ()");
    await tx.commit();
    expect(tx.isOpen).toBe(false);
    expect(session.lastBookmarks()).toEqual(["b1"]);
    expect(server.log.find(({ name }) => name === "BEGIN")).toMatchObject({
      extra: { txTimeoutMs: 1500, txMetadata: { job: 7 } },
    });
  });

  test("rolls back", async () => {
    const { server, session } = connect();
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    await tx.rollback();
    await tx.rollback();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "ROLLBACK"]);
    expect(session.lastBookmarks()).toEqual([]);
  });

  test("rolls back by await using", async () => {
    const { server, session } = connect();
    {
      await using tx = await session.beginTransaction();
      await tx.run("CREATE ()");
    }
    expect(server.work.at(-1)).toBe("ROLLBACK");
  });

  test("has several results open, from 4.0 on", async () => {
    const { server, session } = connect({}, { fetchSize: 2 });
    const tx = await session.beginTransaction();
    const a = tx.run("RANGE 5")[Symbol.asyncIterator]();
    const b = tx.run("RANGE 5")[Symbol.asyncIterator]();
    const seen: unknown[] = [];
    for (;;) {
      const rows = [await a.next(), await b.next()];
      if (rows[0]!.done) break;
      seen.push(...rows.map(({ value }) => (value as { i: number }).i));
    }
    expect(seen).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    await tx.commit();
    const qids = server.log.flatMap((request) => (request.name === "PULL" ? [request.qid] : []));
    expect(qids).toEqual([undefined, undefined, 0, undefined, 0, undefined]);
  });

  test.each(["3", "2", "1"])("reads one result after another on Bolt %s", async (versions) => {
    const { server, session } = connect({}, { versions });
    const tx = await session.beginTransaction();
    const rows: unknown[] = [];
    for await (const { i } of tx.run("RANGE 3")) rows.push(await tx.run("RETURN $x AS x", { x: i }).single());
    expect(rows).toEqual([{ x: 0 }, { x: 1 }, { x: 2 }]);
    await tx.commit();
    expect(server.work.at(0)).toBe("BEGIN");
    expect(server.work.at(-1)).toBe("COMMIT");
    expect(session.lastBookmarks()).toEqual(["b1"]);
  });

  test("discards unread results before it commits", async () => {
    const { server, session } = connect({}, { fetchSize: 2 });
    const tx = await session.beginTransaction();
    const a = tx.run("RANGE 5");
    const b = tx.run("RANGE 1");
    await tx.commit();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "RUN", "PULL", "DISCARD", "COMMIT"]);
    expect((await b).records).toHaveLength(1);
    await expect(a.then()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
  });

  test("lets a result that is being collected arrive completely before it commits", async () => {
    const { session } = connect({}, { fetchSize: 2 });
    const tx = await session.beginTransaction();
    const reading = tx.run("RANGE 5").then(({ records }) => records.length);
    await Promise.resolve();
    await tx.commit();
    expect(await reading).toBe(5);
  });

  test("has ended after a failure", async () => {
    const { server, session } = connect();
    const tx = await session.beginTransaction();
    await expect(tx.run("NONSENSE").then()).rejects.toBeInstanceOf(ServerFailure);
    expect(tx.isOpen).toBe(false);
    const late = await tx.run("RETURN 1 AS x").catch((error: unknown) => error);
    expect(late).toBeInstanceOf(TransactionEndedError);
    expect(late).toMatchObject({
      code: "TRANSACTION_ENDED",
      state: "failed",
      cause: expect.any(ServerFailure) as Error,
    });
    await expect(tx.commit()).rejects.toThrow(/transaction has ended/);
    await tx.rollback();
    expect(server.work).toEqual(["BEGIN", "RUN", "RESET"]);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.connections).toHaveLength(1);
  });

  test("fails all its open results with the first failure", async () => {
    const { session } = connect();
    const tx = await session.beginTransaction();
    const results = await Promise.allSettled([tx.run("NONSENSE"), tx.run("RETURN 1 AS x")]);
    const reasons = results.map((result) => (result as PromiseRejectedResult).reason as Error);
    expect(reasons[0]).toBeInstanceOf(ServerFailure);
    expect(reasons[1]).toBe(reasons[0]);
  });

  test.each([0, 1])("throws at commit a failure that was never reported (%i)", async (turns) => {
    const { session } = connect();
    const tx = await session.beginTransaction();
    void tx.run("NONSENSE");
    for (let i = 0; i < turns; i++) await settle();
    await expect(tx.commit()).rejects.toMatchObject({ code: "Neo.ClientError.Statement.SyntaxError" });
  });

  test("throws at commit a failure after the row that a reader got", async () => {
    const lateFailure = new Failure("Neo.ClientError.Statement.ArithmeticError", "/ by zero");
    const { session } = connect({ engine: () => ({ fields: ["x"], rows: [[1]], lateFailure }) });
    const tx = await session.beginTransaction();
    expect(await tx.run("x").peek()).toEqual({ x: 1 });
    await settle();
    await expect(tx.commit()).rejects.toMatchObject({ code: lateFailure.code });
  });

  test("survives a parameter that cannot be sent", async () => {
    const { session } = connect();
    const tx = await session.beginTransaction();
    await expect(tx.run("RETURN $x AS x", { x: () => 1 }).then()).rejects.toMatchObject({
      code: "PACK_ERROR",
    });
    expect(await tx.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    await tx.commit();
  });

  test("cannot be used after it ended", async () => {
    const { session } = connect();
    const tx = await session.beginTransaction();
    await tx.commit();
    await expect(tx.run("RETURN 1 AS x").then()).rejects.toMatchObject({ state: "committed" });
    await expect(tx.commit()).rejects.toMatchObject({ state: "committed" });
    await expect(tx.rollback()).rejects.toMatchObject({ state: "committed" });
    await tx.close();
    const other = await session.beginTransaction();
    await other.rollback();
    await expect(other.commit()).rejects.toMatchObject({ state: "rolled back" });
  });

  test("accepts nothing while it is being rolled back: that would run as a separate transaction", async () => {
    const { server, session } = connect();
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    const rollback = tx.rollback();
    expect(tx.isOpen).toBe(false);
    const message = "the transaction has ended, it is being rolled back";
    await expect(tx.run("CREATE ()").then()).rejects.toMatchObject({ state: "rolled back", message });
    await expect(tx.commit()).rejects.toMatchObject({ state: "rolled back" });
    await Promise.all([rollback, tx.rollback(), tx.close()]);
    await expect(tx.commit()).rejects.toThrow("the transaction has ended, it was rolled back");
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "ROLLBACK"]);
  });

  test.each([
    ["rollback", "commit"],
    ["rollback", "rollback"],
    ["commit", "rollback"],
    ["commit", "commit"],
  ] as const)("with results open: of %s and %s the first counts, both settle", async (first, second) => {
    const { server, session } = connect({}, { clock: new FakeClock(), fetchSize: 2 });
    const tx = await session.beginTransaction();
    void tx.run("RANGE 5");
    const outcomes = Promise.allSettled([tx[first](), tx[second](), tx.run("CREATE ()")]);
    const [a, b, c] = await outcomes;
    expect(a.status).toBe("fulfilled");
    expect(b.status).toBe(first === "rollback" && second === "rollback" ? "fulfilled" : "rejected");
    expect(c).toMatchObject({ reason: { code: "TRANSACTION_ENDED" } });
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "DISCARD", first.toUpperCase()]);
  });

  test("fails when BEGIN does", async () => {
    const failure = new Failure("Neo.ClientError.Transaction.InvalidBookmark", "what?");
    let refuse = true;
    const { session, server } = connect({
      intercept: ({ name }, { protocol }) => {
        if (name !== "BEGIN" || !refuse) return false;
        protocol.failure(failure);
        return true;
      },
    });
    await expect(session.beginTransaction()).rejects.toMatchObject({ code: failure.code });
    refuse = false;
    const tx = await session.beginTransaction();
    await tx.commit();
    expect(server.connections).toHaveLength(1);
  });

  test.each(["3", "5.4"])("Bolt %s: rolls back after a result that ends soon", async (version) => {
    const server: TestServer = new TestServer({
      intercept: ({ name }, connection) => {
        if (name !== "PULL") return undefined;
        setImmediate(() => connection.release());
        return "hold";
      },
    });
    const clock = new FakeClock();
    const config = { dial: server.dial, versions: version, fetchSize: -1, clock };
    const session = driver("bolt://test", undefined, config).session();
    const tx = await session.beginTransaction();
    const result = tx.run("RANGE 5");
    await result.keys();
    await tx.rollback();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "ROLLBACK"]);
    await expect(result.then()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
    expect(clock.pending).toBe(0);
  });

  test("rolls back an endless result by RESET", async () => {
    const { server, session } = connect(
      { intercept: ({ name }) => (name === "PULL" ? "hold" : undefined) },
      { fetchSize: -1 },
    );
    const tx = await session.beginTransaction();
    const result = tx.run("RANGE 5");
    await settle();
    await tx.rollback();
    await expect(result.then()).rejects.toMatchObject({ code: "TRANSACTION_ENDED", state: "rolled back" });
    await settle();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "RESET"]);
  });
});

describe("COMMIT", () => {
  const losing = (at: "before" | "after"): TestServerOptions => ({
    intercept: ({ name }, connection) => {
      if (name !== "COMMIT") return false;
      connection.cut(at === "after" ? undefined : new Error("reset"));
      return "hold";
    },
  });

  test.each(["before", "after"] as const)("whose answer is lost is an unknown outcome (%s)", async (at) => {
    const { session } = connect(losing(at));
    const tx = await session.beginTransaction();
    await tx.run("CREATE ()");
    const error = await tx.commit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommitUnknownError);
    expect(error).toMatchObject({
      code: "COMMIT_UNKNOWN",
      retryable: false,
      server: "test:7687",
      cause: expect.any(ConnectionLostError) as Error,
    });
  });

  test("whose answer is lost is never retried", async () => {
    const { server, session } = connect(losing("after"));
    await expect(session.executeWrite((tx) => tx.run("CREATE ()"))).rejects.toBeInstanceOf(
      CommitUnknownError,
    );
    expect(server.names.filter((name) => name === "BEGIN")).toHaveLength(1);
  });

  test("that is refused is a failure", async () => {
    const failure = new Failure("Neo.ClientError.Schema.ConstraintValidationFailed", "no");
    const { session } = connect({
      intercept: ({ name }, { protocol }) => {
        if (name !== "COMMIT") return false;
        protocol.failure(failure);
        return true;
      },
    });
    const tx = await session.beginTransaction();
    await expect(tx.commit()).rejects.toMatchObject({ code: failure.code });
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });
});

describe("a managed transaction", () => {
  test("that is committed is not done again, even if its bookmark manager fails", async () => {
    const { server, session } = connect(
      {},
      {
        bookmarkManager: {
          getBookmarks: () => [],
          updateBookmarks: () => Promise.reject(new ConnectionLostError("no store")),
        },
        retry: { retryable: () => true },
      },
    );
    await expect(session.executeWrite((tx) => tx.run("CREATE ()"))).rejects.toThrow("no store");
    expect(server.names.filter((name) => name === "COMMIT")).toHaveLength(1);
  });

  test("sends BEGIN with its first query, and resolves with what the work returns", async () => {
    const { server, session } = connect();
    await session.run("RETURN 1 AS x");
    const total = await session.executeRead(async (tx) => {
      const { x } = await tx.run<{ x: number }>("RETURN 1 AS x").single();
      return x + 1;
    });
    expect(total).toBe(2);
    expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL"], ["COMMIT"]]);
    expect(server.log.find(({ name }) => name === "BEGIN")).toMatchObject({ extra: { mode: "r" } });
  });

  test("may wait for BEGIN first", async () => {
    const { server } = connect();
    const session = driver("bolt://test", undefined, { dial: server.dial }).session({ eagerBegin: true });
    await session.executeWrite((tx) => tx.run("CREATE ()"));
    expect(server.connection.writes.slice(-3)).toEqual([["BEGIN"], ["RUN", "PULL"], ["COMMIT"]]);
  });

  test("may return a result, all of which is read", async () => {
    const { session } = connect();
    const { records } = await session.executeRead((tx) => tx.run("RANGE 3"));
    expect(records).toHaveLength(3);
  });

  test("without a query sends nothing to the server", async () => {
    const { server, session } = connect();
    expect(await session.executeRead(() => 5)).toBe(5);
    expect(server.work).toEqual([]);
  });

  test("is rolled back when the work throws", async () => {
    const { server, session } = connect();
    const work = session.executeWrite(async (tx) => {
      await tx.run("CREATE ()");
      throw new RangeError("mine");
    });
    await expect(work).rejects.toThrow(new RangeError("mine"));
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "ROLLBACK"]);
  });

  test("has ended for calls that outlive the work", async () => {
    const { session } = connect();
    const tx = await session.executeRead((open) => ({ open }));
    await expect(tx.open.run("RETURN 1 AS x").then()).rejects.toBeInstanceOf(TransactionEndedError);
    expect(tx.open.isOpen).toBe(false);
  });

  test("is retried after a retryable error", async () => {
    const { server, session } = connect();
    let attempts = 0;
    const result = await session.executeWrite(async (tx) => {
      attempts++;
      await tx.run(attempts < 3 ? "TRANSIENT" : "CREATE ()");
      return attempts;
    });
    expect(result).toBe(3);
    expect(server.names.filter((name) => name === "COMMIT")).toHaveLength(1);
    expect(server.connections).toHaveLength(1);
  });

  test("is retried when the work has swallowed such an error", async () => {
    const { session } = connect();
    let attempts = 0;
    await session.executeWrite(async (tx) => {
      attempts++;
      if (attempts < 2) await tx.run("TRANSIENT").catch(() => {});
    });
    expect(attempts).toBe(2);
  });

  test("is not retried after other errors", async () => {
    const { session } = connect();
    let attempts = 0;
    const work = session.executeWrite((tx) => (attempts++, tx.run("NONSENSE")));
    await expect(work).rejects.toBeInstanceOf(ServerFailure);
    expect(attempts).toBe(1);
  });

  test("is retried when the connection broke before COMMIT", async () => {
    let cuts = 2;
    const { server, session } = connect({
      intercept: ({ name }, connection) => {
        if (name !== "RUN" || cuts-- <= 0) return false;
        connection.cut();
        return "hold";
      },
    });
    await session.executeWrite((tx) => tx.run("CREATE ()"));
    expect(server.connections).toHaveLength(3);
    expect(server.names.filter((name) => name === "COMMIT")).toHaveLength(1);
  });

  test("fails in the query when BEGIN is refused", async () => {
    const failure = new Failure("Neo.ClientError.Database.DatabaseNotFound", "where?");
    const { session } = connect({
      intercept: ({ name }, { protocol }) => {
        if (name !== "BEGIN") return false;
        protocol.failure(failure);
        return true;
      },
    });
    let seen: unknown;
    const work = session.executeRead((tx) =>
      tx.run("RETURN 1 AS x").catch((error: unknown) => {
        seen = error;
        throw error;
      }),
    );
    await expect(work).rejects.toMatchObject({ code: failure.code });
    expect(seen).toMatchObject({ code: failure.code });
  });

  test.each(["6.1", "6.0", "5.8", "5.4", "5.1", "5.0", "4.4", "4.3", "4.2", "4.1", "4.0", "3", "2", "1"])(
    "works on Bolt %s",
    async (versions) => {
      const { server, session } = connect({}, { versions });
      expect(await session.executeWrite((tx) => tx.run("RETURN $x AS x", { x: [1, "ä"] }).single())).toEqual({
        x: [1, "ä"],
      });
      expect(await session.run("RANGE 5").first()).toEqual({ i: 0 });
      await expect(session.run("NONSENSE").then()).rejects.toBeInstanceOf(ServerFailure);
      const [a, b] = session.pipeline([["RETURN 1 AS x"], ["RETURN 2 AS x"]]);
      expect([await a.single(), await b.single()]).toEqual([{ x: 1 }, { x: 2 }]);
      expect(server.connection.protocol.version?.toString()).toBe(versions);
      expect(server.connections).toHaveLength(1);
    },
  );
});

describe("telemetry", () => {
  const asked: TestServerOptions = { hello: { hints: { telemetryEnabled: true } } };
  const apis = (log: readonly Request[]): number[] =>
    log.flatMap((request) => (request.name === "TELEMETRY" ? [request.api] : []));

  test("is off by default", async () => {
    const { server, session } = connect(asked);
    await session.run("RETURN 1 AS x");
    expect(apis(server.log)).toEqual([]);
  });

  test("names the function, once per call", async () => {
    const { server, session } = connect(asked, { telemetry: true });
    await session.run("RETURN 1 AS x");
    await (await session.beginTransaction()).rollback();
    let attempts = 0;
    await session.executeRead((tx) => tx.run(attempts++ === 0 ? "TRANSIENT" : "RETURN 1 AS x"));
    expect(apis(server.log)).toEqual([2, 1, 0]);
    expect(server.connection.writes.at(-4)).toEqual(["TELEMETRY", "BEGIN", "RUN"]);
  });

  test("is sent again when the server did not receive it", async () => {
    const { server, session } = connect(
      {
        ...asked,
        intercept: ({ name }, connection) => {
          if (name === "TELEMETRY" && server.connections.length === 1) connection.cut();
        },
      },
      { telemetry: true },
    );
    await session.executeRead((tx) => tx.run("RETURN 1 AS x"));
    expect(apis(server.log)).toEqual([0, 0]);
  });

  test("is not sent to servers that do not ask for it", async () => {
    const { server, session } = connect({}, { telemetry: true });
    await session.run("RETURN 1 AS x");
    expect(apis(server.log)).toEqual([]);
  });
});
