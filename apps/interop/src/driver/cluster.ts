// Whole units of work against a real cluster, or a single server as a cluster of one: none is lost, none is done twice,
// and what the driver says about each is what the database holds afterwards. Connections are cut on our side of the
// network; a caller that can stop members of the cluster adds more trouble.
//
// packages/client/test/cluster.test.ts does the same in memory, where the test controls the whole cluster.
import assert from "node:assert/strict";
import {
  type Address,
  BoltError,
  CommitUnknownError,
  dial,
  type DialOptions,
  type Driver,
  type Duplex,
  isRetryable,
  ServerFailure,
} from "@bolt/client";
import { type Check, type Checks, type Context, rejection, Skip } from "./check.ts";

const WRITE = "CREATE (n:Driven {run: $run, unit: $unit}) RETURN n.unit AS unit";
const LEDGER = "MATCH (n:Driven {run: $run}) RETURN n.unit AS unit, count(*) AS times";

/** How often each unit is in the database, as seen after these bookmarks. */
async function ledger(db: Driver, run: string, bookmarks: Iterable<string>): Promise<Map<string, number>> {
  await using session = db.session({ bookmarks });
  const { records } = await session.executeRead((tx) =>
    tx.run<{ unit: string; times: number }>(LEDGER, { run }),
  );
  return new Map(records.map(({ unit, times }) => [unit, times]));
}

async function writeUnit(db: Driver, run: string, unit: string): Promise<string[]> {
  await using session = db.session();
  await session.executeWrite(async (tx) => {
    await tx.run(WRITE, { run, unit }).single();
  });
  return session.lastBookmarks();
}

/** A dial whose connections break by themselves: after one request in `rate`, whether that was sent or not. */
function fragile(
  rate: number,
  count: { cuts: number },
): (address: Address, options: DialOptions) => Promise<Duplex> {
  return async (address, options) => {
    const inner = (await dial(address, options)) as Duplex;
    let calm = true;
    // Handshake and login always succeed, so that there is work to break.
    setTimeout(() => (calm = false), 50).unref();
    const outer: Duplex = {
      pause: () => inner.pause(),
      resume: () => inner.resume(),
      close: () => inner.close(),
      write(bytes) {
        const fate = calm ? 1 : Math.random() * rate;
        // The request is lost, or is carried out and its answer lost.
        if (fate >= 1 || fate < 0.5) inner.write(bytes);
        if (fate >= 1) return;
        count.cuts++;
        inner.onData = undefined;
        inner.close();
        queueMicrotask(() => outer.onClose?.(new Error("cut by the check")));
      },
    };
    inner.onData = (bytes) => outer.onData?.(bytes);
    inner.onClose = (error) => outer.onClose?.(error);
    return outer;
  };
}

const hosts = (addresses: readonly string[]): string => [...addresses].toSorted().join(", ");

export interface Trouble {
  /** How long to do units of work in trouble; long enough to stop and start members, if wanted. */
  readonly seconds: number;
  /** Starts more trouble than broken connections; returns a function that stops it and says what it was. */
  readonly shake?: () => () => Promise<string>;
}

export function cluster({ seconds, shake }: Trouble): Checks {
  const table = async (db: Driver): Promise<NonNullable<ReturnType<Driver["routingTable"]>>> =>
    await db.refreshRoutingTable();

  const everyMember: Check = async ({ db, open }) => {
    const { routers, readers, writers, ttlMs } = await table(db);
    for (const member of new Set([...routers, ...readers, ...writers])) {
      const secure = db.encrypted ? "bolt+ssc" : "bolt";
      assert.ok((await open({}, undefined, `${secure}://${member}`).verifyConnectivity()).agent !== "");
    }
    return `routers ${hosts(routers)}; readers ${hosts(readers)}; writers ${hosts(writers)}; ${ttlMs / 1000} s`;
  };

  const routed: Check = async ({ db, run }) => {
    const { readers, writers } = await table(db);
    const at = { write: new Set<string>(), read: new Set<string>() };
    for (let i = 0; i < 20; i++) {
      for (const mode of ["write", "read"] as const) {
        const { summary } = await db.executeQuery(
          mode === "write" ? WRITE : "RETURN 1",
          { run, unit: `routed ${i}` },
          { mode },
        );
        at[mode].add(summary.server.address);
      }
    }
    for (const address of at.write) assert.ok(writers.includes(address), `written at ${address}`);
    for (const address of at.read) assert.ok(readers.includes(address), `read at ${address}`);
    if (readers.length > 1) assert.ok(at.read.size > 1, "all reads went to one reader");
    return `20 writes at ${hosts([...at.write])}, 20 reads at ${hosts([...at.read])}`;
  };

  const chained: Check = async ({ db, run }) => {
    for (let i = 1; i <= 30; i++) {
      const bookmarks = await writeUnit(db, run, `chained ${i}`);
      const seen = await ledger(db, run, bookmarks);
      assert.equal(seen.size, i, `a read with the bookmark of write ${i} saw ${seen.size}`);
    }
    return "30 writes, each read at once by another session";
  };

  const parallel: Check = async ({ db, run }) => {
    const units = Array.from({ length: 400 }, (_, i) => `unit ${i}`);
    const waiting = [...units];
    const bookmarks: string[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let unit; (unit = waiting.shift()) !== undefined;)
          bookmarks.push(...(await writeUnit(db, run, unit)));
      }),
    );
    const kept = await ledger(db, run, bookmarks);
    for (const unit of units) assert.equal(kept.get(unit), 1, unit);
    return "400 units by 20 sessions, each there once";
  };

  const inTrouble: Check = async (context) => {
    const { open, run } = context;
    const count = { cuts: 0 };
    const db = open({ dial: fragile(30, count), pool: { maxSize: 8 } }, undefined, context.uri);
    const outcomes = new Map<string, unknown>();
    const bookmarks: string[] = [];
    const end = Date.now() + seconds * 1000;
    const stop = shake?.();
    await Promise.all(
      Array.from({ length: 10 }, async (_, worker) => {
        for (let i = 0; i < 30 || Date.now() < end; i++) {
          const unit = `trouble ${worker}.${i}`;
          try {
            bookmarks.splice(
              0,
              bookmarks.length,
              ...bookmarks.slice(-50),
              ...(await writeUnit(db, run, unit)),
            );
            outcomes.set(unit, "written");
          } catch (error) {
            outcomes.set(unit, error);
          }
        }
      }),
    );
    const more = stop ? `${await stop()}; ` : "";
    return more + (await compare(context, outcomes, bookmarks, db, count.cuts));
  };

  const follower: Check = async ({ db, open, run }) => {
    const { readers, writers } = await table(db);
    const only = readers.find((address) => !writers.includes(address));
    if (only === undefined) throw new Skip("every reader is a writer");
    const direct = open(
      { retry: { maxTimeMs: 0 } },
      undefined,
      `${db.encrypted ? "bolt+ssc" : "bolt"}://${only}`,
    );
    const error = await rejection(direct.executeQuery(WRITE, { run, unit: "astray" }), ServerFailure);
    assert.equal(error.retryable, true);
    return error.code;
  };

  return {
    "every member named in the table answers": everyMember,
    "writes go to writers, reads to readers": routed,
    "bookmarks: a read elsewhere sees the write before": chained,
    "units of work in parallel": parallel,
    "units of work while connections break": inTrouble,
    "a write at a follower is refused": follower,
  };
}

/** Compares what the driver said about each unit with what the database holds. */
async function compare(
  { db: calm, run }: Context,
  outcomes: ReadonlyMap<string, unknown>,
  bookmarks: readonly string[],
  db: Driver,
  cuts: number,
): Promise<string> {
  const kept = await ledger(calm, run, bookmarks);
  const seen = { written: 0, unknown: 0, failed: 0 };
  const codes = new Set<string>();
  for (const [unit, outcome] of outcomes) {
    const times = kept.get(unit) ?? 0;
    const message = `${unit} is there ${times} times, and the driver said: ${(outcome as BoltError).code ?? ""} ${String(outcome)}`;
    if (outcome === "written") {
      seen.written++;
      assert.equal(times, 1, message);
    } else if (outcome instanceof CommitUnknownError) {
      seen.unknown++;
      assert.ok(times <= 1, message);
    } else {
      seen.failed++;
      assert.equal(times, 0, message);
      assert.ok(outcome instanceof BoltError && isRetryable(outcome), message);
      codes.add(outcome.code);
    }
  }
  for (const { inUse, waiting, opening } of db.metrics()) {
    assert.deepEqual({ inUse, waiting, opening }, { inUse: 0, waiting: 0, opening: 0 });
  }
  assert.ok(cuts > 0, "no connection was cut");
  const { written, unknown, failed } = seen;
  const why = failed > 0 ? `: ${[...codes].join(", ")}` : "";
  return `${cuts} connections cut: ${written} units written once, ${unknown} unknown (once or never), ${failed} failed (never)${why}`;
}
