// The caller's verifyServer: which connections are kept, how the others are reported, and that no call waits forever.
import { describe, expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import {
  type DriverConfig,
  type ServerInfo,
  ServerRefusedError,
  TimeoutError,
  type VerifyServer,
} from "../src/index.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { SimCluster } from "./sim-cluster.ts";
import { TestServer } from "./test-server.ts";

function connect(verifyServer: VerifyServer, config: DriverConfig = {}): { server: TestServer; db: Driver } {
  const server = new TestServer();
  const db = driver("bolt://test", undefined, {
    dial: server.dial,
    versions: "5.4",
    verifyServer,
    ...config,
  });
  return { server, db };
}

describe("verifyServer", () => {
  test("is called once for each connection, after login and before anything else is sent", async () => {
    const seen: [ServerInfo, string[]][] = [];
    const { server, db } = connect((info) => {
      seen.push([info, [...server.names]]);
      return true;
    });
    const session = db.session();
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(await session.run("RETURN 2 AS x").single()).toEqual({ x: 2 });
    const info = { address: "test:7687", agent: "Neo4j/5.26.0", protocolVersion: "5.4" };
    expect(seen).toEqual([[info, ["HELLO", "LOGON"]]]);
  });

  test.each([
    ["false", () => false],
    ["a promise of false", () => Promise.resolve(false)],
    ["anything but true", () => 1 as never],
  ] as [string, VerifyServer][])("%s closes the connection", async (_name, verifyServer) => {
    const { server, db } = connect(verifyServer);
    const error: unknown = await db.verifyConnectivity().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServerRefusedError);
    expect(error).toMatchObject({
      name: "ServerRefusedError",
      code: "SERVER_REFUSED",
      server: "test:7687",
      agent: "Neo4j/5.26.0",
      version: "5.4",
      retryable: false,
    });
    await settle();
    expect(server.connection.closed).toBe(true);
    expect(server.names).toEqual(["HELLO", "LOGON", "GOODBYE"]);
    expect(db.metrics()).toMatchObject([{ inUse: 0, idle: 0, opening: 0 }]);
  });

  test("what it throws is the cause", async () => {
    const wrong = new Error("too old");
    const { db } = connect(() => {
      throw wrong;
    });
    await expect(db.executeQuery("RETURN 1 AS x")).rejects.toMatchObject({
      code: "SERVER_REFUSED",
      cause: wrong,
    });
  });

  test("must answer within the limit for acquiring", async () => {
    const clock = new FakeClock();
    const { server, db } = connect(() => new Promise(() => {}), { clock, timeouts: { acquireMs: 500 } });
    const refused = expect(db.verifyConnectivity()).rejects.toMatchObject({
      constructor: TimeoutError,
      message: expect.stringContaining("verifyServer") as string,
    });
    await clock.tick(500);
    await refused;
    await settle();
    expect(server.connection.closed).toBe(true);
  });
});

describe("verifyServer in a cluster", () => {
  const clusterWith = (verifyServer: VerifyServer): Driver =>
    driver("neo4j://core1", undefined, {
      clock: new FakeClock(),
      dial: new SimCluster(3).dial,
      verifyServer,
    });

  test("another server takes the place of a refused one", async () => {
    const db = clusterWith(({ address }) => address !== "core2:7687");
    for (let i = 0; i < 4; i++) {
      const { summary } = await db.executeQuery("RETURN 1", {}, { mode: "read", database: "movies" });
      expect(summary.server.address).toBe("core3:7687");
    }
  });

  test("when all are refused, the error says so and nothing is retried", async () => {
    const db = clusterWith(() => false);
    await expect(db.verifyConnectivity()).rejects.toBeInstanceOf(ServerRefusedError);
  });
});
