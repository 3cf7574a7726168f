// Much work of every kind at once, good and bad: afterwards nothing is held, be it a connection, a slot of the pool,
// a timer or a listener on a signal; and every query got its own answer.
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import type { DriverConfig, PoolMetrics, Session } from "../src/index.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { TestServer } from "./test-server.ts";

const SESSIONS = 64;
const TURNS = 12;
const POOL = 8;

/** One way to use a session; its result is derived from `n`. */
type Use = (session: Session, n: number, signal: AbortSignal) => Promise<unknown>;

const USES: Readonly<Record<string, Use>> = {
  "a query read whole": async (session, n) =>
    expect((await session.run("RETURN $n AS n", { n })).records).toEqual([{ n }]),
  "a loop that is left": async (session) => {
    for await (const { i } of session.run("RANGE 50", {}, { fetchSize: 3 })) if (i === 5) break;
  },
  "a result that nobody reads": async (session) => void session.run("RANGE 10"),
  "a failure": (session) => expect(session.run("NONSENSE").then()).rejects.toThrow("NONSENSE"),
  "a parameter that cannot be sent": (session) =>
    expect(session.run("RETURN $x AS x", { x: () => {} }).then()).rejects.toMatchObject({
      code: "PACK_ERROR",
    }),
  "a query that is aborted": async (session, _n, signal) => {
    const own = new AbortController();
    const result = session.run("RANGE 50", {}, { signal: AbortSignal.any([own.signal, signal]) });
    own.abort();
    await expect(result.then()).rejects.toMatchObject({ code: "ABORTED" });
  },
  "a signal that never fires": async (session, n, signal) =>
    expect(await session.run("RETURN $n AS n", { n }, { signal }).single()).toEqual({ n }),
  "managed work": async (session, n, signal) => {
    const work = session.executeWrite((tx) => tx.run("RETURN $n AS n", { n }).single(), { signal });
    expect(await work).toEqual({ n });
  },
  "managed work that throws": (session) =>
    expect(
      session.executeRead((tx) => {
        tx.run("RANGE 20", {}, { fetchSize: 2 });
        throw new Error("mine");
      }),
    ).rejects.toThrow("mine"),
  "a transaction that is rolled back": async (session) => {
    await using tx = await session.beginTransaction();
    await tx.run("RANGE 20", {}, { fetchSize: 2 }).peek();
  },
  "a transaction that fails": async (session) => {
    const tx = await session.beginTransaction();
    await expect(tx.run("NONSENSE").then()).rejects.toThrow("NONSENSE");
    await tx.rollback();
  },
  "a pipeline with a failure in it": async (session) => {
    const results = session.pipeline([["RETURN 1 AS x"], ["NONSENSE"], ["RETURN 3 AS x"]]);
    const states = (await Promise.allSettled(results)).map(({ status }) => status);
    expect(states).toEqual(["fulfilled", "rejected", "rejected"]);
  },
};

const uses = Object.values(USES);

async function busy(session: Session, from: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++)
    await uses[(from + turn) % uses.length]!(session, from + turn, signal);
  await session.close();
}

function open(server: TestServer, uri: string, config: DriverConfig): Driver {
  return driver(uri, undefined, { dial: server.dial, pool: { maxSize: POOL }, ...config });
}

const held = ({ inUse, opening, waiting }: PoolMetrics): number => inUse + opening + waiting;

test.each([
  ["bolt://test", undefined],
  ["bolt://test", "3"],
  ["bolt://test", "4.4"],
  ["neo4j://test", undefined],
])("%s on Bolt %s: nothing is left behind", async (uri, versions) => {
  const server = new TestServer();
  const clock = new FakeClock();
  const db = open(server, uri, { clock, ...(versions && { versions }) });
  const { signal } = new AbortController();
  const all = Array.from({ length: SESSIONS }, (_, i) => busy(db.session(), i, signal));
  await Promise.all(all);
  await settle();
  const [metrics] = db.metrics();
  expect(held(metrics!)).toBe(0);
  expect(metrics).toMatchObject({ timedOut: 0 });
  expect(metrics!.opened - metrics!.closed).toBe(metrics!.idle);
  expect(metrics!.idle).toBeLessThanOrEqual(POOL);
  expect(metrics!.acquired).toBeGreaterThan(SESSIONS * (TURNS / 2));
  expect(db.holders()).toEqual([]);
  expect(getEventListeners(signal, "abort")).toEqual([]);
  expect(clock.pending).toBe(0);

  // The same connections do it all once more: nothing has worn out.
  await Promise.all(Array.from({ length: SESSIONS }, (_, i) => busy(db.session(), i, signal)));
  await settle();
  expect(held(db.metrics()[0]!)).toBe(0);
  await db.close();
  await settle();
  expect(db.metrics()).toMatchObject([{ inUse: 0, idle: 0 }]);
  expect(server.connections.every(({ closed }) => closed)).toBe(true);
  expect(clock.pending).toBe(0);
});
