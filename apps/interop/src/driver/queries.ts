// Queries and results, in every way in which the driver runs queries and returns results.
import assert from "node:assert/strict";
import {
  IgnoredError,
  NotSingleError,
  ResultConsumedError,
  RowInvalidError,
  ServerFailure,
  type StandardSchema,
} from "@bolt/client";
import { type Checks, rejection, times, watch } from "./check.ts";

const NUMBERS = "UNWIND range(1, $n) AS n RETURN n";

interface Numbered {
  n: number;
}

/** A schema like those of zod, valibot and arktype: rows with one even number. */
const even: StandardSchema<unknown, Numbered> = {
  "~standard": {
    version: 1,
    vendor: "interop",
    validate: (row) => {
      const n = (row as Partial<Numbered>).n;
      return typeof n === "number" && n % 2 === 0
        ? { value: { n } }
        : { issues: [{ message: "n must be even", path: ["n"] }] };
    },
  },
};

export const queries: Checks = {
  "server info": async ({ db, uri }) => {
    const { address, agent, protocolVersion } = await db.verifyConnectivity();
    assert.equal(address, new URL(uri).host);
    assert.deepEqual(await db.getServerInfo(), { address, agent, protocolVersion });
    const { product, productVersion } = await db.capabilities();
    assert.ok(product !== "" && productVersion !== "", `${product} ${productVersion}`);
    return `Bolt ${protocolVersion}, ${agent}`;
  },

  "auto-commit": async ({ db }) => {
    await using session = db.session();
    const { records, keys, summary } = await session.run("RETURN $x AS x, 1 AS one", { x: "ä" });
    assert.deepEqual(records, [{ x: "ä", one: 1 }]);
    assert.deepEqual(keys, ["x", "one"]);
    assert.deepEqual(summary.query, { text: "RETURN $x AS x, 1 AS one", parameters: { x: "ä" } });
    assert.deepEqual((await session.run("RETURN 2 AS two")).records, [{ two: 2 }]);
  },

  // Servers close a WebSocket when a longer message than 64 KiB arrives.
  "300,000 bytes each way, over a WebSocket": async ({ open, uri }) => {
    const text = "ä".repeat(150_000);
    const db = open({}, undefined, uri.replace(/^\w+:/, "ws:"));
    assert.deepEqual((await db.executeQuery("RETURN $text AS text", { text })).records, [{ text }]);
  },

  "100,000 rows, streamed": async ({ db }) => {
    await using session = db.session();
    let sum = 0;
    for await (const { n } of session.run<Numbered>(NUMBERS, { n: 100_000 })) sum += n;
    assert.equal(sum, 5_000_050_000);
    sum = 0;
    await session.run<Numbered>(NUMBERS, { n: 100_000 }).forEach(({ n }) => (sum += n));
    assert.equal(sum, 5_000_050_000);
  },

  "fetch sizes": async ({ open }) => {
    const sizes = { 1: 51, 7: 8, 1000: 1, [-1]: 1 };
    for (const [size, pulls] of Object.entries(sizes)) {
      const fetchSize = Number(size);
      const { observer, passed } = watch();
      await using session = open({ observer, fetchSize }).session();
      let rows = 0;
      for await (const _ of session.run(NUMBERS, { n: 50 })) rows++;
      assert.equal(rows, 50);
      // One more where the server cannot know that the last row was the last.
      const sent = times(passed, ">PULL");
      assert.ok(sent === pulls || sent === pulls - 1, `${sent} PULL for 50 rows by ${size}`);
    }
  },

  "a slow reader holds the server back": async ({ open }) => {
    const { observer, passed } = watch();
    await using session = open({ observer }).session();
    const reader = session.run(NUMBERS, { n: 1_000_000 })[Symbol.asyncIterator]();
    for (let i = 0; i < 10; i++) await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await reader.return?.();
    const rows = times(passed, "<RECORD");
    assert.ok(rows < 100_000, `${rows} rows came for a reader of ten`);
    return `${rows} of 1,000,000 rows arrived`;
  },

  "loops left early": async ({ db }) => {
    await using session = db.session();
    for (let i = 0; i < 5; i++) {
      for await (const { n } of session.run<Numbered>(NUMBERS, { n: 100_000 })) if (n === 10) break;
    }
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
    assert.equal(db.metrics()[0]?.opened, 1);
  },

  "peek, first, single, values, keys": async ({ db }) => {
    await using session = db.session();
    const result = session.run<Numbered>(NUMBERS, { n: 3 });
    assert.deepEqual(await result.keys(), ["n"]);
    assert.deepEqual(await result.peek(), { n: 1 });
    const seen: number[] = [];
    for await (const { n } of result) seen.push(n);
    assert.deepEqual(seen, [1, 2, 3]);
    await rejection(result.single(), ResultConsumedError);
    assert.deepEqual(await session.run(NUMBERS, { n: 3 }).first(), { n: 1 });
    assert.equal(await session.run(NUMBERS, { n: 0 }).first(), undefined);
    assert.deepEqual(await session.run(NUMBERS, { n: 1 }).single(), { n: 1 });
    assert.equal((await rejection(session.run(NUMBERS, { n: 0 }).single(), NotSingleError)).rows, 0);
    assert.equal((await rejection(session.run(NUMBERS, { n: 5000 }).single(), NotSingleError)).rows, 2);
    assert.deepEqual(await session.run("RETURN 1 AS a, 2 AS b").values(), [[1, 2]]);
  },

  ReadableStream: async ({ db }) => {
    await using session = db.session();
    const stream = session.run<Numbered>(NUMBERS, { n: 5000 }).toReadableStream();
    let count = 0;
    await stream.pipeTo(new WritableStream({ write: () => void count++ }));
    assert.equal(count, 5000);
    const reader = session.run<Numbered>(NUMBERS, { n: 50_000 }).toReadableStream().getReader();
    assert.deepEqual(await reader.read(), { done: false, value: { n: 1 } });
    await reader.cancel();
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
  },

  "rows mapped and validated": async ({ db }) => {
    await using session = db.session();
    const doubled = session.run(NUMBERS, { n: 3 }, { map: ({ n }) => Number(n) * 2 });
    assert.deepEqual((await doubled).records, [2, 4, 6]);
    assert.deepEqual(await session.run("RETURN 4 AS n", {}, { schema: even }).single(), { n: 4 });
    const error = await rejection(session.run("RETURN 5 AS n", {}, { schema: even }), RowInvalidError);
    assert.match(JSON.stringify(error.issues), /must be even/);
  },

  executeQuery: async ({ db, run }) => {
    const created = await db.executeQuery<{ name: string }>(
      "CREATE (n:Driven {run: $run, name: $name}) RETURN n.name AS name",
      { run, name: "Ann" },
    );
    assert.deepEqual(created.records, [{ name: "Ann" }]);
    assert.equal(created.summary.counters.nodesCreated, 1);
    const count = "MATCH (n:Driven {run: $run}) RETURN count(n) AS n";
    const n = await db.executeQuery<Numbered, number>(
      count,
      { run },
      { mode: "read", transform: async (result) => (await result.single()).n },
    );
    assert.equal(n, 1);
    const { records } = await db.executeQuery(
      count,
      { run },
      { map: (row) => `${String(row["n"])} of them` },
    );
    assert.deepEqual(records, ["1 of them"]);
    await db.executeQuery("MATCH (n:Driven {run: $run}) DELETE n", { run }, { bookmarkManager: null });
  },

  "executeQuery, reading: one round trip": async ({ open }) => {
    const { observer, passed } = watch();
    const db = open({ observer });
    await db.executeQuery("RETURN 1 AS n");
    for (let i = 0; i < 3; i++) {
      passed.length = 0;
      const { records } = await db.executeQuery<Numbered>(NUMBERS, { n: 2500 }, { mode: "read" });
      assert.equal(records.length, 2500);
      assert.equal(records.at(-1)?.n, 2500);
      const begin = passed.indexOf(">BEGIN");
      assert.deepEqual(passed.slice(begin, begin + 5), [">BEGIN", ">RUN", ">PULL", ">COMMIT", "<SUCCESS"]);
      // Neither what the server refuses nor what fails after some rows is confused with the COMMIT behind it.
      for (const query of ["RETURN oops", "UNWIND [2, 1, 0] AS i RETURN 1 / i AS n"])
        await rejection(db.executeQuery(query, {}, { mode: "read" }), ServerFailure);
    }
    assert.equal(db.metrics()[0]?.opened, 1);
  },

  pipeline: async ({ open }) => {
    const { observer, passed } = watch();
    await using session = open({ observer }).session();
    const results = session.pipeline([
      ["RETURN 1 AS x"],
      ["RETURN $y AS x", { y: 2 }],
      [NUMBERS, { n: 3000 }],
      ["RETURN 4 AS x"],
    ]);
    const [one, two, many, four] = await Promise.all(results.map(async (result) => (await result).records));
    assert.deepEqual([one, two, four], [[{ x: 1 }], [{ x: 2 }], [{ x: 4 }]]);
    assert.equal(many?.length, 3000);
    const lastRun = passed.lastIndexOf(">RUN");
    assert.ok(lastRun < passed.indexOf("<RECORD"), "not all were sent before the first answer was read");
  },

  "pipeline: queries after a failure": async ({ db }) => {
    await using session = db.session();
    const [before, wrong, behind] = session.pipeline([
      ["RETURN 1 AS x"],
      ["THIS IS NOT CYPHER"],
      ["RETURN 3 AS x"],
    ]);
    assert.deepEqual(await before?.single(), { x: 1 });
    await rejection(wrong, ServerFailure);
    await rejection(behind, IgnoredError);
    assert.deepEqual((await session.run("RETURN 4 AS x")).records, [{ x: 4 }]);
  },

  "calls in a session queue": async ({ db }) => {
    await using session = db.session();
    const all = Array.from({ length: 20 }, (_, i) => session.run<Numbered>("RETURN $i AS n", { i }).single());
    assert.deepEqual(
      (await Promise.all(all)).map(({ n }) => n),
      Array.from({ length: 20 }, (_, i) => i),
    );
  },

  summaries: async ({ db, run }) => {
    await using session = db.session();
    const { summary } = await session.run(
      "CREATE (a:Driven {run: $run})-[:KNOWS {since: 2020}]->(:Driven {run: $run}) RETURN a",
      { run },
    );
    const { nodesCreated, relationshipsCreated, propertiesSet, labelsAdded, containsUpdates } =
      summary.counters;
    assert.deepEqual(
      { nodesCreated, relationshipsCreated, propertiesSet, labelsAdded, containsUpdates },
      { nodesCreated: 2, relationshipsCreated: 1, propertiesSet: 3, labelsAdded: 2, containsUpdates: true },
    );
    assert.equal(summary.type, "rw");
    assert.ok(summary.availableAfterMs! >= 0 && summary.consumedAfterMs! >= 0, "times");
    assert.ok(summary.bookmark, "bookmark");
    JSON.stringify(summary);
    const gone = await session.run("MATCH (n:Driven {run: $run}) DETACH DELETE n", { run });
    assert.equal(gone.summary.type, "w");
    assert.deepEqual(
      [gone.summary.counters.nodesDeleted, gone.summary.counters.relationshipsDeleted],
      [2, 1],
    );
  },

  "plans and profiles": async ({ db }) => {
    await using session = db.session();
    const text = "MATCH (n:Driven) RETURN n.run AS run ORDER BY run LIMIT 3";
    const { plan, profile } = (await session.run(`EXPLAIN ${text}`)).summary;
    assert.ok(plan && plan.operatorType !== "", "plan");
    assert.equal(profile, undefined);
    const measured = (await session.run(`PROFILE ${text}`)).summary.profile;
    assert.ok(measured && measured.children.length > 0, "profile");
    assert.equal(typeof measured.rows, "number");
    assert.equal(typeof measured.dbHits, "number");
  },

  "schema commands": async ({ db, run }) => {
    const name = `driven_${run.replace(/\W/g, "_")}`;
    await using session = db.session();
    const made = await session.run(`CREATE INDEX ${name} FOR (n:Driven) ON (n.run)`);
    assert.equal(made.summary.counters.indexesAdded, 1);
    assert.equal(made.summary.type, "s");
    const dropped = await session.run(`DROP INDEX ${name}`);
    assert.equal(dropped.summary.counters.indexesRemoved, 1);
  },

  "a failure, and the session goes on": async ({ db, capabilities }) => {
    await using session = db.session();
    const error = await rejection(session.run("THIS IS NOT CYPHER"), ServerFailure);
    assert.equal(error.code, "Neo.ClientError.Statement.SyntaxError");
    assert.equal(error.retryable, false);
    assert.equal(error.query, "THIS IS NOT CYPHER");
    if (capabilities.gqlStatuses) assert.match(error.gqlStatus, /^(42|50)[0-9A-Z]{3}$/);
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
    assert.equal(db.metrics()[0]?.opened, 1);
    return `${error.gqlStatus}${error.cause instanceof Error ? `, caused by ${error.cause.message.slice(0, 60)}` : ""}`;
  },

  "a failure in mid-stream": async ({ db }) => {
    await using session = db.session();
    let rows = 0;
    const read = async (): Promise<void> => {
      for await (const _ of session.run("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x")) rows++;
    };
    const error = await rejection(read(), ServerFailure);
    assert.equal(error.code, "Neo.ClientError.Statement.ArithmeticError");
    assert.equal(rows, 1500);
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
  },
};
