// Mistakes of programs are reported at once, as typed errors that say what was expected; nothing waits forever.
import { describe, expect, test, vi } from "vitest";
import {
  auth,
  bookmarkManager,
  ConfigError,
  driver,
  type Driver,
  type DriverConfig,
  type Session,
  UsageError,
} from "../src/index.ts";
import { TestServer } from "./test-server.ts";

function connect(config: DriverConfig = {}, login?: never): { db: Driver; server: TestServer } {
  const server = new TestServer();
  return { db: driver("bolt://test", login, { dial: server.dial, ...config }), server };
}

const boom = (): never => {
  throw new RangeError("boom");
};

/** Each way to do a piece of work and await its outcome. */
const works: readonly [name: string, work: (session: Session) => Promise<unknown>][] = [
  ["run", (session) => session.run("RETURN 1 AS x").single()],
  ["pipeline", (session) => session.pipeline([["RETURN 1 AS x"]])[0].single()],
  ["executeWrite", (session) => session.executeWrite((tx) => tx.run("RETURN 1 AS x").single())],
  [
    "beginTransaction",
    async (session) => {
      const tx = await session.beginTransaction();
      await tx.run("RETURN 1 AS x");
      await tx.commit();
    },
  ],
];

describe("options", () => {
  test.each([
    [{ databse: "neo4j" }, /unknown option "databse"; known are database, /],
    [{ defaultAccessMode: "READ" }, /unknown option "defaultAccessMode"/],
    [{ mode: "READ" }, '"mode" must be one of "read", "write", not "READ"'],
    [{ database: 5 }, '"database" must be a string or null, not 5'],
    [{ fetchSize: 0 }, '"fetchSize" must be a whole number from 1, or -1, not 0'],
    [{ bookmarks: 5 }, "bookmarks are a list of strings"],
    [{ bookmarks: [5] }, "bookmarks are a list of strings"],
    [{ auth: "secret" }, "the login must be a token"],
    [{ auth: { username: "ann" } }, "the login must be a token"],
    [{ bookmarkManager: [] }, /must be an object with getBookmarks\(\), updateBookmarks\(\), not a list/],
    [{ notifications: { minimumSeverity: "LOUD" } }, /"notifications.minimumSeverity" must be one of "OFF"/],
    [null, "the configuration must be an object, not null"],
  ])("of a session: %o is refused", (config, message) => {
    const { db } = connect();
    expect(() => db.session(config as never)).toThrow(ConfigError);
    expect(() => db.session(config as never)).toThrow(message);
  });

  const bad: readonly [config: unknown, message: string | RegExp][] = [
    [{ timeout: 5 }, /unknown option "timeout"; known are .*timeoutMs/],
    [
      { timeoutMs: "5" },
      '"timeoutMs" must be a number of milliseconds from 0 to 9007199254740991, not a string',
    ],
    [{ timeoutMs: -1 }, /"timeoutMs" must be .* not -1/],
    [{ metadata: [] }, '"metadata" must be an object of named values, not a list'],
    [{ signal: new AbortController() }, '"signal" must be an AbortSignal, not an AbortController'],
    [null, "the configuration must be an object, not null"],
  ];

  test.each(bad)("of work: %o is refused", async (config, message) => {
    const { db, server } = connect();
    const session = db.session();
    const given = config as never;
    await expect(session.run("RETURN 1 AS x", {}, given)).rejects.toThrow(message);
    await expect(session.executeRead((tx) => tx.run("RETURN 1 AS x"), given)).rejects.toThrow(message);
    await expect(session.beginTransaction(given)).rejects.toThrow(message);
    await expect(db.executeQuery("RETURN 1 AS x", {}, given)).rejects.toThrow(message);
    expect(() => session.pipeline([], given)).toThrow(message);
    expect(server.connections).toHaveLength(0);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  });

  test.each([
    [{ fetchSize: Number.NaN }, '"fetchSize" must be a whole number from 1, or -1, not NaN'],
    [{ map: 5 }, '"map" must be a function, not 5'],
    [{ schema: {} }, '"schema" must be a Standard Schema, not an object'],
  ])("of a result: %o is refused", async (config, message) => {
    const { db } = connect();
    const session = db.session();
    await expect(session.run("RETURN 1 AS x", {}, config as never)).rejects.toThrow(message);
    await expect(db.executeQuery("RETURN 1 AS x", {}, config as never)).rejects.toThrow(message);
    const tx = await session.beginTransaction();
    await expect(tx.run("RETURN 1 AS x", {}, config as never)).rejects.toThrow(message);
  });

  test("of executeQuery, verifyConnectivity and the like are checked too", async () => {
    const { db } = connect();
    await expect(db.executeQuery("q", {}, { routing: "READ" } as never)).rejects.toThrow(/unknown option/);
    await expect(db.executeQuery("q", {}, { transform: 5 } as never)).rejects.toThrow(/"transform"/);
    await expect(db.verifyConnectivity({ databse: "x" } as never)).rejects.toThrow(/unknown option/);
    await expect(db.verifyAuthentication({ auth: auth.none() } as never)).rejects.toThrow(/must be a token/);
    await expect(db.verifyAuthentication(undefined as never)).rejects.toThrow(/must be a token/);
  });

  test("null counts as no database and no signal", async () => {
    const { db } = connect();
    const session = db.session({ database: null } as never);
    expect(await session.run("RETURN 1 AS x", {}, { signal: null } as never).single()).toEqual({ x: 1 });
  });

  test("a single bookmark may be given without a list", async () => {
    const { db, server } = connect();
    await db.session({ bookmarks: "FB:abc" }).run("RETURN 1 AS x");
    expect(server.log.find(({ name }) => name === "RUN")).toMatchObject({
      extra: { bookmarks: ["FB:abc"] },
    });
    expect(await bookmarkManager({ initial: "FB:abc" }).getBookmarks()).toEqual(["FB:abc"]);
  });
});

describe("what should be a string or an object", () => {
  test.each([
    [null, {}, "the query must be a string, not null"],
    [{ text: "RETURN 1" }, {}, "the query must be a string, not an object"],
    ["RETURN 1 AS x", null, "the parameters must be an object of named values, not null"],
    ["RETURN 1 AS x", [1], "the parameters must be an object of named values, not a list"],
    ["RETURN 1 AS x", new Date(0), "the parameters must be an object of named values, not a Date"],
    [
      "RETURN 1 AS x",
      new Uint8Array(1),
      "the parameters must be an object of named values, not a Uint8Array",
    ],
  ])("is shown by its kind: %o, %o", async (query, parameters, message) => {
    const session = connect().db.session();
    await expect(session.run(query as never, parameters as never).then()).rejects.toThrow(message);
  });
});

describe("what should be a function or a list", () => {
  test("is checked before anything is sent", async () => {
    const { db, server } = connect();
    const session = db.session();
    await expect(session.executeWrite("RETURN 1" as never)).rejects.toThrow(/the work must be a function/);
    expect(() => session.pipeline(["RETURN 1"] as never)).toThrow(/a list of \[query, parameters\?\]/);
    expect(() => session.pipeline("RETURN 1" as never)).toThrow(ConfigError);
    expect(server.connections).toHaveLength(0);
    await expect(session.run("RETURN 1 AS x").forEach(undefined as never)).rejects.toThrow(
      /takes a function/,
    );
  });
});

describe("a session's own work", () => {
  const calls: readonly [name: string, call: (session: Session) => PromiseLike<unknown>][] = [
    ["run", (session) => session.run("RETURN 1 AS x")],
    ["pipeline", (session) => session.pipeline([["RETURN 1 AS x"]])[0]],
    ["executeRead", (session) => session.executeRead((tx) => tx.run("RETURN 1 AS x"))],
    ["beginTransaction", (session) => session.beginTransaction()],
    ["close", (session) => session.close()],
  ];

  test.each(calls)("does not wait for itself: %s inside executeWrite", async (_, call) => {
    const { db } = connect();
    const session = db.session();
    const atOnce = session.executeWrite((_tx) => call(session));
    await expect(atOnce).rejects.toThrow(UsageError);
    const later = session.executeWrite(async (tx) => {
      await tx.run("RETURN 1 AS x");
      await call(session);
    });
    await expect(later).rejects.toThrow(UsageError);
    const around = session.executeWrite(() => db.session().executeRead(() => call(session)));
    await expect(around).rejects.toThrow(UsageError);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    await session.close();
  });

  test("does not block calls from elsewhere: they queue", async () => {
    const { db } = connect();
    const session = db.session();
    const [a, b, c] = await Promise.all([
      session.executeWrite(async (tx) => {
        await tx.run("RETURN 1 AS x");
        return (await tx.run<{ x: number }>("RETURN 2 AS x").single()).x;
      }),
      session.run("RETURN 3 AS x").single(),
      session.executeRead((tx) => tx.run("RETURN 4 AS x").single()),
    ]);
    expect([a, b, c]).toEqual([2, { x: 3 }, { x: 4 }]);
  });
});

describe("a callback that throws", () => {
  test.each(works)("a bookmark manager's error is the error of the work: %s", async (_, work) => {
    for (const failing of ["getBookmarks", "updateBookmarks"]) {
      const manager = { getBookmarks: () => [], updateBookmarks: () => {}, [failing]: boom };
      const { db } = connect({ bookmarkManager: manager });
      const session = db.session();
      await expect(work(session), failing).rejects.toThrow("boom");
      await session.close();
      expect(db.metrics(), failing).toMatchObject([{ inUse: 0 }]);
    }
  });

  test.each(works)(
    "a bookmark manager that never answers does not block its callers forever: %s",
    async (_, work) => {
      for (const failing of ["getBookmarks", "updateBookmarks"]) {
        const never = (): Promise<never> => new Promise(() => {});
        const manager = { getBookmarks: () => [], updateBookmarks: () => {}, [failing]: never };
        const { db } = connect({ bookmarkManager: manager, timeouts: { acquireMs: 20 } });
        const session = db.session();
        await expect(work(session), failing).rejects.toMatchObject({
          code: "TIMEOUT",
          message: "no answer from the bookmark manager within 20 ms",
        });
        await session.close();
        expect(db.metrics(), failing).toMatchObject([{ inUse: 0 }]);
      }
    },
  );

  test("a bookmark manager is no longer awaited when the signal fires", async () => {
    const manager = { getBookmarks: () => new Promise<never>(() => {}), updateBookmarks: () => {} };
    const { db } = connect({ bookmarkManager: manager });
    const controller = new AbortController();
    const begun = db.session().beginTransaction({ signal: controller.signal });
    controller.abort();
    await expect(begun).rejects.toThrow("aborted while waiting for the bookmark manager");
  });

  test.each(works)("an auth manager's error is the error of the work: %s", async (_, work) => {
    const manager = { getToken: boom, handleSecurityFailure: () => false };
    const { db } = connect({}, manager as never);
    const session = db.session();
    await expect(work(session)).rejects.toThrow("boom");
    await session.close();
  });

  test.each([undefined, "secret", { token: "secret" }])("not a token: %o", async (given) => {
    for (const login of [() => given, { getToken: () => given, handleSecurityFailure: () => false }]) {
      const { db } = connect({}, login as never);
      await expect(db.executeQuery("RETURN 1 AS x")).rejects.toThrow(/the login must be a token/);
    }
  });

  test("a logger's error costs no connection", async () => {
    const { db } = connect({ logger: { debug: boom } });
    const thrown: unknown[] = [];
    const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((task) => {
      setTimeout(() => {
        try {
          task();
        } catch (error) {
          thrown.push(error);
        }
      });
    });
    await db.verifyConnectivity();
    await vi.waitFor(() => expect(thrown).toEqual([new RangeError("boom")]));
    queue.mockRestore();
    expect(db.metrics()).toMatchObject([{ idle: 1 }]);
  });

  test("a delay that is not a number ends the retries", async () => {
    const delay = vi.fn<() => number>(() => undefined as never);
    const { db } = connect({ retry: { delay } });
    await expect(db.executeQuery("TRANSIENT")).rejects.toMatchObject({ retryable: true });
    expect(delay).toHaveBeenCalledTimes(1);
  });
});
