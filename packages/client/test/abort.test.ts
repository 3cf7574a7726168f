// AbortSignal on everything that waits: the waiting call fails at once, the server is told to stop, and the
// connection is reused.
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import {
  AbortError,
  CommitUnknownError,
  type DriverConfig,
  type ManagedTransaction,
  type Session,
  TimeoutError,
} from "../src/index.ts";
import { settle } from "./fake-clock.ts";
import { TestServer, type TestServerOptions } from "./test-server.ts";

function connect(
  options: TestServerOptions = {},
  config: DriverConfig = {},
): { server: TestServer; db: Driver } {
  const server = new TestServer(options);
  return { server, db: driver("bolt://test", undefined, { dial: server.dial, ...config }) };
}

/** Leaves the first request of this name unanswered. */
function holding(name: string): TestServerOptions {
  let held = false;
  return {
    intercept: (request) => {
      if (request.name !== name || held) return undefined;
      held = true;
      return "hold";
    },
  };
}

const reason = new RangeError("enough");

async function expectAborted(promise: PromiseLike<unknown>): Promise<void> {
  const error = await promise.then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AbortError);
  expect(error).toMatchObject({ name: "AbortError", code: "ABORTED", cause: reason, retryable: false });
}

async function expectUsable(db: Driver, server: TestServer): Promise<void> {
  await settle();
  expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  expect(server.connections).toHaveLength(1);
}

test.each(Array.from({ length: 40 }, (_, turns) => turns))(
  "%i turns after a login: no connection is lost, none is lent to an aborted request",
  async (turns) => {
    const controller = new AbortController();
    let turn = Promise.resolve();
    const { server, db } = connect({
      intercept: ({ name }) => {
        if (name !== "LOGON" || server.connections.length > 1) return;
        for (let i = 0; i < turns; i++) turn = turn.then(() => {});
        void turn.then(() => controller.abort(reason));
      },
    });
    const outcome = db.session().run("RETURN 1 AS x", {}, { signal: controller.signal }).values();
    await outcome.then(
      (rows) => expect(rows).toEqual([[1]]),
      (error: unknown) => expect(error).toBeInstanceOf(AbortError),
    );
    await settle();
    const open = server.connections.filter(({ closed }) => !closed).length;
    expect(db.metrics()[0]).toMatchObject({ inUse: 0, idle: open });
    expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  },
);

describe("a query", () => {
  test("aborted before it began is not sent", async () => {
    const { server, db } = connect();
    await expectAborted(db.session().run("RETURN 1 AS x", {}, { signal: AbortSignal.abort(reason) }));
    await expectAborted(db.executeQuery("RETURN 1 AS x", {}, { signal: AbortSignal.abort(reason) }));
    expect(server.connections).toHaveLength(0);
  });

  test.each(["RUN", "PULL"])("aborted while %s runs is reset at the server", async (name) => {
    const { server, db } = connect(holding(name));
    const controller = new AbortController();
    const result = db.session().run("RANGE 5", {}, { signal: controller.signal });
    const outcome = expectAborted(result);
    await settle();
    controller.abort(reason);
    await outcome;
    await settle();
    expect(server.work.at(-1)).toBe("RESET");
    expect(server.interrupts).toBe(1);
    await expectUsable(db, server);
  });

  test("aborted while it is iterated", async () => {
    const { server, db } = connect({}, { fetchSize: 2 });
    const controller = new AbortController();
    const seen: unknown[] = [];
    const reading = (async (): Promise<void> => {
      for await (const row of db.session().run("RANGE 100", {}, { signal: controller.signal })) {
        seen.push(row);
        if (seen.length === 3) controller.abort(reason);
      }
    })();
    await expectAborted(reading);
    expect(seen).toHaveLength(3);
    await expectUsable(db, server);
  });

  test("aborted while it waits in the session's queue", async () => {
    const { server, db } = connect(holding("PULL"));
    const session = db.session();
    const controller = new AbortController();
    const first = session.run("RETURN 1 AS x").then();
    const second = session.run("RETURN 2 AS x", {}, { signal: controller.signal }).then();
    const third = session.run("RETURN 3 AS x").then();
    const outcome = expectAborted(second);
    await settle();
    controller.abort(reason);
    await outcome;
    await expect(second).rejects.toThrow("aborted while waiting to run a query");
    server.connection.release();
    expect((await first).records).toEqual([{ x: 1 }]);
    expect((await third).records).toEqual([{ x: 3 }]);
    expect(server.work).toEqual(["RUN", "PULL", "RUN", "PULL"]);
  });

  test("aborted while it waits for a connection", async () => {
    const { server, db } = connect(holding("PULL"), { pool: { maxSize: 1 } });
    const first = db.session().run("RETURN 1 AS x").then();
    await settle();
    const controller = new AbortController();
    const second = expectAborted(db.session().run("RETURN 2 AS x", {}, { signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await second;
    server.connection.release();
    expect((await first).records).toEqual([{ x: 1 }]);
    await expectUsable(db, server);
  });

  test.each(["HELLO", "LOGON"])("aborted while the connection is opened (%s)", async (name) => {
    const { server, db } = connect(holding(name));
    const controller = new AbortController();
    const outcome = expectAborted(db.session().run("RETURN 1 AS x", {}, { signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await outcome;
    expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.connections.length).toBeLessThanOrEqual(2);
  });

  test("that has ended no longer listens", async () => {
    const { server, db } = connect();
    const controller = new AbortController();
    await db.session().run("RETURN 1 AS x", {}, { signal: controller.signal });
    await db.executeQuery("RETURN 1 AS x", {}, { signal: controller.signal });
    controller.abort(reason);
    await settle();
    expect(server.names).not.toContain("RESET");
    await expectUsable(db, server);
  });

  test("that reached a deadline says so in the cause", async () => {
    const { db } = connect(holding("PULL"));
    const error = await db
      .session()
      .run("RETURN 1 AS x", {}, { signal: AbortSignal.timeout(1) })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ABORTED", cause: { name: "TimeoutError" } });
  });

  test("aborted with a BoltError fails with that error", async () => {
    const { db } = connect(holding("PULL"));
    const controller = new AbortController();
    const late = new TimeoutError("too late", { afterMs: 5 });
    const result = db.session().run("RETURN 1 AS x", {}, { signal: controller.signal }).then();
    const outcome = expect(result).rejects.toBe(late);
    await settle();
    controller.abort(late);
    await outcome;
  });
});

test("one signal for many queries has one listener, and none when they are over", async () => {
  const { server, db } = connect();
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = (): number => getEventListeners(signal, "abort").length;
  const run = (query: string): Promise<unknown> => db.executeQuery(query, {}, { signal });
  const over = Promise.all(Array.from({ length: 20 }, () => run("RETURN 1 AS x")));
  expect(listeners()).toBe(1);
  await over;
  expect(listeners()).toBe(0);
  Object.assign(server.options, { intercept: ({ name }: { name: string }) => name === "PULL" && "hold" });
  const aborted = Array.from({ length: 20 }, () => expectAborted(run("RANGE 3")));
  await settle();
  controller.abort(reason);
  await Promise.all(aborted);
  expect(listeners()).toBe(0);
});

describe("a pipeline", () => {
  test("aborted fails as a whole", async () => {
    const { server, db } = connect(holding("PULL"));
    const controller = new AbortController();
    const results = db.session().pipeline([["RANGE 1"], ["RANGE 2"]], { signal: controller.signal });
    const outcomes = Promise.all(results.map(expectAborted));
    await settle();
    controller.abort(reason);
    await outcomes;
    await expectUsable(db, server);
  });
});

describe("a transaction", () => {
  test("aborted while BEGIN runs", async () => {
    const { server, db } = connect(holding("BEGIN"));
    const session = db.session();
    const controller = new AbortController();
    const outcome = expectAborted(session.beginTransaction({ signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await outcome;
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    await expectUsable(db, server);
  });

  test("aborted between its queries ends and is rolled back", async () => {
    const { server, db } = connect();
    const session = db.session();
    const controller = new AbortController();
    const tx = await session.beginTransaction({ signal: controller.signal });
    await tx.run("CREATE ()");
    controller.abort(reason);
    await expect(tx.run("RETURN 1 AS x").then()).rejects.toMatchObject({
      code: "TRANSACTION_ENDED",
      state: "failed",
    });
    await expect(tx.commit()).rejects.toMatchObject({ cause: { code: "ABORTED" } });
    await tx.rollback();
    await settle();
    expect(server.work).toEqual(["BEGIN", "RUN", "PULL", "RESET"]);
    await expectUsable(db, server);
  });

  test("ends with the signal of one of its queries", async () => {
    const { server, db } = connect(holding("PULL"));
    const session = db.session();
    const controller = new AbortController();
    const tx = await session.beginTransaction();
    const outcome = expectAborted(tx.run("RANGE 5", {}, { signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await outcome;
    expect(tx.isOpen).toBe(false);
    await expectUsable(db, server);
  });

  test.each([[[]], [["RETURN 1 AS x"]]])(
    "ends with a signal that has already fired, after %j",
    async (before) => {
      const { server, db } = connect();
      const tx = await db.session().beginTransaction();
      for (const query of before) await tx.run(query);
      const sent = server.work.length;
      await expectAborted(tx.run("RETURN 2 AS x", {}, { signal: AbortSignal.abort(reason) }));
      expect(tx.isOpen).toBe(false);
      await expect(tx.commit()).rejects.toMatchObject({ code: "TRANSACTION_ENDED", state: "failed" });
      await settle();
      expect(server.work.slice(sent)).toEqual(["RESET"]);
      await expectUsable(db, server);
    },
  );

  test("aborted while COMMIT runs has an unknown outcome", async () => {
    const { server, db } = connect(holding("COMMIT"));
    const controller = new AbortController();
    const tx = await db.session().beginTransaction({ signal: controller.signal });
    const outcome = expect(tx.commit()).rejects.toBeInstanceOf(CommitUnknownError);
    await settle();
    controller.abort(reason);
    await outcome;
    await expectUsable(db, server);
  });

  test("aborted after COMMIT was carried out leaves the connection alone", async () => {
    const { server, db } = connect();
    const controller = new AbortController();
    const tx = await db.session().beginTransaction({ signal: controller.signal });
    await tx.run("CREATE ()");
    const outcome = expect(tx.commit()).rejects.toBeInstanceOf(CommitUnknownError);
    controller.abort(reason);
    await outcome;
    await expectUsable(db, server);
  });
});

describe("managed work", () => {
  test("aborted while its query runs is not retried", async () => {
    const { server, db } = connect(holding("PULL"));
    const controller = new AbortController();
    let attempts = 0;
    const outcome = expectAborted(
      db.session().executeRead((tx) => (attempts++, tx.run("RANGE 5")), { signal: controller.signal }),
    );
    await settle();
    controller.abort(reason);
    await outcome;
    expect(attempts).toBe(1);
    await expectUsable(db, server);
  });

  test("aborted between its queries", async () => {
    const { server, db } = connect();
    const controller = new AbortController();
    const work = async (tx: ManagedTransaction): Promise<void> => {
      await tx.run("RETURN 1 AS x");
      controller.abort(reason);
      await tx.run("RETURN 2 AS x");
    };
    await expectAborted(db.session().executeWrite(work, { signal: controller.signal }));
    await expectUsable(db, server);
  });

  test("aborted between attempts", async () => {
    const { server, db } = connect();
    const controller = new AbortController();
    const outcome = expectAborted(
      db.session().executeRead((tx) => tx.run("TRANSIENT"), { signal: controller.signal }),
    );
    await settle();
    controller.abort(reason);
    await outcome;
    await expectUsable(db, server);
  });

  test("of executeQuery", async () => {
    const { server, db } = connect(holding("PULL"));
    const controller = new AbortController();
    const outcome = expectAborted(db.executeQuery("RANGE 5", {}, { signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await outcome;
    await expectUsable(db, server);
  });
});

describe("the queue of a session", () => {
  type Call = (session: Session, signal: AbortSignal) => PromiseLike<unknown>;
  const calls: readonly [name: string, call: Call][] = [
    ["run", (session, signal) => session.run("RETURN 2 AS x", {}, { signal })],
    ["pipeline", (session, signal) => session.pipeline([["RETURN 2 AS x"]], { signal })[0]],
    ["executeWrite", (session, signal) => session.executeWrite(() => expect.unreachable(), { signal })],
  ];

  test.each(calls)("is left at once when the signal fires, or has fired: %s", async (_, call) => {
    const { server, db } = connect(holding("PULL"));
    const session = db.session();
    const first = session.run("RETURN 1 AS x").single();
    const controller = new AbortController();
    const waiting = expectAborted(call(session, controller.signal));
    const behind = session.run("RETURN 3 AS x").single();
    await settle();
    controller.abort(reason);
    await waiting;
    await expectAborted(call(session, controller.signal));
    server.connection.release();
    expect([await first, await behind]).toEqual([{ x: 1 }, { x: 3 }]);
    expect(server.work).toEqual(["RUN", "PULL", "RUN", "PULL"]);
    await session.close();
  });

  test("is left by an aborted beginTransaction, which then blocks no later call", async () => {
    const { server, db } = connect(holding("PULL"));
    const session = db.session();
    const first = session.run("RETURN 1 AS x").single();
    const controller = new AbortController();
    const waiting = expectAborted(session.beginTransaction({ signal: controller.signal }));
    await settle();
    controller.abort(reason);
    await waiting;
    await expectAborted(session.beginTransaction({ signal: controller.signal }));
    const behind = session.run("RETURN 3 AS x").single();
    server.connection.release();
    expect([await first, await behind]).toEqual([{ x: 1 }, { x: 3 }]);
    expect(server.work).toEqual(["RUN", "PULL", "RUN", "PULL"]);
  });

  test("no longer watches the signal once the call's turn has come", async () => {
    const { db } = connect();
    const session = db.session();
    const controller = new AbortController();
    const first = session.run("RETURN 1 AS x");
    const begun = session.beginTransaction({ signal: controller.signal });
    await first;
    const tx = await begun;
    expect(await tx.run("RETURN 2 AS x").single()).toEqual({ x: 2 });
    await tx.commit();
    controller.abort(reason);
    expect(await session.run("RETURN 3 AS x").single()).toEqual({ x: 3 });
  });
});

test.each([
  ["beginTransaction", (db: Driver, signal: AbortSignal) => db.session().beginTransaction({ signal })],
  ["executeWrite", (db, signal) => db.session().executeWrite((tx) => tx.run("RETURN 1 AS x"), { signal })],
  ["executeQuery", (db, signal) => db.executeQuery("RETURN 1 AS x", {}, { signal })],
] as [string, (db: Driver, signal: AbortSignal) => Promise<unknown>][])(
  "a signal has its effect at whichever step it fires: %s",
  async (_, call) => {
    for (let steps = 0; steps < 60; steps++) {
      const { db } = connect(holding("BEGIN"));
      const controller = new AbortController();
      const outcome = expectAborted(call(db, controller.signal));
      for (let step = 0; step < steps; step++) await Promise.resolve();
      controller.abort(reason);
      await outcome;
      await settle();
      expect(db.metrics().every(({ inUse }) => inUse === 0)).toBe(true);
      await db.close();
    }
  },
);

test("a RESET does not overtake a pending login", async () => {
  const { server, db } = connect(
    {
      intercept: (request) =>
        request.name === "LOGON" && request.auth.principal === "ann" ? "hold" : undefined,
    },
    { pool: { maxSize: 1 } },
  );
  await db.session().run("RETURN 1 AS x");
  const controller = new AbortController();
  const ann = db.session({ auth: { scheme: "basic", principal: "ann", credentials: "a" } });
  const outcome = expectAborted(ann.run("RANGE 3", {}, { signal: controller.signal }));
  await settle();
  controller.abort(reason);
  await outcome;
  await settle();
  expect(server.names.slice(-2)).toEqual(["LOGOFF", "LOGON"]);
  server.connection.release();
  expect((await ann.run("RETURN 1 AS x")).records).toEqual([{ x: 1 }]);
  expect(server.connections).toHaveLength(1);
});

test("verifyConnectivity and the like can be aborted", async () => {
  const { db } = connect({ intercept: ({ name }) => (name === "RESET" ? "hold" : undefined) });
  // A new connection has just answered the login; only an idle one is probed.
  await db.verifyConnectivity();
  const controller = new AbortController();
  const outcome = expectAborted(db.verifyConnectivity({ signal: controller.signal }));
  await settle();
  controller.abort(reason);
  await outcome;
});
