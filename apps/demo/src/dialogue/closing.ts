// The end: abandoning a query, cleaning up, and saying goodbye.
import { AbortError, type Session } from "@bolt/client";
import { LABEL, type Stage, type Step } from "./stage.ts";

export const reset: Step = {
  title: "RESET",
  explanation:
    "RESET overtakes everything: a running query is interrupted, waiting requests are IGNORED, an open transaction " +
    "is rolled back. So abandoning a query costs one round trip, and no new connection.",
  async run(stage) {
    stage.tap.mark();
    const query = "UNWIND range(1, 100000) AS n RETURN n";
    stage.tell(query);
    const controller = new AbortController();
    let read = 0;
    try {
      for await (const row of stage.session.run(query, {}, { signal: controller.signal })) {
        read += row["n"] === read + 1 ? 1 : 0;
        if (read === 3) controller.abort();
      }
    } catch (error) {
      if (!(error instanceof AbortError)) throw error;
    }
    stage.equal("rows read before the query was abandoned", read, 3);
    stage.equal("the next query", (await stage.query("RETURN 1 AS num")).records, [{ num: 1 }]);
    const sent = stage.tap.names("client");
    stage.check(
      "RESET sent, on the same connection",
      sent.includes("RESET") && !sent.includes("HELLO"),
      sent,
    );
  },
};

const SWEEP = `MATCH (n:${LABEL} {run: $run}) DETACH DELETE n`;

export const cleanUp: Step = {
  title: "Cleaning up",
  explanation: "Deletes everything that the dialogue created.",
  async run(stage) {
    stage.tell(SWEEP, { run: stage.run });
    stage.equal("nodes deleted", await sweep(stage, stage.session), 6);
  },
};

/** Deletes what this run created and returns how many nodes that was. */
export async function sweep({ run }: Stage, session: Session): Promise<number> {
  const { counters } = await session.run(SWEEP, { run }).summary();
  return counters.nodesDeleted;
}

export const goodbye: Step = {
  title: "Goodbye",
  explanation:
    "GOODBYE has no answer: both sides just close the connection. Bolt 1 and 2 do not have this message.",
  async run(stage) {
    stage.tap.mark();
    await stage.db.close();
    const sent = stage.tap.names("client");
    stage.sequence("sent last", sent, stage.speaks(3) ? ["GOODBYE"] : []);
  },
};
