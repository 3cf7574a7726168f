// Several statements that count as one: rolled back or committed.
import type { Session, Transaction } from "@bolt/client";
import { LABEL, type Stage, type Step } from "./stage.ts";

const COUNT = `MATCH (n:${LABEL} {run: $run, tx: $tx}) RETURN count(n) AS found`;

export const rollback: Step = {
  title: "A transaction that is rolled back",
  explanation: "A transaction sees its own changes. After ROLLBACK they never happened.",
  async run(stage) {
    await using session = stage.newSession();
    const tx = await begin(stage, session, "rolled back");
    await tx.rollback();
    stage.note("ROLLBACK");
    stage.equal("found afterwards", await count(stage, "rolled back"), 0);
  },
};

export const commit: Step = {
  title: "A transaction that is committed",
  explanation:
    "After COMMIT everyone sees the changes. A bookmark stands for the state of the database that includes them: a " +
    "later session, even on another member of a cluster, can wait for that state and so misses nothing.",
  async run(stage) {
    await using session = stage.newSession();
    const tx = await begin(stage, session, "committed");
    await tx.commit();
    stage.note("COMMIT");
    const bookmarks = session.lastBookmarks();
    if (bookmarks.length === 0) stage.remark("this server returns no bookmark");
    else stage.note(`bookmark ${bookmarks.join(", ")}`);
    stage.equal("found afterwards", await count(stage, "committed", bookmarks), 1);
  },
};

async function begin(stage: Stage, session: Session, name: string): Promise<Transaction> {
  const parameters = { run: stage.run, tx: name };
  const tx = await session.beginTransaction();
  stage.note("BEGIN");
  const query = `CREATE (:${LABEL} {run: $run, tx: $tx})`;
  stage.tell(query, parameters);
  await tx.run(query, parameters);
  const { found } = await tx.run(COUNT, parameters).single();
  stage.equal("found inside", found, 1);
  return tx;
}

/** Counts the nodes in another session, which is told of the transaction only through the bookmarks. */
async function count(stage: Stage, name: string, bookmarks: readonly string[] = []): Promise<unknown> {
  await using session = stage.newSession(bookmarks);
  const { found } = await session.run(COUNT, { run: stage.run, tx: name }).single();
  return found;
}
