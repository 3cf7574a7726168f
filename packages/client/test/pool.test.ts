// The pool against servers in memory: limits, fairness, ages, logins, and that waiting requests settle in time.
import { describe, expect, test } from "vitest";
import { auth, type AuthSource } from "../src/auth.ts";
import { type DriverConfig, resolveConfig } from "../src/config.ts";
import type { Connection } from "../src/connection/connection.ts";
import { ServerFailure } from "../src/errors.ts";
import { DirectProvider } from "../src/pool/direct.ts";
import type { AcquireRequest } from "../src/pool/provider.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { SimNetwork } from "./sim-server.ts";

function setUp(config: DriverConfig = {}, login: AuthSource = auth.basic("ann", "pw")) {
  const clock = new FakeClock();
  const network = new SimNetwork();
  const server = network.server("db:7687");
  const provider = new DirectProvider(
    resolveConfig("bolt://db", login, { clock, dial: network.dial, ...config }),
  );
  const request: AcquireRequest = { mode: "write", database: undefined, bookmarks: [] };
  const acquire = async (more: Partial<AcquireRequest> = {}): Promise<Connection> =>
    provider.acquire({ ...request, ...more });
  const metrics = () => provider.metrics()[0]!;
  /** A round trip, after whatever is queued. */
  const use = (connection: Connection): Promise<unknown> => connection.query("RETURN 1", {}, {});
  return { clock, network, server, provider, acquire, metrics, use, request };
}

describe("lending", () => {
  test("a released connection is reused", async () => {
    const { acquire, provider, server, metrics } = setUp();
    const first = await acquire();
    expect(metrics()).toMatchObject({ server: "db:7687", inUse: 1, idle: 0, opened: 1 });
    provider.release(first);
    expect(metrics()).toMatchObject({ inUse: 0, idle: 1 });
    expect(await acquire()).toBe(first);
    expect(server.accepted).toBe(1);
    expect(server.log).toEqual(["HELLO", "LOGON ann"]);
    expect(metrics()).toMatchObject({ acquired: 2, opened: 1, closed: 0 });
  });

  test("the last used connection is lent first", async () => {
    const { acquire, provider } = setUp();
    const [a, b] = [await acquire(), await acquire()];
    provider.release(a);
    provider.release(b);
    expect(await acquire()).toBe(b);
    expect(await acquire()).toBe(a);
  });

  test("releasing twice is harmless", async () => {
    const { acquire, provider, metrics } = setUp({ pool: { maxSize: 1 } });
    const connection = await acquire();
    provider.release(connection);
    provider.release(connection);
    expect(metrics()).toMatchObject({ idle: 1, inUse: 0 });
    await acquire();
    expect(metrics()).toMatchObject({ idle: 0, inUse: 1 });
  });

  test("never more than maxSize; first come, first served", async () => {
    const { acquire, provider, metrics, server } = setUp({ pool: { maxSize: 2 } });
    const held = [await acquire(), await acquire()];
    const order: number[] = [];
    const waiting = [0, 1, 2].map(async (i) => {
      const connection = await acquire();
      order.push(i);
      return connection;
    });
    await settle();
    expect(metrics()).toMatchObject({ inUse: 2, waiting: 3 });
    provider.release(held[0]!);
    // A later request waits its turn, although a connection is idle at this moment.
    const late = acquire().then(() => order.push(3));
    await settle();
    expect(order).toEqual([0]);
    provider.release(held[1]!);
    provider.release(await waiting[0]!);
    provider.release(await waiting[1]!);
    await Promise.all([...waiting, late]);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(server.accepted).toBe(2);
  });

  test("the slot of a failed connection attempt goes to the next request", async () => {
    const { acquire, server, metrics, provider } = setUp({ pool: { maxSize: 1 } });
    const held = await acquire();
    const first = acquire().catch((error: unknown) => error);
    const second = acquire();
    server.up = false;
    for (const link of server.links) link.close();
    await settle();
    server.up = false;
    provider.release(held);
    expect(await first).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    server.up = true;
    await expect(second)
      .rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" })
      .catch(() => {});
    expect(metrics()).toMatchObject({ inUse: expect.any(Number) as number, waiting: 0 });
  });

  test("a connection that broke while in use is not lent again, and its slot is free once released", async () => {
    const { acquire, provider, server, metrics } = setUp({ pool: { maxSize: 1 } });
    const connection = await acquire();
    for (const link of server.links) link.close(new Error("cut"));
    await settle();
    expect(connection.isOpen).toBe(false);
    expect(metrics()).toMatchObject({ inUse: 1 });
    provider.release(connection);
    expect(metrics()).toMatchObject({ inUse: 0, idle: 0, closed: 1 });
    expect(await acquire()).not.toBe(connection);
  });

  test("an idle connection that broke is gone", async () => {
    const { acquire, provider, server, metrics } = setUp();
    provider.release(await acquire());
    for (const link of server.links) link.close();
    await settle();
    expect(metrics()).toMatchObject({ idle: 0, closed: 1 });
    await acquire();
    expect(server.accepted).toBe(2);
  });

  test("holders are known, with their stack if it is wanted", async () => {
    const { acquire, provider, clock } = setUp();
    await acquire({ database: "movies", mode: "read", stack: "here" });
    await clock.tick(5000);
    expect(provider.holders()).toEqual([
      { server: "db:7687", forMs: 5000, mode: "read", database: "movies", stack: "here" },
    ]);
    expect(setUp().provider.holders()).toEqual([]);
  });
});

describe("time limits", () => {
  const timesOut = async (pending: Promise<unknown>, clock: FakeClock, ms: number): Promise<Error> => {
    let settled = false;
    const caught = pending.then(
      () => new Error("got one"),
      (error: Error) => error,
    );
    void caught.finally(() => (settled = true));
    await clock.tick(ms - 1);
    expect(settled).toBe(false);
    await clock.tick(1);
    expect(settled).toBe(true);
    expect(clock.pending).toBe(0);
    return caught;
  };

  test("waiting for a free connection", async () => {
    const { acquire, clock, metrics } = setUp({ pool: { maxSize: 1 }, timeouts: { acquireMs: 2000 } });
    await acquire();
    const error = await timesOut(acquire(), clock, 2000);
    expect(error).toMatchObject({
      code: "TIMEOUT",
      afterMs: 2000,
      message: "no connection within 2000 ms, while waiting for one of the 1 connections to db:7687",
      server: "db:7687",
    });
    expect(metrics()).toMatchObject({ waiting: 0, timedOut: 1, waitedMs: 2000 });
  });

  test("dialling: connectMs", async () => {
    const { acquire, clock, metrics } = setUp({
      dial: () => new Promise(() => {}),
      timeouts: { connectMs: 500 },
    });
    const error = await timesOut(acquire(), clock, 500);
    expect(error).toMatchObject({
      code: "TIMEOUT",
      message: "db:7687 did not accept the connection within 500 ms",
      retryable: true,
    });
    expect(metrics()).toMatchObject({ opening: 0, inUse: 0 });
  });

  test("a silent server: the whole limit, which includes dialling", async () => {
    const { acquire, clock, server, metrics } = setUp({ timeouts: { acquireMs: 3000, connectMs: 500 } });
    server.silent = true;
    const error = await timesOut(acquire(), clock, 3000);
    expect(error).toMatchObject({ message: "no connection within 3000 ms, while logging in at db:7687" });
    expect(server.links.size).toBe(0);
    expect(metrics()).toMatchObject({ opening: 0 });
  });

  test("an auth manager that never answers", async () => {
    const { acquire, clock } = setUp({ timeouts: { acquireMs: 100 } }, () => new Promise(() => {}));
    expect(await timesOut(acquire(), clock, 100)).toMatchObject({
      message: "no connection within 100 ms, while waiting for the auth manager",
    });
  });

  test("waiting and connecting share one limit", async () => {
    const { acquire, clock, server, provider } = setUp({
      pool: { maxSize: 1 },
      timeouts: { acquireMs: 1000 },
    });
    const held = await acquire();
    const pending = acquire();
    await clock.tick(600);
    for (const link of server.links) link.close();
    server.silent = true;
    await settle();
    provider.release(held);
    expect(await timesOut(pending, clock, 400)).toMatchObject({ code: "TIMEOUT", afterMs: 1000 });
  });

  test("a signal ends any wait at once", async () => {
    const { acquire, server, metrics, clock } = setUp({ pool: { maxSize: 1 } });
    const gaveUp = async (prepare: () => void): Promise<void> => {
      const controller = new AbortController();
      prepare();
      const pending = acquire({ signal: controller.signal }).catch((error: unknown) => error);
      await settle();
      controller.abort(new Error("enough"));
      expect(await pending).toMatchObject({ code: "ABORTED", cause: new Error("enough") });
      await settle();
      expect(clock.pending).toBe(0);
    };
    await gaveUp(() => (server.silent = true));
    server.silent = false;
    await acquire();
    await gaveUp(() => {});
    expect(metrics()).toMatchObject({ waiting: 0, inUse: 1, opening: 0 });
    await expect(acquire({ signal: AbortSignal.abort(new Error("before")) })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  test("a stream that arrives too late is closed", async () => {
    const { network, server, clock } = setUp();
    let late: (value: unknown) => void = () => {};
    const { acquire } = setUp({
      clock,
      dial: () => new Promise((resolve) => (late = resolve as never)),
      timeouts: { connectMs: 10 },
    });
    const pending = acquire().catch(() => {});
    await clock.tick(10);
    await pending;
    late(await network.dial({ toString: () => "db:7687" } as never, {} as never));
    await settle();
    expect(server.links.size).toBe(0);
  });
});

describe("age", () => {
  test("too old to be lent again", async () => {
    const { acquire, provider, clock, server, metrics } = setUp({ pool: { maxLifetimeMs: 1000 } });
    const [a, b] = [await acquire(), await acquire()];
    provider.release(a);
    await clock.tick(1001);
    provider.release(b);
    expect(b.isOpen).toBe(false);
    expect(await acquire()).not.toBe(a);
    expect(a.isOpen).toBe(false);
    expect(server.accepted).toBe(3);
    expect(metrics()).toMatchObject({ closed: 2, inUse: 1, idle: 0 });
  });

  test("liveness: a RESET after a long idle time, none after a short one", async () => {
    const { acquire, provider, clock, server } = setUp({ pool: { livenessCheckMs: 1000 } });
    const connection = await acquire();
    provider.release(connection);
    await clock.tick(999);
    provider.release(await acquire());
    expect(server.count("RESET")).toBe(0);
    await clock.tick(1000);
    expect(await acquire()).toBe(connection);
    expect(server.count("RESET")).toBe(1);
  });

  test("liveness: dead connections are dropped until a live one is found or a new one opened", async () => {
    const { acquire, provider, clock, server, metrics } = setUp({ pool: { livenessCheckMs: 0 } });
    const held = [await acquire(), await acquire(), await acquire()];
    for (const connection of held) provider.release(connection);
    server.on.RESET = (_, link) => link.close(new Error("dead"));
    await clock.tick(1);
    const fresh = await acquire();
    expect(held).not.toContain(fresh);
    expect(metrics()).toMatchObject({ inUse: 1, idle: 0, closed: 3 });
  });

  test("liveness: waiting for a silent server ends at the limit", async () => {
    const { acquire, provider, clock, server, metrics } = setUp({
      pool: { livenessCheckMs: 0, maxSize: 1 },
      timeouts: { acquireMs: 100 },
    });
    provider.release(await acquire());
    server.silent = true;
    const pending = acquire().catch((error: unknown) => error);
    await clock.tick(100);
    expect(await pending).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining("checking an idle connection") as string,
    });
    server.silent = false;
    await acquire();
    expect(metrics()).toMatchObject({ inUse: 1, idle: 0 });
  });

  test("idle too long", async () => {
    const { acquire, provider, clock, metrics } = setUp({ pool: { idleTimeoutMs: 1000 } });
    const [a, b] = [await acquire(), await acquire()];
    provider.release(a);
    await clock.tick(600);
    provider.release(b);
    await clock.tick(400);
    expect([a.isOpen, b.isOpen]).toEqual([false, true]);
    await clock.tick(600);
    expect(b.isOpen).toBe(false);
    expect(metrics()).toMatchObject({ idle: 0, closed: 2 });
    expect(clock.pending).toBe(0);
  });

  test("minIdle: opened in advance, refilled as they are lent, kept by the sweep", async () => {
    const { acquire, clock, metrics, provider } = setUp({
      pool: { minIdle: 2, maxSize: 4, idleTimeoutMs: 1000 },
    });
    await settle();
    expect(metrics()).toMatchObject({ idle: 2, inUse: 0 });
    const taken = [await acquire(), await acquire()];
    await settle();
    expect(metrics()).toMatchObject({ idle: 2, inUse: 2 });
    taken.push(await acquire());
    await settle();
    expect(metrics()).toMatchObject({ idle: 1, inUse: 3 });
    for (const connection of taken) provider.release(connection);
    await clock.tick(2000);
    expect(metrics()).toMatchObject({ idle: 2, inUse: 0 });
  });

  test("minIdle: an absent server fails no caller", async () => {
    const warned: string[] = [];
    const network = new SimNetwork();
    const config = resolveConfig("bolt://db", undefined, {
      clock: new FakeClock(),
      dial: network.dial,
      pool: { minIdle: 1 },
      logger: { warn: (message) => warned.push(message) },
    });
    const provider = new DirectProvider(config);
    await settle();
    expect(warned).toHaveLength(1);
    network.server("db:7687");
    const connection = await provider.acquire({ mode: "read", database: undefined, bookmarks: [] });
    await settle();
    expect(provider.metrics()[0]).toMatchObject({ inUse: 1, idle: 1 });
    provider.release(connection);
  });
});

describe("logins", () => {
  test("a session's own login: LOGOFF and LOGON are sent together with the next request", async () => {
    const { acquire, provider, server, use } = setUp();
    provider.release(await acquire());
    const connection = await acquire({ auth: auth.basic("bob", "x") });
    await use(connection);
    provider.release(connection);
    await use(await acquire());
    expect(server.log.filter((entry) => !entry.startsWith("PULL"))).toEqual([
      "HELLO",
      "LOGON ann",
      "LOGOFF",
      "LOGON bob",
      "RUN RETURN 1",
      "LOGOFF",
      "LOGON ann",
      "RUN RETURN 1",
    ]);
    expect(server.accepted).toBe(1);
  });

  test("before 5.1 a session cannot have its own login, and the connection is kept", async () => {
    const { acquire, server, metrics } = setUp();
    server.version = "4.4";
    await expect(acquire({ auth: auth.basic("bob", "x") })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      version: "4.4",
    });
    expect(metrics()).toMatchObject({ inUse: 0, idle: 1 });
  });

  test("verifying a login logs in again, even where it is already logged in", async () => {
    const { acquire, provider, server, use } = setUp();
    provider.release(await acquire());
    const connection = await acquire({ auth: auth.basic("ann", "pw"), freshLogin: true });
    await use(connection);
    expect(server.count("LOGON ann")).toBe(2);
    expect(server.accepted).toBe(1);
  });

  test("verifying a login before 5.1 takes a new connection, closed afterwards", async () => {
    for (const maxSize of [5, 2]) {
      const { acquire, provider, server, metrics } = setUp({ pool: { maxSize } });
      server.version = "4.4";
      const [a, b] = [await acquire(), await acquire()];
      provider.release(a);
      provider.release(b);
      const connection = await acquire({ auth: auth.basic("bob", "x"), freshLogin: true });
      expect(server.count("HELLO")).toBe(3);
      expect(metrics()).toMatchObject({ inUse: 1, idle: maxSize === 2 ? 1 : 2 });
      provider.release(connection);
      expect(connection.isOpen).toBe(false);
      expect([a, b]).toContain(await acquire());
    }
  });

  test("before 5.1 a new token means a new connection", async () => {
    let token = auth.basic("ann", "1");
    const { acquire, provider, server } = setUp(
      {},
      { getToken: () => token, handleSecurityFailure: () => false },
    );
    server.version = "4.4";
    const first = await acquire();
    provider.release(first);
    token = auth.basic("ann", "2");
    expect(await acquire()).not.toBe(first);
    expect(server.accepted).toBe(2);
  });

  test("a refused login is reported, and retryable if the manager has another token", async () => {
    let asked = 0;
    const { acquire, server, metrics } = setUp(
      {},
      auth.rotating(() => auth.basic(`user${++asked}`, "pw")),
    );
    server.on.LOGON = (request, link) => {
      if (request.auth.principal === "user2") link.protocol.success();
      else link.fail("Neo.ClientError.Security.Unauthorized");
    };
    const error = await acquire().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ServerFailure);
    expect(error).toMatchObject({ code: "Neo.ClientError.Security.Unauthorized", retryable: true });
    expect((await acquire()).isOpen).toBe(true);
    expect(metrics()).toMatchObject({ inUse: 1 });
  });

  test("the manager is not asked about a session's own login", async () => {
    const told: string[] = [];
    const { acquire, server } = setUp(
      {},
      { getToken: () => auth.none(), handleSecurityFailure: (_, code) => told.push(code) > 0 },
    );
    server.on.LOGON = (_, link) => link.fail("Neo.ClientError.Security.Unauthorized");
    await expect(acquire({ auth: auth.basic("bob", "x") })).rejects.toMatchObject({ retryable: false });
    expect(told).toEqual([]);
    await expect(acquire()).rejects.toMatchObject({ retryable: true });
    expect(told).toEqual(["Neo.ClientError.Security.Unauthorized"]);
  });

  test("an auth manager that never answers does not hide the failure forever", async () => {
    const { acquire, server, clock } = setUp(
      { timeouts: { acquireMs: 1000 } },
      { getToken: () => auth.none(), handleSecurityFailure: () => new Promise(() => {}) },
    );
    server.on.LOGON = (_, link) => link.fail("Neo.ClientError.Security.Unauthorized");
    const pending = acquire().catch((error: unknown) => error);
    await clock.tick(1000);
    expect(await pending).toMatchObject({ code: "Neo.ClientError.Security.Unauthorized", retryable: false });
  });

  test("AuthorizationExpired: every connection logs in again before it is used", async () => {
    const { acquire, provider, server, use, request } = setUp();
    const [a, b] = [await acquire(), await acquire()];
    server.on.RUN = (_, link) => link.fail("Neo.ClientError.Security.AuthorizationExpired");
    const failure = (await use(a).catch((error: unknown) => error)) as ServerFailure;
    await provider.onServerFailure(a, failure, request);
    delete server.on.RUN;
    provider.release(a);
    provider.release(b);
    await settle();
    for (const connection of [await acquire(), await acquire()]) await use(connection);
    expect(server.log.filter((entry) => /LOG|HELLO/.test(entry))).toEqual([
      "HELLO",
      "LOGON ann",
      "HELLO",
      "LOGON ann",
      "LOGOFF",
      "LOGON ann",
      "LOGOFF",
      "LOGON ann",
    ]);
    expect(server.accepted).toBe(2);
  });

  test("AuthorizationExpired before 5.1: connections are replaced", async () => {
    const { acquire, provider, server, use, request } = setUp();
    server.version = "4.4";
    const connection = await acquire();
    server.on.RUN = (_, link) => link.fail("Neo.ClientError.Security.AuthorizationExpired");
    const failure = (await use(connection).catch((error: unknown) => error)) as ServerFailure;
    await provider.onServerFailure(connection, failure, request);
    provider.release(connection);
    await settle();
    expect(await acquire()).not.toBe(connection);
    expect(connection.isOpen).toBe(false);
  });
});

describe("recovery", () => {
  test("a server that does not answer the RESET loses the connection, not the slot", async () => {
    const { acquire, provider, server, use, clock } = setUp({
      pool: { maxSize: 1 },
      timeouts: { acquireMs: 5000 },
    });
    const connection = await acquire();
    server.on.RUN = (_, link) => link.fail("Neo.ClientError.Statement.SyntaxError");
    server.on.RESET = () => {};
    await use(connection).catch(() => {});
    provider.release(connection);
    await clock.tick(3000);
    const next = acquire();
    await clock.tick(2000);
    expect(await next).not.toBe(connection);
    expect(connection.isOpen).toBe(false);
    const facts = { code: "TIMEOUT", server: connection.server.address, afterMs: 5000 };
    expect(() => connection.ensureOpen()).toThrow(expect.objectContaining(facts));
    expect(clock.pending).toBe(0);
  });

  test("after a failure the pool waits for the RESET instead of opening another connection", async () => {
    const { acquire, provider, server, use } = setUp();
    const connection = await acquire();
    server.on.RUN = (_, link) => link.fail("Neo.ClientError.Statement.SyntaxError");
    await use(connection).catch(() => {});
    provider.release(connection);
    expect(await acquire()).toBe(connection);
    expect(server.count("RESET")).toBe(1);
    expect(server.accepted).toBe(1);
  });
});

describe("closing", () => {
  test("every waiting request is rejected, every connection is closed", async () => {
    const { acquire, provider, server, metrics } = setUp({ pool: { maxSize: 2 } });
    const [held, idle] = [await acquire(), await acquire()];
    provider.release(idle);
    const more = await acquire();
    const waiting = acquire().catch((error: unknown) => error);
    await settle();
    await provider.close();
    expect(await waiting).toMatchObject({ code: "CLOSED", what: "driver" });
    await expect(acquire()).rejects.toMatchObject({ code: "CLOSED" });
    await settle();
    expect([held.isOpen, idle.isOpen, more.isOpen]).toEqual([false, false, false]);
    expect(server.links.size).toBe(0);
    expect(server.count("GOODBYE")).toBe(2);
    provider.release(held);
    provider.release(more);
    expect(metrics()).toMatchObject({ inUse: 0, idle: 0 });
  });

  test("while connecting", async () => {
    const { acquire, provider, server } = setUp();
    server.silent = true;
    const pending = acquire().catch((error: unknown) => error);
    await settle();
    await provider.close();
    expect(await pending).toMatchObject({ code: "CLOSED" });
    await settle();
    expect(server.links.size).toBe(0);
  });
});
