// Whole units of work against a cluster that misbehaves. What counts: none is lost, none is done twice, no promise
// hangs, and the driver says so when an outcome cannot be known.
import { describe, expect, test } from "vitest";
import { auth } from "../src/auth.ts";
import type { DriverConfig } from "../src/config.ts";
import { driver } from "../src/driver.ts";
import { CommitUnknownError, isRetryable } from "../src/errors.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { SimCluster } from "./sim-cluster.ts";
import { type Link, tableOf } from "./sim-server.ts";

function setUp(config: DriverConfig = {}) {
  const clock = new FakeClock();
  const cluster = new SimCluster(3);
  const seeds = cluster.members.map(({ address }) => address);
  const db = driver("neo4j://core1", auth.basic("ann", "pw"), {
    clock,
    dial: cluster.dial,
    resolver: () => seeds,
    ...config,
  });
  const write = (entry: string): Promise<unknown> =>
    db.session({ database: "movies" }).executeWrite(async (tx) => {
      await tx.run(`WRITE ${entry}`);
    });
  /** Advances the clock until the work has settled. */
  const settled = async <T>(work: Promise<T>): Promise<PromiseSettledResult<T>> => {
    const results: PromiseSettledResult<T>[] = [];
    void Promise.allSettled([work]).then(([only]) => results.push(only));
    for (let i = 0; results.length === 0 && i < 2000; i++) await clock.tick(100);
    if (!results[0]) throw new Error("left hanging");
    return results[0];
  };
  const done = async (work: Promise<unknown>): Promise<void> => {
    const result = await settled(work);
    if (result.status === "rejected") throw result.reason;
  };
  const [core1, core2, core3] = cluster.members as [
    SimCluster["members"][0],
    SimCluster["members"][0],
    SimCluster["members"][0],
  ];
  return { clock, cluster, db, write, settled, done, core1, core2, core3 };
}

describe("units of work", () => {
  test("the leader changes between two of them", async () => {
    const { cluster, write, done, core2 } = setUp();
    await done(write("a"));
    cluster.elect(core2);
    await done(write("b"));
    expect(cluster.ledger).toEqual(["a", "b"]);
  });

  test("the leader changes in the middle of one: it is done again at the new leader", async () => {
    const { cluster, done, db, core3 } = setUp();
    let attempts = 0;
    const work = db.session({ database: "movies" }).executeWrite(async (tx) => {
      await tx.run("WRITE first");
      if (attempts++ === 0) cluster.elect(core3);
      await tx.run("WRITE second");
    });
    await done(work);
    expect(attempts).toBe(2);
    expect(cluster.ledger).toEqual(["first", "second"]);
  });

  test("the leader dies, and there is none for a while", async () => {
    const { cluster, write, done, core1, core2, clock } = setUp();
    await done(write("a"));
    cluster.kill(core1);
    cluster.elect(undefined);
    const work = write("b");
    await clock.tick(4000);
    expect(cluster.ledger).toEqual(["a"]);
    cluster.elect(core2);
    await done(work);
    expect(cluster.ledger).toEqual(["a", "b"]);
  });

  test("no writer ever: reads go on, writes fail in time with a retryable error", async () => {
    const { cluster, write, settled, db, done, clock } = setUp();
    cluster.elect(undefined);
    const start = clock.now();
    const result = await settled(write("a"));
    expect(clock.now() - start).toBeLessThanOrEqual(31_000);
    expect(result).toMatchObject({
      status: "rejected",
      reason: { code: "SERVICE_UNAVAILABLE", retryable: true },
    });
    await done(db.session({ database: "movies" }).executeRead((tx) => tx.run("RETURN 1")));
    expect(cluster.ledger).toEqual([]);
  });

  test("split brain: one router names the old leader, which no longer leads", async () => {
    const { cluster, write, done, core1, core2, core3 } = setUp();
    cluster.elect(core3);
    const names = cluster.members.map(({ address }) => address);
    // core1 is cut off and still believes the old state.
    core1.table = tableOf({ routers: names, readers: names, writers: [core1.address] }, 300);
    await done(write("a"));
    await done(write("b"));
    expect(cluster.ledger).toEqual(["a", "b"]);
    expect(core1.count("RUN WRITE")).toBeGreaterThan(0);
    expect(core2.count("RUN WRITE")).toBe(0);
  });

  test("two routers that each name the wrong writer: an error in time, nothing done", async () => {
    const { cluster, write, settled, core1, core2, core3 } = setUp();
    cluster.elect(undefined);
    core1.table = tableOf({ routers: ["core2:7687"], readers: ["core3:7687"], writers: ["core2:7687"] });
    core2.table = tableOf({ routers: ["core1:7687"], readers: ["core3:7687"], writers: ["core1:7687"] });
    core3.table = core1.table;
    const result = await settled(write("a"));
    expect(result).toMatchObject({
      status: "rejected",
      reason: { code: "Neo.ClientError.Cluster.NotALeader", retryable: true },
    });
    expect(cluster.ledger).toEqual([]);
  });

  test("a reader dies during a result: the read is done again elsewhere", async () => {
    const { db, done, core2, core3 } = setUp();
    let cut = 0;
    for (const core of [core2, core3]) {
      core.on.PULL = (_, link) => {
        if (cut++ === 0) return link.close(new Error("connection reset"));
        link.protocol.record([core.address]);
        link.protocol.success({ type: "r" });
      };
    }
    let rows: unknown[] = [];
    await done(
      db.session({ database: "movies" }).executeRead(async (tx) => {
        rows = (await tx.run("RETURN 1")).records;
      }),
    );
    expect(cut).toBe(2);
    expect(rows).toHaveLength(1);
  });

  test("COMMIT gets no answer before the connection ends: the outcome is unknown, no second attempt", async () => {
    for (const applied of [true, false]) {
      const { cluster, write, settled, core1 } = setUp();
      core1.on.COMMIT = (_, link) => {
        if (applied) cluster.ledger.push(...link.work);
        link.close(new Error("connection reset"));
      };
      const result = await settled(write("a"));
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "COMMIT_UNKNOWN", retryable: false },
      });
      expect(core1.count("COMMIT")).toBe(1);
      expect(cluster.ledger).toEqual(applied ? ["a"] : []);
    }
  });

  test("closing the driver settles everything", async () => {
    const { cluster, db, write, clock, settled } = setUp();
    for (const member of cluster.members) member.on.BEGIN = () => {};
    const pending = [write("a"), write("b"), db.session().executeRead((tx) => tx.run("RETURN 1"))].map(
      (work) => settled(work),
    );
    await settle();
    await db.close();
    for (const result of await Promise.all(pending)) expect(result.status).toBe("rejected");
    expect(clock.pending).toBe(0);
  });
});

/** A small random generator with a seed, so that a failure can be reproduced. */
function generator(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822507) + 0x9e3779b9) | 0;
    return (state >>> 1) % below;
  };
}

test("sixty clusters in trouble: what the driver says is what happened", { timeout: 60_000 }, async () => {
  const seen = { written: 0, unknown: 0, failed: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const chance = generator(seed);
    const { cluster, write, clock, db } = setUp({ pool: { maxSize: 3 }, retry: { maxTimeMs: 20_000 } });
    for (const member of cluster.members) {
      const { BEGIN, RUN, COMMIT } = member.on;
      const sometimes =
        (handler: unknown) =>
        (request: never, link: Link): void => {
          const fate = chance(40);
          // Cut before the request is handled, or after it was carried out but before its answer arrives.
          if (fate > 0) (handler as (request: never, link: Link) => void)(request, link);
          if (fate > 1) return;
          link.protocol.bytesToSend();
          link.close(new Error("connection reset"));
        };
      Object.assign(member.on, { BEGIN: sometimes(BEGIN), RUN: sometimes(RUN), COMMIT: sometimes(COMMIT) });
    }
    const outcomes = new Map<string, unknown>();
    const units = Array.from({ length: 12 }, (_, i) => {
      const name = `${seed}.${i}`;
      return write(name).then(
        () => outcomes.set(name, "written"),
        (error: unknown) => outcomes.set(name, error),
      );
    });
    for (let step = 0; outcomes.size < units.length && step < 400; step++) {
      const member = cluster.members[chance(3)]!;
      switch (chance(8)) {
        case 0:
          cluster.kill(member);
          if (chance(2) === 0) cluster.announce();
          break;
        case 1:
          member.up = true;
          cluster.announce();
          break;
        case 2:
          cluster.elect(member.up ? member : undefined);
          break;
        case 3:
          // It leads already, but the others do not know yet.
          if (member.up) cluster.leader = member;
          break;
        default:
      }
      await clock.tick(chance(400));
    }
    expect(outcomes.size, `seed ${seed}: promises left hanging`).toBe(units.length);
    for (const [name, outcome] of outcomes) {
      const times = cluster.ledger.filter((entry) => entry === name).length;
      const message = `seed ${seed}, unit ${name}: ${String(outcome)}`;
      if (outcome === "written") {
        seen.written++;
        expect(times, message).toBe(1);
      } else if (outcome instanceof CommitUnknownError) {
        seen.unknown++;
        expect(times, message).toBeLessThanOrEqual(1);
      } else {
        seen.failed++;
        expect(times, message).toBe(0);
        expect(isRetryable(outcome), message).toBe(true);
      }
    }
    for (const { inUse, waiting, opening } of db.metrics())
      expect({ inUse, waiting, opening }).toEqual({ inUse: 0, waiting: 0, opening: 0 });
    await db.close();
    await settle();
    expect(clock.pending).toBe(0);
  }
  // There was enough trouble to matter, and little enough for work to succeed.
  expect(seen.written).toBeGreaterThan(300);
  expect(seen.unknown).toBeGreaterThan(5);
});
