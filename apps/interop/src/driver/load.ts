// Many sessions at once, each doing what programs do, including mistakes: the pool must not leak.
import assert from "node:assert/strict";
import { AbortError, type Driver, ServerFailure, type Session } from "@bolt/client";
import { type Checks, rejection } from "./check.ts";

const SESSIONS = 64;
const QUERIES = 1000;

/** One piece of work, counted as one query; seven in ten are plain queries. */
async function piece(session: Session, i: number): Promise<void> {
  const plain = async (): Promise<void> => {
    assert.deepEqual((await session.run("RETURN $i AS i", { i })).records, [{ i }]);
  };
  switch (i % 10) {
    case 3:
      await session.executeRead((tx) => tx.run("RETURN 1").single());
      break;
    case 5:
      for await (const { n } of session.run("UNWIND range(1, 1500) AS n RETURN n")) if (n === 2) break;
      break;
    case 7:
      if (i % 50 === 7) await rejection(session.run("THIS IS NOT CYPHER"), ServerFailure);
      else if (i % 50 === 17) {
        const signal = AbortSignal.abort();
        await rejection(session.run("RETURN 1", {}, { signal }), AbortError);
      } else if (i % 50 === 27) {
        await using tx = await session.beginTransaction();
        await tx.run("RETURN 1");
      } else await plain();
      break;
    default:
      await plain();
  }
}

async function all(db: Driver): Promise<void> {
  await Promise.all(
    Array.from({ length: SESSIONS }, async () => {
      await using session = db.session();
      for (let i = 0; i < QUERIES; i++) await piece(session, i);
    }),
  );
}

export const load: Checks = {
  "64 sessions × 1,000 queries": async ({ open }) => {
    const db = open({ pool: { maxSize: 16 } });
    await db.verifyConnectivity();
    const begin = performance.now();
    await all(db);
    const seconds = (performance.now() - begin) / 1000;
    const [metrics, ...others] = db.metrics();
    assert.equal(others.length, 0);
    const { inUse, opening, waiting, timedOut, opened, closed, idle, acquired } = metrics!;
    assert.deepEqual(
      { inUse, opening, waiting, timedOut, closed },
      { inUse: 0, opening: 0, waiting: 0, timedOut: 0, closed: 0 },
    );
    assert.ok(opened <= 16, `${opened} connections`);
    assert.equal(idle, opened);
    assert.deepEqual(db.holders(), []);
    return `${opened} connections, ${acquired} times acquired, none in use, none lost, ${seconds.toFixed(1)} s`;
  },
};
