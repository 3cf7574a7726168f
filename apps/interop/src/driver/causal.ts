// How the driver copes when members of a causal cluster die, freeze and come back: one fault at a time, each with its
// expected outcome. For many at once, under load, see cluster.ts.
import assert from "node:assert/strict";
import { BoltError, type Driver, isRetryable, ServiceUnavailableError } from "@bolt/client";
import type { CausalCluster } from "../causal-cluster.ts";
import { type Check, type Checks, rejection } from "./check.ts";

const WRITE = "CREATE (n:Driven {run: $run})";
const READ = "MATCH (n:Driven {run: $run}) RETURN count(n) AS count";

/** Writes one node and returns the server that did it. */
async function write(db: Driver, run: string): Promise<string> {
  const { summary } = await db.executeQuery(WRITE, { run });
  return summary.server.address;
}

/** Returns the number of nodes and the server that counted; `manager` null: without waiting for earlier writes. */
async function read(db: Driver, run: string, manager?: null): Promise<{ count: number; at: string }> {
  const config = { mode: "read", bookmarkManager: manager } as const;
  const { records, summary } = await db.executeQuery<{ count: number }>(READ, { run }, config);
  return { count: records[0]!.count, at: summary.server.address };
}

const since = (begin: number): string => `${((performance.now() - begin) / 1000).toFixed(1)} s`;

export function causal(cluster: CausalCluster): Checks {
  const replica = cluster.members.find(({ mode }) => mode === "READ_REPLICA")!;

  const seeds: Check = async ({ open, run }) => {
    const core = cluster.cores[0]!.address;
    const db = open({ resolver: () => ["127.0.0.1:1", replica.address, core] });
    return `written at ${await write(db, run)}`;
  };

  const bookmarks: Check = async ({ db, open, run }) => {
    const all: string[] = [];
    for (let i = 0; i < 5; i++) {
      await using session = db.session();
      await session.executeWrite((tx) => tx.run(WRITE, { run }).summary());
      all.push(...session.lastBookmarks());
    }
    for (const { address } of cluster.members) {
      await using session = open({}, undefined, `bolt://${address}`).session({ bookmarks: all.toReversed() });
      const seen = await session.executeRead((tx) => tx.run<{ count: number }>(READ, { run }).single());
      assert.equal(seen.count, all.length, address);
    }
  };

  const killed: Check = async ({ db, run }) => {
    const leader = await cluster.leader();
    assert.equal(await write(db, run), leader.address);
    await using session = db.session();
    const open = await session.beginTransaction();
    await open.run(WRITE, { run }).summary();
    await leader.end("SIGKILL");
    let took: string;
    try {
      const begin = performance.now();
      const refused = await rejection(open.commit(), BoltError);
      assert.ok(isRetryable(refused), refused.message);
      assert.notEqual(await write(db, run), leader.address);
      took = since(begin);
    } finally {
      await leader.start();
    }
    assert.equal((await read(db, run)).count, 2, "one of three writes was not committed");
    return `written at the next one after ${took}`;
  };

  const frozen: Check = async ({ open, run }) => {
    const leader = await cluster.leader();
    // An idle connection would take the query: 3.4 gives no hint how long its answer may take.
    const seed = cluster.cores.find((core) => core !== leader)!;
    const db = open({ timeouts: { acquireMs: 16_000 } }, undefined, `neo4j://${seed.address}`);
    await db.refreshRoutingTable();
    const thawed = leader.freeze(30);
    try {
      assert.notEqual(await write(db, run), leader.address);
    } finally {
      await thawed;
    }
    assert.equal((await read(db, run)).count, 1);
  };

  const allKilled: Check = async ({ open, run }) => {
    const db = open({ retry: { maxTimeMs: 3000 } });
    await write(db, run);
    await Promise.all(cluster.cores.map((core) => core.end("SIGKILL")));
    try {
      assert.equal((await read(db, run, null)).at, replica.address);
      await rejection(write(db, run), ServiceUnavailableError);
      assert.equal((await read(db, run, null)).at, replica.address);
    } finally {
      await Promise.all(cluster.cores.map((core) => core.start()));
    }
    await cluster.leader();
    return `read at the replica meanwhile; then written at ${await write(db, run)}`;
  };

  return {
    "seeds that are dead or cannot route": seeds,
    "bookmarks of several sessions, at every member": bookmarks,
    "the leader dies during a transaction": killed,
    "the leader freezes before a connection is open": frozen,
    "all cores die and come back": allKilled,
  };
}
