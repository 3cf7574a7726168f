// Queries: one, two at once, and one that fails.
import { IgnoredError, ServerFailure } from "@bolt/client";
import { clip } from "../print/show.ts";
import type { Stage, Step } from "./stage.ts";

export const one: Step = {
  title: "A query",
  explanation:
    "RUN sends the text, PULL asks for the rows. Both go out together; the answers come in the same order.",
  async run(stage) {
    stage.tap.mark();
    const { records, summary } = await stage.query("RETURN 1 AS num");
    stage.equal("rows", records, [{ num: 1 }]);
    stage.equal("type of the query", summary.type, "r");
    stage.note(`messages: ${messages(stage)}`);
  },
};

export const two: Step = {
  title: "Two queries in one write",
  explanation:
    "A client need not wait for an answer before it sends the next request. Everything that will be valid if all " +
    "goes well can be sent at once: one round trip instead of two.",
  async run(stage) {
    stage.tap.mark();
    stage.tell("RETURN 1 AS num");
    stage.tell("RETURN $y AS num", { y: 2 });
    const results = stage.session.pipeline([["RETURN 1 AS num"], ["RETURN $y AS num", { y: 2 }]]);
    const rows = await Promise.all(results.map(async (result) => (await result).records));
    stage.equal("rows", rows, [[{ num: 1 }], [{ num: 2 }]]);
    const names = stage.tap.names();
    const asked = names.findIndex((name) => name === "SUCCESS");
    const pull = stage.speaks(4) ? "PULL" : "PULL_ALL";
    stage.sequence("sent before the first answer", names.slice(0, asked), ["RUN", pull, "RUN", pull]);
    if (stage.tap.writes !== undefined) stage.equal("writes to the socket", stage.tap.writes, 1);
  },
};

export const failing: Step = {
  title: "A syntax error, and the requests after it",
  explanation:
    "The server answers the first bad request with FAILURE and all requests after it with IGNORED, so that a " +
    "pipeline never goes on after an error. One RESET (ACK_FAILURE in the oldest versions) and it listens again.",
  async run(stage) {
    stage.tap.mark();
    stage.tell("This will cause a syntax error");
    stage.tell("RETURN 1 AS num");
    const [bad, good] = stage.session.pipeline([["This will cause a syntax error"], ["RETURN 1 AS num"]]);
    const [first, second] = await Promise.allSettled([bad, good]);
    const failure = first.status === "rejected" ? (first.reason as unknown) : undefined;
    if (!(failure instanceof ServerFailure))
      throw failure ?? new Error("a syntax error was accepted as a query");
    stage.equal("FAILURE", failure.code, "Neo.ClientError.Statement.SyntaxError");
    stage.note(clip(failure.message.split("\n", 1)[0]!));
    stage.check(
      "the second query was IGNORED",
      second.status === "rejected" && second.reason instanceof IgnoredError,
    );
    stage.equal("the same connection, after the RESET", (await stage.query("RETURN 1 AS num")).records, [
      { num: 1 },
    ]);
    // Checked only here, because the last IGNORED may arrive after the promises are settled.
    stage.sequence("answers", answers(stage), ["FAILURE", "IGNORED", "IGNORED", "IGNORED"]);
    const recovery = stage.tap.names("client").filter((name) => name === "RESET" || name === "ACK_FAILURE");
    stage.check(`${recovery[0] ?? "RESET"} sent`, recovery.length === 1, recovery);
  },
};

function answers(stage: Stage): string[] {
  return stage.tap.names("server").slice(0, 4);
}

/** `→ RUN → PULL ← SUCCESS …` */
export function messages(stage: Stage): string {
  return stage.tap.passed.map(({ from, name }) => `${from === "client" ? "→" : "←"} ${name}`).join("  ");
}
