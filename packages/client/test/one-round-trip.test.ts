// Reads whose COMMIT leaves with their query: when it does, when it must not, and what then becomes of failures.
import { Failure, type Request } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { CommitUnknownError, type DriverConfig, ServerFailure } from "../src/index.ts";
import { connect } from "./connect.ts";
import { settle } from "./fake-clock.ts";

const READ = { mode: "read" } as const;
const ONE_WRITE = ["BEGIN", "RUN", "PULL", "COMMIT"];

describe("executeQuery that only reads", () => {
  test.each(["1", "2", "3", "4.0", "4.4", "5.4", "6.1"])("is one write in Bolt %s", async (version) => {
    const { server, db } = connect({ versions: [version] }, { versions: version });
    const { records, summary } = await db.executeQuery("RANGE 3", {}, READ);
    expect(records).toHaveLength(3);
    expect(summary.query.text).toBe("RANGE 3");
    expect(server.connection.writes.at(-1)).toEqual(ONE_WRITE);
    await db.executeQuery("RETURN 1 AS x", {}, READ);
    expect(server.connections).toHaveLength(1);
    expect(db.metrics()[0]).toMatchObject({ inUse: 0, idle: 1 });
  });

  test("requests all rows at once, and keeps the bookmark", async () => {
    const { server, db } = connect();
    const { records } = await db.executeQuery("RANGE 2500", {}, READ);
    expect(records).toHaveLength(2500);
    await db.executeQuery("CREATE ()");
    const [, begin] = server.log.filter(({ name }) => name === "BEGIN") as (Request & { extra: object })[];
    expect(begin!.extra).toMatchObject({ bookmarks: [expect.any(String) as string] });
    expect(server.names.filter((name) => name === "PULL")).toHaveLength(2);
    expect(server.log.find(({ name }) => name === "PULL")).toMatchObject({ n: -1 });
  });

  test.each<[string, object, DriverConfig]>([
    ["writes", {}, {}],
    ["has a fetch size", { ...READ, fetchSize: 1000 }, {}],
    ["has a fetch size from the driver", READ, { fetchSize: 1000 }],
    ["is read by the program's own function", { ...READ, transform: (result: object) => result }, {}],
  ])("and COMMIT comes later if the query %s", async (_, settings, config) => {
    const { server, db } = connect({}, config);
    await db.executeQuery("RETURN 1 AS x", {}, settings);
    expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL"], ["COMMIT"]]);
  });

  test.each(["failure", "lateFailure"] as const)(
    "rejects with the query's %s, not with COMMIT's",
    async (how) => {
      const failure = new Failure("Neo.ClientError.Statement.SyntaxError", "no such word");
      const { server, db } = connect({ engine: () => ({ fields: ["x"], rows: [[1]], [how]: failure }) });
      const error = await db.executeQuery("FAIL", {}, READ).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ServerFailure);
      expect(error).toMatchObject({ message: "no such word", query: "FAIL" });
      await settle();
      // The server has ignored COMMIT.
      expect(server.connection.writes.at(-1)).toEqual(["RESET"]);
      expect(server.names).not.toContain("COMMIT");
      expect(db.metrics()[0]).toMatchObject({ inUse: 0, idle: 1 });
    },
  );

  test.each(["RUN", "PULL", "COMMIT"])("is retried after a transient failure of %s", async (at) => {
    let refusals = 0;
    const { server, db, clock } = connect({
      intercept: ({ name }, { protocol }) => {
        if (name !== at || refusals++ > 0) return false;
        protocol.failure(new Failure("Neo.TransientError.Transaction.DeadlockDetected", "again"));
        return true;
      },
    });
    const answer = db.executeQuery("RANGE 3", {}, READ);
    await clock.tick(5000);
    expect((await answer).records).toHaveLength(3);
    expect(server.names.filter((name) => name === "BEGIN")).toHaveLength(2);
  });

  test("is repeated wherever the connection is cut, even after COMMIT", async () => {
    const whole = connect();
    await whole.db.executeQuery("RANGE 3", {}, READ);
    const total = whole.server.connection.sentBytes;
    expect(total).toBeGreaterThan(100);
    for (let cut = 0; cut < total; cut++) {
      const { server, clock, db } = connect();
      server.onConnection = (connection) => {
        if (server.connections.length === 1) connection.cutAfter = cut;
      };
      const answer = db.executeQuery("RANGE 3", {}, READ);
      await clock.tick(5000);
      expect((await answer).records, `cut after ${cut}`).toHaveLength(3);
      expect(server.connections).toHaveLength(2);
    }
  });

  test("has ended when a row that the program refuses rejects it", async () => {
    const { server, db } = connect();
    const map = (): never => {
      throw new TypeError("not such a row");
    };
    await expect(db.executeQuery("RANGE 3", {}, { ...READ, map })).rejects.toThrow("not such a row");
    expect(server.names.filter((name) => name === "BEGIN")).toHaveLength(1);
    expect(db.metrics()[0]).toMatchObject({ inUse: 0 });
  });

  test.each(["RUN", "PULL", "COMMIT"])("is aborted while %s waits for its answer", async (at) => {
    const { server, db } = connect({ intercept: ({ name }) => (name === at ? "hold" : undefined) });
    const controller = new AbortController();
    const answer = db.executeQuery("RANGE 3", {}, { ...READ, signal: controller.signal });
    const outcome = expect(answer).rejects.toMatchObject({ name: "AbortError" });
    await settle();
    controller.abort();
    await outcome;
    await settle();
    expect(server.names.at(-1)).toBe("RESET");
    expect(db.metrics()[0]).toMatchObject({ inUse: 0 });
  });
});

describe("executeRead", () => {
  test("commits in the same write if its work returns its result, and all rows were requested", async () => {
    const { server, db } = connect();
    const session = db.session({ fetchSize: -1 });
    const { records } = await session.executeRead((tx) => tx.run("RANGE 3"));
    expect(records).toHaveLength(3);
    expect(server.connection.writes.at(-1)).toEqual(ONE_WRITE);
    expect(session.lastBookmarks()).toHaveLength(1);
  });

  test("sends the queries that its work runs at once in one write", async () => {
    const { server, db } = connect();
    const both = await db
      .session()
      .executeRead((tx) => Promise.all([tx.run("RETURN 1 AS x"), tx.run("RANGE 3")]));
    expect(both.map(({ records }) => records.length)).toEqual([1, 3]);
    expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL", "RUN", "PULL"], ["COMMIT"]]);
  });

  test("commits later if rows may be left", async () => {
    const { server, db } = connect();
    await db.session().executeRead((tx) => tx.run("RANGE 3"));
    expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL"], ["COMMIT"]]);
  });

  test("commits later if its work waits by itself", async () => {
    const { server, db } = connect();
    await db.session({ fetchSize: -1 }).executeRead(async (tx) => (await tx.run("RANGE 3")).records);
    expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL"], ["COMMIT"]]);
  });

  test("commits later if an earlier result of its work may have rows left", async () => {
    const { server, db } = connect();
    const session = db.session({ fetchSize: -1 });
    await session.executeRead((tx) => {
      void tx.run("RANGE 3000", {}, { fetchSize: 1000 }).first();
      return tx.run("RANGE 3");
    });
    expect(server.connection.writes.at(-1)).toEqual(["COMMIT"]);
  });

  test("is repeated if the answer to COMMIT is lost; executeWrite is not", async () => {
    let lost = 0;
    const { server, db, clock } = connect({
      intercept: ({ name }, connection) => {
        if (name !== "COMMIT" || lost++ > 0) return false;
        connection.cut();
        return "hold";
      },
    });
    const read = db.session().executeRead(async (tx) => (await tx.run("RANGE 3")).records.length);
    await clock.tick(5000);
    expect(await read).toBe(3);
    expect(server.names.filter((name) => name === "COMMIT")).toHaveLength(2);
    lost = 0;
    const write = db.session().executeWrite((tx) => tx.run("CREATE ()"));
    await expect(write).rejects.toBeInstanceOf(CommitUnknownError);
  });
});

test("executeWrite commits after its result has come", async () => {
  const { server, db } = connect();
  await db.session({ fetchSize: -1 }).executeWrite((tx) => tx.run("CREATE ()"));
  expect(server.connection.writes.slice(-2)).toEqual([["BEGIN", "RUN", "PULL"], ["COMMIT"]]);
});
