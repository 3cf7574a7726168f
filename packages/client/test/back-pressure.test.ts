// A slow reader holds back its socket and nothing else: memory stays bounded.
import { describe, expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import { settle } from "./fake-clock.ts";
import { TestServer } from "./test-server.ts";

const ROW = 50_000;

function connect(rows: number, fetchSize: number, versions = "5.4"): { server: TestServer; db: Driver } {
  const server = new TestServer({
    engine: (query) =>
      query === "big"
        ? { fields: ["x"], rows: Array.from({ length: rows }, () => ["x".repeat(ROW)]) }
        : undefined,
  });
  return { server, db: driver("bolt://test", undefined, { dial: server.dial, fetchSize, versions }) };
}

describe.each([
  ["5.4", -1],
  ["5.4", 1000],
  ["3", 1000],
])("on Bolt %s with fetch size %i", (versions, fetchSize) => {
  test("a reader that pauses stops the socket, and one that goes on restarts it", async () => {
    const { server, db } = connect(200, fetchSize, versions);
    const rows = db.session().run("big")[Symbol.asyncIterator]();
    await rows.next();
    await settle();
    const { connection } = server;
    expect(connection.paused).toBe(true);
    expect(connection.sentBytes).toBeLessThan(2_000_000);
    let count = 1;
    while (!(await rows.next()).done) {
      count++;
      await settle();
      // Never more than the pause mark, one piece from the socket, and the rows already read.
      expect(connection.sentBytes - count * ROW).toBeLessThan(1_500_000);
    }
    expect(count).toBe(200);
    expect(connection.paused).toBe(false);
  });

  test("leaving the loop lets the rest flow by unread", async () => {
    const { server, db } = connect(100, fetchSize, versions);
    const session = db.session();
    for await (const row of session.run("big")) {
      expect(row["x"]).toHaveLength(ROW);
      await settle();
      break;
    }
    expect(server.connection.paused).toBe(false);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.connections).toHaveLength(1);
  });

  test("a query that waits for a held back result releases it", async () => {
    const { server, db } = connect(100, fetchSize, versions);
    const session = db.session();
    const big = session.run("big");
    const rows = big[Symbol.asyncIterator]();
    await rows.next();
    await settle();
    expect(server.connection.paused).toBe(true);
    expect(await session.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    let count = 1;
    while (!(await rows.next()).done) count++;
    expect(count).toBe(100);
  });

  test("another result of the same transaction releases it too", async () => {
    const { server, db } = connect(100, fetchSize, versions);
    const tx = await db.session().beginTransaction();
    const rows = tx.run("big")[Symbol.asyncIterator]();
    await rows.next();
    await settle();
    expect(server.connection.paused).toBe(true);
    expect(await tx.run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    let count = 1;
    while (!(await rows.next()).done) count++;
    expect(count).toBe(100);
    await tx.commit();
  });
});

test("a result that is never read holds back the socket; closing the session releases it", async () => {
  const { server, db } = connect(100, 1000);
  const session = db.session();
  const forgotten = session.run("big");
  await settle();
  expect(server.connection.paused).toBe(true);
  await session.close();
  expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
  expect(server.connections).toHaveLength(1);
  expect((await forgotten).records).toHaveLength(100);
});

test("an aborted result that was held back is reset", async () => {
  const { server, db } = connect(100, -1);
  const controller = new AbortController();
  const result = db.session().run("big", {}, { signal: controller.signal });
  await result.peek();
  await settle();
  expect(server.connection.paused).toBe(true);
  controller.abort();
  await expect(result.then()).rejects.toMatchObject({ code: "ABORTED" });
  await settle();
  expect(server.connection.paused).toBe(false);
  expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
});
