// Several statements that count as one: taken back, or kept.
import type { Session, Transaction } from "@bolt/client";
import { LABEL, type Stage, type Step } from "./stage.ts";

const COUNT = `MATCH (n:${LABEL} {run: $run, tx: $tx}) RETURN count(n) AS found`;

export const rollback: Step = {
  title: "A transaction that is rolled back",
  explanation: "Inside the transaction its own work is visible. After ROLLBACK it never happened.",
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
    "After COMMIT everybody sees it. A bookmark names the state of the database that has it: a later session, " +
    "maybe at another machine of a cluster, asks for that state and misses nothing.",
  async run(stage) {
    await using session = stage.newSession();
    const tx = await begin(stage, session, "committed");
    await tx.commit();
    stage.note("COMMIT");
    const bookmarks = session.lastBookmarks();
    if (bookmarks.length === 0) stage.remark("this server gives no bookmark");
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

/** Looked at from a session that knows of the transaction's only what the bookmarks say. */
async function count(stage: Stage, name: string, bookmarks: readonly string[] = []): Promise<unknown> {
  await using session = stage.newSession(bookmarks);
  const { found } = await session.run(COUNT, { run: stage.run, tx: name }).single();
  return found;
}
