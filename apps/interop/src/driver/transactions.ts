// Transactions: explicit and managed, retried, chained by bookmarks; and the databases that they use.
import assert from "node:assert/strict";
import { bookmarkManager, type Driver, ServerFailure, TransactionEndedError } from "@bolt/client";
import { type Checks, rejection, Skip } from "./check.ts";

const CREATE = "CREATE (n:Driven {run: $run, name: $name})";

async function count(db: Driver, run: string, name: string, bookmarks: string[] = []): Promise<number> {
  await using session = db.session({ mode: "read", bookmarks });
  const text = "MATCH (n:Driven {run: $run, name: $name}) RETURN count(n) AS n";
  return (await session.run<{ n: number }>(text, { run, name }).single()).n;
}

/** Resolves for all callers once this many have arrived. */
function meeting(size: number): () => Promise<void> {
  let there = 0;
  let open: () => void;
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (++there === size) open();
    return all;
  };
}

export const transactions: Checks = {
  "explicit: commit and rollback": async ({ db, run }) => {
    await using session = db.session();
    const tx = await session.beginTransaction({ metadata: { check: run } });
    await tx.run(CREATE, { run, name: "kept" });
    await tx.run(CREATE, { run, name: "kept" });
    assert.equal(await count(db, run, "kept"), 0, "seen before COMMIT");
    await tx.commit();
    assert.equal(tx.isOpen, false);
    const undone = await session.beginTransaction();
    await undone.run(CREATE, { run, name: "undone" });
    await undone.rollback();
    {
      await using left = await session.beginTransaction();
      await left.run(CREATE, { run, name: "undone" });
    }
    assert.deepEqual([await count(db, run, "kept"), await count(db, run, "undone")], [2, 0]);
    await rejection(undone.run("RETURN 1"), TransactionEndedError);
  },

  "several results open at once": async ({ db }) => {
    await using session = db.session({ fetchSize: 100 });
    await using tx = await session.beginTransaction();
    let sum = 0;
    for await (const { n } of tx.run<{ n: number }>("UNWIND range(1, 3000) AS n RETURN n")) {
      if (n % 500 === 0) sum += (await tx.run<{ m: number }>("RETURN $n AS m", { n }).single()).m;
    }
    assert.equal(sum, 10_500);
  },

  "a failed query ends its transaction": async ({ db, run }) => {
    await using session = db.session();
    const tx = await session.beginTransaction();
    await tx.run(CREATE, { run, name: "failed" });
    await rejection(tx.run("THIS IS NOT CYPHER"), ServerFailure);
    const ended = await rejection(tx.run("RETURN 1"), TransactionEndedError);
    assert.equal(ended.state, "failed");
    await rejection(tx.commit(), TransactionEndedError);
    assert.equal(await count(db, run, "failed"), 0);
    assert.deepEqual((await session.run("RETURN 1 AS n")).records, [{ n: 1 }]);
  },

  "managed: read, write, and work that throws": async ({ db, run }) => {
    await using session = db.session();
    const name = await session.executeWrite(async (tx) => {
      const text = `${CREATE} RETURN n.name AS name`;
      return (await tx.run<{ name: string }>(text, { run, name: "managed" }).single()).name;
    });
    assert.equal(name, "managed");
    let attempts = 0;
    const thrown = session.executeWrite(async (tx) => {
      attempts++;
      await tx.run(CREATE, { run, name: "thrown" });
      throw new RangeError("mine");
    });
    await rejection(thrown, RangeError);
    assert.equal(attempts, 1);
    const read = (tx: Parameters<Parameters<typeof session.executeRead>[0]>[0]): Promise<{ n: number }> =>
      tx.run<{ n: number }>("MATCH (n:Driven {run: $run}) RETURN count(n) AS n", { run }).single();
    assert.equal((await session.executeRead(read)).n, 1);
  },

  "managed: a retry resolves a deadlock": async ({ open, run }) => {
    const retries: string[] = [];
    const db = open({
      retry: {
        initialDelayMs: 50,
        onRetry: ({ error }) => void retries.push((error as ServerFailure).code),
      },
    });
    for (const name of ["a", "b"]) await db.executeQuery(`${CREATE} SET n.visits = 0`, { run, name });
    const bothHold = meeting(2);
    const visit = async (first: string, second: string): Promise<void> => {
      let attempt = 0;
      await using session = db.session();
      await session.executeWrite(async (tx) => {
        const text = "MATCH (n:Driven {run: $run, name: $name}) SET n.visits = n.visits + 1";
        await tx.run(text, { run, name: first });
        if (attempt++ === 0) await bothHold();
        await tx.run(text, { run, name: second });
      });
    };
    await Promise.all([visit("a", "b"), visit("b", "a")]);
    const text = "MATCH (n:Driven {run: $run}) RETURN collect(n.visits) AS visits";
    assert.deepEqual((await db.executeQuery(text, { run })).records, [{ visits: [2, 2] }]);
    assert.ok(retries.length > 0, "nothing was retried");
    return `${retries.join(", ")}; each of the two is kept once`;
  },

  "a write in a read transaction is refused": async ({ db, run }) => {
    await using session = db.session();
    const work = session.executeRead((tx) => tx.run(CREATE, { run, name: "read" }));
    assert.equal((await rejection(work, ServerFailure)).code, "Neo.ClientError.Statement.AccessMode");
    assert.equal(await count(db, run, "read"), 0);
  },

  "a broken constraint": async ({ db, run }) => {
    const name = `driven_${run.replace(/\W/g, "_")}`;
    await db.executeQuery(`CREATE CONSTRAINT ${name} FOR (n:${name}) REQUIRE n.key IS UNIQUE`);
    try {
      await db.executeQuery(`CREATE (:${name} {key: 1})`);
      const again = db.executeQuery(`CREATE (:${name} {key: 1})`);
      const { code } = await rejection(again, ServerFailure);
      assert.equal(code, "Neo.ClientError.Schema.ConstraintValidationFailed");
    } finally {
      await db.executeQuery(`MATCH (n:${name}) DELETE n`);
      await db.executeQuery(`DROP CONSTRAINT ${name}`);
    }
  },

  "bookmarks chained": async ({ db, run }) => {
    await using session = db.session();
    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) {
      await session.executeWrite((tx) => tx.run(CREATE, { run, name: "chained" }));
      for (const bookmark of session.lastBookmarks()) seen.add(bookmark);
    }
    assert.equal(seen.size, 3, "a bookmark for each");
    assert.equal(session.lastBookmarks().length, 1);
    assert.equal(await count(db, run, "chained", session.lastBookmarks()), 3);
    await using elsewhere = db.session({ bookmarks: ["no bookmark at all"] });
    const { code } = await rejection(elsewhere.run("RETURN 1"), ServerFailure);
    assert.match(code, /^Neo\.ClientError\.Transaction\.InvalidBookmark/);
  },

  "bookmark manager": async ({ open, run }) => {
    const consumed: (readonly string[])[] = [];
    const manager = bookmarkManager({ consumer: (bookmarks) => void consumed.push(bookmarks) });
    const sent: unknown[] = [];
    const db = open({
      bookmarkManager: manager,
      observer: {
        sent: ({ message }) => void (message.name === "BEGIN" && sent.push(message)),
      },
    });
    await using writer = db.session();
    await writer.executeWrite((tx) => tx.run(CREATE, { run, name: "shared" }));
    const [bookmark] = await manager.getBookmarks();
    assert.ok(bookmark, "the manager got none");
    await using reader = db.session();
    await reader.executeRead((tx) => tx.run("MATCH (n:Driven {run: $run}) RETURN n", { run }));
    assert.ok(JSON.stringify(sent[1]).includes(bookmark), "the other session did not wait for it");
    assert.deepEqual(consumed.at(-1), await manager.getBookmarks());
  },

  databases: async ({ db, capabilities }) => {
    if (!capabilities.databases) throw new Skip("only one database before Bolt 4.0");
    assert.equal(await db.supportsMultiDb(), true);
    await using system = db.session({ database: "system" });
    const { records } = await system.run<{ name: string }>("SHOW DATABASES YIELD name, home, default");
    const names = records.map(({ name }) => name);
    assert.ok(names.includes("system") && names.length > 1, names.join(", "));
    const home = (await db.executeQuery("RETURN 1")).summary.database;
    assert.ok(names.includes(home!), `the home database ${home} is not listed`);
    await using nowhere = db.session({ database: "nosuchdatabase" });
    const { code } = await rejection(nowhere.run("RETURN 1"), ServerFailure);
    assert.equal(code, "Neo.ClientError.Database.DatabaseNotFound");
    return names.join(", ");
  },
};
