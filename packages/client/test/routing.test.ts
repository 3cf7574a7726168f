// Routing against a cluster in memory. Nothing sleeps: time is a FakeClock, the network is made of SimServers.
import { describe, expect, test } from "vitest";
import { auth } from "../src/auth.ts";
import { type DriverConfig, resolveConfig } from "../src/config.ts";
import type { Connection } from "../src/connection/connection.ts";
import { driver } from "../src/driver.ts";
import { type ServerFailure, TlsError } from "../src/errors.ts";
import type { AcquireRequest } from "../src/pool/provider.ts";
import { RoutingProvider } from "../src/routing/routing.ts";
import type { Address } from "../src/transport/address.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { SimCluster } from "./sim-cluster.ts";
import { tableOf } from "./sim-server.ts";

const token = auth.basic("ann", "pw");

function setUp(config: DriverConfig = {}, uri = "neo4j://core1?region=eu") {
  const clock = new FakeClock();
  const cluster = new SimCluster(3);
  const full = { clock, dial: cluster.dial, ...config };
  const provider = new RoutingProvider(resolveConfig(uri, token, full));
  const request: AcquireRequest = { mode: "read", database: "movies", bookmarks: [] };
  const acquire = async (more: Partial<AcquireRequest> = {}): Promise<Connection> =>
    provider.acquire({ ...request, ...more });
  /** Where the work went. */
  const visit = async (more: Partial<AcquireRequest> = {}): Promise<string> => {
    const connection = await acquire(more);
    provider.release(connection);
    return connection.address.toString();
  };
  const caught = (more: Partial<AcquireRequest> = {}): Promise<Error> =>
    acquire(more).then(
      () => new Error("got one"),
      (error: Error) => error,
    );
  const [core1, core2, core3] = cluster.members as [
    SimCluster["members"][0],
    SimCluster["members"][0],
    SimCluster["members"][0],
  ];
  return {
    clock,
    cluster,
    provider,
    acquire,
    visit,
    caught,
    core1,
    core2,
    core3,
    open: () => driver(uri, token, full),
  };
}

describe("tables", () => {
  test("writes go to the leader, reads to the others in turn", async () => {
    const { visit, cluster } = setUp();
    expect(await visit({ mode: "write" })).toBe("core1:7687");
    const readers = [await visit(), await visit(), await visit(), await visit()];
    expect(new Set(readers)).toEqual(new Set(["core2:7687", "core3:7687"]));
    expect(readers[0]).toBe(readers[2]);
    expect(cluster.count("ROUTE")).toBe(1);
  });

  test("the server with the fewest connections in use is chosen", async () => {
    const { acquire, provider } = setUp();
    const held = await Promise.all(Array.from({ length: 6 }, () => acquire()));
    const at = (name: string): Connection[] => held.filter(({ address }) => address.toString() === name);
    expect(at("core2:7687")).toHaveLength(3);
    for (const connection of at("core3:7687")) provider.release(connection);
    const next = await Promise.all([acquire(), acquire(), acquire()]);
    expect(next.map(({ address }) => address.toString())).toEqual(Array(3).fill("core3:7687"));
  });

  test("a custom balancer, which must return one of the servers it was given", async () => {
    const seen: unknown[] = [];
    const { visit } = setUp({
      routing: {
        balancer: (servers, work) => {
          seen.push([servers.map(({ address, inUse }) => `${address.toString()} ${inUse}`), work]);
          return servers.find(({ address }) => address.host === "core3")!;
        },
      },
    });
    expect([await visit(), await visit()]).toEqual(["core3:7687", "core3:7687"]);
    expect(seen[0]).toEqual([["core2:7687 0", "core3:7687 0"], { mode: "read", database: "movies" }]);
    const { caught } = setUp({ routing: { balancer: () => ({}) as never } });
    expect(await caught()).toMatchObject({ code: "CONFIG_ERROR" });
  });

  test("ROUTE carries context, bookmarks and database; HELLO the context", async () => {
    const { acquire, core1 } = setUp();
    const routes: unknown[] = [];
    const hellos: unknown[] = [];
    core1.on.ROUTE = ({ routing, bookmarks, db, impUser }, { protocol }) => {
      routes.push({ routing, bookmarks, db, impUser });
      protocol.success({ rt: core1.table! });
    };
    core1.on["HELLO"] = ((
      hello: { routing: unknown },
      link: { protocol: { success(metadata: object): void } },
    ) => {
      hellos.push(hello.routing);
      link.protocol.success({ server: "Neo4j/5.26.0" });
    }) as never;
    await acquire({ bookmarks: ["bm:1"], impersonatedUser: "bob" });
    const routing = { region: "eu", address: "core1:7687" };
    expect(routes).toEqual([{ routing, bookmarks: ["bm:1"], db: "movies", impUser: "bob" }]);
    expect(hellos).toEqual([routing]);
  });

  test("one ROUTE serves all waiting requests; each database has its own table", async () => {
    const { visit, cluster, provider } = setUp();
    await Promise.all([
      visit(),
      visit(),
      visit({ mode: "write" }),
      visit({ database: "books" }),
      visit({ database: "books" }),
    ]);
    expect(cluster.count("ROUTE")).toBe(2);
    expect(provider.routingTable("books")).toEqual({
      database: "books",
      ttlMs: 300_000,
      routers: ["core1:7687", "core2:7687", "core3:7687"],
      readers: ["core2:7687", "core3:7687"],
      writers: ["core1:7687"],
    });
    expect(provider.routingTable("nothing")).toBeUndefined();
  });

  test("the request that started a refresh may give up; the others get their table", async () => {
    const { acquire, core1 } = setUp();
    let answer: () => void = () => {};
    core1.on.ROUTE = (_, link) =>
      (answer = () => {
        link.protocol.success({ rt: core1.table! });
        link.flush();
      });
    const controller = new AbortController();
    const first = acquire({ signal: controller.signal }).catch((error: unknown) => error);
    await settle();
    const second = acquire();
    controller.abort(new Error("enough"));
    expect(await first).toMatchObject({ code: "ABORTED" });
    answer();
    expect((await second).isOpen).toBe(true);
    expect(core1.count("ROUTE")).toBe(1);
  });

  test("a table is fetched again when it expires, and no sooner", async () => {
    const { visit, clock, cluster } = setUp();
    await visit();
    await clock.tick(299_999);
    await visit();
    expect(cluster.count("ROUTE")).toBe(1);
    await clock.tick(1);
    await visit();
    expect(cluster.count("ROUTE")).toBe(2);
  });

  test("a time to live may be as long as 2^63 - 1 seconds, or nonsense", async () => {
    for (const [ttl, routes] of [
      [2n ** 63n - 1n, 1],
      [-1, 2],
      [0, 2],
    ] as const) {
      const { visit, cluster, clock } = setUp();
      cluster.ttl = ttl;
      cluster.announce();
      await visit();
      await clock.tick(3_000_000);
      await visit();
      expect(cluster.count("ROUTE")).toBe(routes);
    }
  });

  test("unused tables are forgotten, and connections to servers in no table are closed", async () => {
    const { visit, clock, cluster, provider, core2, core3 } = setUp();
    await visit({ database: "books" });
    await visit();
    await visit();
    expect(
      provider
        .metrics()
        .map(({ server }) => server)
        .sort(),
    ).toEqual(["core1:7687", "core2:7687", "core3:7687"]);
    await clock.tick(300_000 + 30_001);
    core3.up = false;
    cluster.announce();
    await visit();
    expect(provider.routingTable("books")).toBeUndefined();
    expect(core3.links.size).toBe(0);
    expect(core2.links.size).toBe(1);
  });

  test("an unreadable address does not cost the others", async () => {
    const { visit, core1 } = setUp();
    core1.table = tableOf({ routers: ["core1:7687"], readers: ["nonsense:x", "core2", "[::1"], writers: [] });
    expect(await visit()).toBe("core2:7687");
  });

  test("forced refresh", async () => {
    const { provider, cluster, core2 } = setUp();
    await provider.refreshRoutingTable({ mode: "read", database: "movies", bookmarks: ["bm:9"] });
    cluster.elect(core2);
    const table = await provider.refreshRoutingTable({ mode: "read", database: "movies", bookmarks: [] });
    expect(table.writers).toEqual(["core2:7687"]);
    expect(cluster.count("ROUTE")).toBe(2);
  });
});

describe("discovery", () => {
  test("an absent seed: the resolver's other addresses are asked", async () => {
    const asked: string[] = [];
    const { visit, core1, core2 } = setUp({
      resolver: async (seed) => {
        asked.push(seed.toString());
        return ["core1:7687", "core2:7687"];
      },
    });
    core1.up = false;
    expect(await visit()).toMatch(/core[23]/);
    expect(asked).toEqual(["core1:7687"]);
    expect(core2.count("ROUTE")).toBe(1);
  });

  test("nonsense from a resolver is a mistake of the program", async () => {
    const { caught } = setUp({ resolver: () => ["core1:0"] });
    expect(await caught()).toMatchObject({
      code: "CONFIG_ERROR",
      message: 'the resolver gave "core1:0": the port must be a number from 1 to 65535, not "0"',
    });
    for (const [nothing, shown] of [
      [undefined, "undefined"],
      ["core1:7687", "a string"],
    ]) {
      expect(await setUp({ resolver: () => nothing as never }).caught()).toMatchObject({
        code: "CONFIG_ERROR",
        message: `the resolver must give a list of addresses, not ${shown}`,
      });
    }
    expect(await setUp({ resolver: () => [] }).caught()).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "no router gave a routing table: the resolver names no server",
    });
  });

  test("known routers are asked first, the seed when they have failed", async () => {
    const { visit, clock, core1, core2, core3 } = setUp();
    core1.table = tableOf({ routers: ["core2:7687"], readers: ["core3:7687"], writers: ["core1:7687"] });
    await visit();
    await clock.tick(300_000);
    await visit();
    expect([core1.count("ROUTE"), core2.count("ROUTE")]).toEqual([1, 1]);
    core2.up = false;
    core1.table = core2.table = tableOf({ routers: ["core2:7687"], readers: ["core3:7687"], writers: [] });
    for (const link of core2.links) link.close();
    await clock.tick(300_000);
    await visit();
    expect([core1.count("ROUTE"), core3.count("ROUTE")]).toEqual([2, 0]);
  });

  test("routers known from another database help when the seed is gone", async () => {
    const { visit, core1, core2, core3 } = setUp();
    core1.table = tableOf({ routers: ["core2:7687"], readers: ["core3:7687"], writers: ["core3:7687"] });
    await visit();
    core1.up = false;
    for (const link of core1.links) link.close();
    await settle();
    await visit({ database: "books" });
    expect(core2.log).toContain("ROUTE books");
    expect(core3.count("ROUTE")).toBe(0);
  });

  test("no router at all: one error that names every reason", async () => {
    const { caught, core1, core2, core3 } = setUp({
      resolver: () => ["core1:7687", "core2:7687", "core3:7687"],
    });
    core1.up = false;
    core2.on.ROUTE = (_, link) => link.fail("Neo.TransientError.General.DatabaseUnavailable", "starting up");
    core3.table = tableOf({ routers: [], readers: [], writers: [] });
    expect(await caught()).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
      message:
        "no router gave a routing table: cannot connect to core1:7687: connect ECONNREFUSED; starting up; core3:7687 knows of no router",
    });
  });

  test("no router with a trusted certificate: reported at once, not retried", async () => {
    const refused = (address: Address): TlsError => new TlsError(`refused: ${address.toString()}`);
    const { open } = setUp({
      dial: (address) => Promise.reject(refused(address)),
      resolver: () => ["core1:7687", "core2:7687"],
    });
    await expect(open().executeQuery("RETURN 1")).rejects.toMatchObject({
      code: "TLS_ERROR",
      message: "refused: core1:7687",
    });
  });

  test.each([
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.ClientError.Transaction.InvalidBookmark",
    "Neo.ClientError.Transaction.InvalidBookmarkMixture",
    "Neo.ClientError.Statement.TypeError",
    "Neo.ClientError.Statement.ArgumentError",
    "Neo.ClientError.Request.Invalid",
    "Neo.ClientError.Security.Forbidden",
    "Neo.ClientError.Security.MadeUp",
  ])("%s is thrown at once: the other routers would say the same", async (code) => {
    const { caught, core1, cluster } = setUp({ resolver: () => ["core1:7687", "core2:7687"] });
    core1.on.ROUTE = (_, link) => link.fail(code);
    expect(await caught()).toMatchObject({ code });
    expect(cluster.count("ROUTE")).toBe(1);
  });

  test.each([
    "Neo.TransientError.General.DatabaseUnavailable",
    "Neo.ClientError.Security.AuthorizationExpired",
    "Neo.DatabaseError.General.UnknownError",
  ])("%s: another router is asked", async (code) => {
    const { visit, core1, core2 } = setUp({ resolver: () => ["core1:7687", "core2:7687"] });
    core1.on.ROUTE = (_, link) => link.fail(code);
    await visit();
    expect(core2.count("ROUTE")).toBe(1);
  });

  test("a table without routers or readers is rejected, and another router asked", async () => {
    for (const table of [
      tableOf({ routers: [], readers: ["core2:7687"], writers: ["core2:7687"] }),
      tableOf({ routers: ["core2:7687"], readers: [], writers: ["core2:7687"] }),
    ]) {
      const { visit, core1, core2 } = setUp({ resolver: () => ["core1:7687", "core2:7687"] });
      core1.table = table;
      await visit();
      expect(core2.count("ROUTE")).toBe(1);
    }
  });

  test("a wrong login is reported, not hidden behind 'no router'", async () => {
    const { caught, core1 } = setUp();
    core1.on.LOGON = (_, link) => link.fail("Neo.ClientError.Security.Unauthorized");
    expect(await caught()).toMatchObject({ code: "Neo.ClientError.Security.Unauthorized", retryable: false });
  });

  test("a silent router leaves time for the next", async () => {
    const { visit, clock, core1, core2 } = setUp({
      resolver: () => ["core1:7687", "core2:7687"],
      timeouts: { acquireMs: 10_000 },
    });
    core1.silent = true;
    const pending = visit();
    await clock.tick(5000);
    expect(await pending).toMatch(/core[23]/);
    expect(core2.count("ROUTE")).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("the only router gets all the time", async () => {
    const { visit, clock, core1 } = setUp({ timeouts: { acquireMs: 10_000 } });
    core1.on.ROUTE = (_, link) => {
      clock.setTimeout(() => {
        link.protocol.success({ rt: core1.table! });
        link.flush();
      }, 9000);
    };
    const pending = visit();
    await clock.tick(9000);
    expect(await pending).toMatch(/core[23]/);
  });

  test("all silent: the limit holds", async () => {
    const { caught, clock, cluster } = setUp({ timeouts: { acquireMs: 10_000 } });
    for (const member of cluster.members) member.silent = true;
    const pending = caught();
    await clock.tick(10_000);
    expect(await pending).toMatchObject({
      code: "TIMEOUT",
      message: "no connection within 10000 ms, while logging in at core1:7687",
    });
    expect(clock.pending).toBe(0);
  });

  test("before 4.3 by the procedure of the version", async () => {
    for (const [version, database, call] of [
      ["4.2", "movies", "CALL dbms.routing.getRoutingTable($context, $database)"],
      ["4.1", undefined, "CALL dbms.routing.getRoutingTable($context)"],
      ["3", undefined, "CALL dbms.cluster.routing.getRoutingTable($context)"],
      ["2", undefined, "CALL dbms.cluster.routing.getRoutingTable($context)"],
    ] as const) {
      const { visit, cluster, core1 } = setUp({ versions: version });
      for (const member of cluster.members) member.version = version;
      const extras: unknown[] = [];
      core1.on.RUN = ({ query, parameters, extra }, link) => {
        expect(query).toBe(call);
        expect(parameters["context"]).toEqual({ region: "eu", address: "core1:7687" });
        extras.push(extra);
        link.protocol.success({ fields: ["ttl", "servers"] });
      };
      core1.on.PULL = (_, link) => {
        const { ttl, servers } = core1.table!;
        link.protocol.record([ttl, servers]);
        link.protocol.success({ type: "r" });
      };
      expect(await visit({ database, mode: "write", bookmarks: ["b"] }), version).toBe("core1:7687");
      if (version.startsWith("4"))
        expect(extras).toMatchObject([{ mode: "r", db: "system", bookmarks: ["b"] }]);
      // The default database has no name here, but its table is still kept.
      await visit({ database });
      expect(extras).toHaveLength(1);
    }
  });

  test("options that the version lacks are refused, not dropped", async () => {
    for (const [version, more] of [
      ["3", { database: "movies" }],
      ["4.3", { impersonatedUser: "bob" }],
    ] as const) {
      const { caught, cluster } = setUp();
      for (const member of cluster.members) member.version = version;
      expect(await caught(more)).toMatchObject({ code: "UNSUPPORTED", version });
    }
  });

  test("for a single server that cannot route, the error says what to do", async () => {
    const { caught, core1 } = setUp();
    core1.table = undefined;
    expect(await caught()).toMatchObject({
      code: "UNSUPPORTED",
      retryable: false,
      message: expect.stringContaining('use a "bolt" scheme') as string,
    });
  });

  test("after a router that cannot route, such as an old read replica, the next is asked", async () => {
    const { visit, core1, core2 } = setUp({ resolver: () => ["core1:7687", "core2:7687"] });
    core1.table = undefined;
    expect(await visit()).toMatch(/core[23]/);
    expect(core2.count("ROUTE")).toBe(1);
  });
});

describe("servers that fail", () => {
  test("an absent reader is dropped, and another takes the work", async () => {
    const { visit, cluster, core2, provider } = setUp();
    await visit();
    cluster.kill(core2);
    await settle();
    expect([await visit(), await visit(), await visit()]).toEqual(Array(3).fill("core3:7687"));
    expect(provider.routingTable("movies")?.readers).toEqual(["core3:7687"]);
    expect(cluster.count("ROUTE")).toBe(1);
  });

  test("a connection that breaks in use drops its server; one that the driver closed does not", async () => {
    const { acquire, provider, core2, core3 } = setUp();
    const [a, b] = [await acquire(), await acquire()];
    const [broken, aborted] = a.address.host === "core2" ? [a, b] : [b, a];
    aborted.destroy(new (await import("../src/errors.ts")).AbortError("ours"));
    for (const link of core2.links) link.close(new Error("cut"));
    await settle();
    expect(provider.routingTable("movies")?.readers).toEqual(["core3:7687"]);
    expect(core3.up).toBe(true);
    provider.release(broken);
    provider.release(aborted);
  });

  test("a server that closes after a FAILURE can still be reached", async () => {
    const { open, core2, core3 } = setUp();
    for (const core of [core2, core3]) {
      core.on.RUN = (_, link) => {
        link.fail("Neo.ClientError.Security.TokenExpired");
        link.close(new Error("bye"));
      };
    }
    const db = open();
    const query = db.session({ database: "movies", mode: "read" }).run("RETURN 1").summary();
    await expect(query).rejects.toMatchObject({ code: "Neo.ClientError.Security.TokenExpired" });
    await settle();
    expect(db.metrics().map(({ inUse }) => inUse)).toEqual([0, 0]);
    expect(db.routingTable("movies")?.readers).toEqual(["core2:7687", "core3:7687"]);
  });

  test("a silent reader with idle connections leaves time for another", async () => {
    const { visit, clock, core2 } = setUp({ timeouts: { acquireMs: 10_000 }, pool: { livenessCheckMs: 0 } });
    expect([await visit(), await visit()].toSorted()).toEqual(["core2:7687", "core3:7687"]);
    core2.silent = true;
    const pending = [visit(), visit()];
    await clock.tick(5000);
    expect(await Promise.all(pending)).toEqual(["core3:7687", "core3:7687"]);
    expect(await visit()).toBe("core3:7687");
    expect(clock.pending).toBe(0);
  });

  test("all readers gone: a new table is fetched and its readers are tried", async () => {
    const { visit, cluster, core1, core2, core3 } = setUp();
    await visit();
    cluster.kill(core2);
    cluster.kill(core3);
    cluster.announce();
    await settle();
    expect(core1.table!.servers[1]!.addresses).toEqual(["core1:7687"]);
    expect(await visit()).toBe("core1:7687");
  });

  test("all routers gone: the remaining readers are used while the table is valid", async () => {
    const { visit, caught, clock, cluster, core1, core2, core3 } = setUp();
    const table = tableOf({
      routers: ["core1:7687", "core2:7687"],
      readers: ["core3:7687"],
      writers: ["core1:7687"],
    });
    for (const member of cluster.members) member.table = table;
    await visit();
    for (const router of [core1, core2]) cluster.kill(router);
    await settle();
    expect(await caught({ mode: "write" })).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await visit()).toBe(core3.address);
    await clock.tick(300_000);
    expect(await caught()).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });

  test("a silent leader leaves time for a new table, and for the next leader", async () => {
    const { visit, clock, cluster, core2, core3 } = setUp({ timeouts: { acquireMs: 10_000 } });
    cluster.elect(core2);
    await visit();
    core2.silent = true;
    cluster.elect(core3);
    const pending = visit({ mode: "write" });
    await clock.tick(5000);
    expect(await pending).toBe("core3:7687");
    expect(clock.pending).toBe(0);
  });

  test("a server that cannot be reached is the last router to be asked", async () => {
    const { visit, clock, cluster, core1, core2, core3 } = setUp({ timeouts: { acquireMs: 10_000 } });
    const routers = ["core2:7687", "core1:7687"];
    core1.table = tableOf({ routers, readers: ["core3:7687"], writers: ["core2:7687"] });
    await visit();
    core2.silent = true;
    cluster.elect(core3);
    const pending = visit({ mode: "write" });
    await clock.tick(5000);
    expect(await pending).toBe("core3:7687");
  });

  test("all gone and the new table is no better: a retryable error, no endless loop", async () => {
    const { visit, caught, cluster, core2, core3 } = setUp();
    await visit();
    cluster.kill(core2);
    cluster.kill(core3);
    const error = await caught();
    expect(error).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
      message: expect.stringMatching(
        /^no server is left that accepts reads for movies: .+ECONNREFUSED/,
      ) as string,
    });
    expect((error.cause as Error).message).toContain("ECONNREFUSED");
  });

  test("DatabaseUnavailable drops the server for that database only", async () => {
    const { acquire, provider, visit } = setUp();
    await visit({ database: "books" });
    const connection = await acquire();
    const name = connection.address.toString();
    await provider.onServerFailure(
      connection,
      { code: "Neo.TransientError.General.DatabaseUnavailable" } as ServerFailure,
      { mode: "read", database: "movies", bookmarks: [] },
    );
    expect(provider.routingTable("movies")?.readers).not.toContain(name);
    expect(provider.routingTable("books")?.readers).toContain(name);
  });

  test("a login that fails at one member is reported", async () => {
    const { caught, visit, core2, core3 } = setUp();
    await visit({ mode: "write" });
    for (const core of [core2, core3])
      core.on.LOGON = (_, link) => link.fail("Neo.ClientError.Security.Unauthorized");
    expect(await caught()).toMatchObject({ code: "Neo.ClientError.Security.Unauthorized" });
  });
});

describe("home databases", () => {
  test("are resolved for each session, passed to it, and kept under their name", async () => {
    const { acquire, cluster, provider } = setUp();
    const names: string[] = [];
    const onDatabase = (name: string): void => void names.push(name);
    provider.release(await acquire({ database: undefined, onDatabase }));
    provider.release(await acquire({ database: undefined, onDatabase }));
    expect(names).toEqual(["home", "home"]);
    expect(cluster.members[0]!.log.filter((entry) => entry === "ROUTE -")).toHaveLength(2);
    provider.release(await acquire({ database: "home" }));
    expect(cluster.count("ROUTE")).toBe(2);
  });

  const ssr = (cluster: SimCluster, enabled: boolean): void => {
    for (const member of cluster.members) {
      member.version = "5.8";
      member.hints = { ssrEnabled: enabled };
    }
  };

  test("are guessed when all servers route themselves; then no name is sent", async () => {
    const { acquire, provider, cluster } = setUp();
    ssr(cluster, true);
    const names: string[] = [];
    const onDatabase = (name: string): void => void names.push(name);
    for (let i = 0; i < 3; i++) provider.release(await acquire({ database: undefined, onDatabase }));
    expect(names).toEqual(["home"]);
    expect(cluster.count("ROUTE")).toBe(1);
    // Another user may have another home database.
    provider.release(await acquire({ database: undefined, impersonatedUser: "bob", onDatabase }));
    expect(cluster.count("ROUTE")).toBe(2);
    // The server has corrected the guess.
    provider.onHomeDatabase("elsewhere", { mode: "read", database: undefined, bookmarks: [] });
    provider.release(await acquire({ database: undefined, onDatabase }));
    expect(cluster.count("ROUTE")).toBe(3);
  });

  test("one server that does not route itself ends the guessing", async () => {
    const { acquire, provider, cluster, core2, core3 } = setUp();
    ssr(cluster, true);
    core2.hints = core3.hints = {};
    const names: string[] = [];
    const onDatabase = (name: string): void => void names.push(name);
    for (let i = 0; i < 3; i++) provider.release(await acquire({ database: undefined, onDatabase }));
    expect(names).toEqual(["home", "home", "home"]);
  });

  test("the cache can be switched off", async () => {
    const { acquire, provider, cluster } = setUp({ routing: { homeDatabaseCache: false } });
    ssr(cluster, true);
    for (let i = 0; i < 3; i++) provider.release(await acquire({ database: undefined }));
    expect(cluster.count("ROUTE")).toBe(3);
  });
});
