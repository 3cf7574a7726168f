// Queries that the caller or a time limit stops: the server ends them, and the connection is reused.
import assert from "node:assert/strict";
import { AbortError, type Driver, ServerFailure, TimeoutError } from "@bolt/client";
import { type Check, type Checks, type Context, rejection, soon } from "./check.ts";

/** A query that would take years. Its comment identifies it in the server's list. */
const endless = (run: string): string =>
  "UNWIND range(1, 3000000) AS a UNWIND range(1, 3000000) AS b " +
  `WITH a, b WHERE a + b < 0 RETURN count(*) AS n /* ${run} */`;

/** Waits until this many queries with this mark are running at the server. */
async function atWork(db: Driver, run: string, wanted: number): Promise<void> {
  // Neo4j 4.4 lists terminated queries until the connection is used again.
  const text =
    "SHOW TRANSACTIONS YIELD currentQuery, status " +
    "WHERE currentQuery CONTAINS $run AND NOT status STARTS WITH 'Terminated' RETURN count(*) AS n";
  await using session = db.session();
  await soon(
    `${wanted} running`,
    async () => (await session.run<{ n: number }>(text, { run }).single()).n === wanted,
  );
}

/** Starts `work`, waits until the server runs it, aborts it, and checks that nothing of it is left. */
const calledOff =
  (work: (db: Driver, query: string, signal: AbortSignal) => Promise<unknown>): Check =>
  async ({ open, run }: Context) => {
    // Room for one connection: the next query has to wait until it is usable again.
    const [db, other] = [open({ pool: { maxSize: 1 } }), open()];
    const caller = new AbortController();
    const outcome = rejection(work(db, endless(run), caller.signal), AbortError);
    outcome.catch(() => {}); // looked at below
    await atWork(other, run, 1);
    const begin = performance.now();
    caller.abort(new Error("enough"));
    const error = await outcome;
    const toldMs = performance.now() - begin;
    assert.equal((error.cause as Error).message, "enough");
    await atWork(other, run, 0);
    const goneMs = performance.now() - begin;
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
    const [{ opened, closed, inUse } = {}] = db.metrics();
    assert.deepEqual({ opened, closed, inUse }, { opened: 1, closed: 0, inUse: 0 });
    return `rejected after ${toldMs.toFixed(0)} ms, gone within ${goneMs.toFixed(0)} ms, connection reused`;
  };

export const stopping: Checks = {
  "auto-commit, aborted": calledOff(async (db, query, signal) => {
    await using session = db.session();
    return await session.run(query, {}, { signal });
  }),

  "a stream, aborted while it is read": async ({ open }) => {
    const db = open({ pool: { maxSize: 1 } });
    await using session = db.session();
    const caller = new AbortController();
    const read = async (): Promise<void> => {
      const rows = session.run<{ n: number }>(
        "UNWIND range(1, 3000000) AS n RETURN n",
        {},
        { signal: caller.signal },
      );
      for await (const { n } of rows) if (n === 1000) caller.abort();
    };
    await rejection(read(), AbortError);
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
    assert.equal(db.metrics()[0]?.opened, 1);
  },

  "explicit transaction, aborted": calledOff(async (db, query, signal) => {
    await using session = db.session();
    await using tx = await session.beginTransaction({ signal });
    return await tx.run(query);
  }),

  "managed transaction, aborted": calledOff(async (db, query, signal) => {
    await using session = db.session();
    return await session.executeRead((tx) => tx.run(query), { signal });
  }),

  "executeQuery, aborted": calledOff((db, query, signal) => db.executeQuery(query, {}, { signal })),

  "AbortSignal.timeout": async ({ db, run }) => {
    const error = await rejection(
      db.executeQuery(endless(run), {}, { signal: AbortSignal.timeout(200) }),
      AbortError,
    );
    assert.equal((error.cause as Error).name, "TimeoutError");
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
  },

  "aborted in the queue": async ({ open }) => {
    const db = open({ pool: { maxSize: 1 }, timeouts: { acquireMs: 300 } });
    await using session = db.session();
    await using tx = await session.beginTransaction();
    await tx.run("RETURN 1");
    await rejection(db.executeQuery("RETURN 1", {}, { signal: AbortSignal.timeout(50) }), AbortError);
    const late = await rejection(db.executeQuery("RETURN 1"), TimeoutError);
    assert.equal(late.afterMs, 300);
    assert.equal(db.metrics()[0]?.waiting, 0);
  },

  "time limit of a transaction": async ({ db, open, run }) => {
    const other = open();
    const config = { timeoutMs: 300 };
    const error = await rejection(db.executeQuery(endless(run), {}, config), ServerFailure);
    assert.match(error.code, /TransactionTimedOut/);
    await atWork(other, run, 0);
    await using session = db.session();
    const again = await rejection(session.run(endless(run), {}, config), ServerFailure);
    assert.equal(again.code, error.code);
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
    return error.code;
  },

  "metadata in the server's list": async ({ db, open, run }) => {
    const other = open();
    await using session = db.session();
    await using tx = await session.beginTransaction({ metadata: { check: run, job: 7 }, timeoutMs: 0 });
    await tx.run("RETURN 1");
    const text = "SHOW TRANSACTIONS YIELD metaData WHERE metaData.check = $run RETURN metaData";
    const { records } = await other.executeQuery(text, { run });
    assert.deepEqual(records, [{ metaData: { check: run, job: 7 } }]);
  },

  "closing the driver in mid-query": async ({ open, run }) => {
    const [db, other] = [open(), open()];
    const outcome = rejection(db.executeQuery(endless(run)), Error);
    outcome.catch(() => {}); // looked at below
    await atWork(other, run, 1);
    await db.close();
    const error = await outcome;
    await atWork(other, run, 0);
    return `${error.name}: ${error.message}`;
  },
};
