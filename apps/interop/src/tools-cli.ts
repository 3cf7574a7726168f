// `pnpm --filter interop tools`: libraries built on drivers against `demo --serve`, which is started for it, or against
// a real Neo4j. Exit code 0 when nothing failed.
import { commandLine, refuse } from "./command-line.ts";
import { startDemo } from "./demo.ts";
import { startNeo4j } from "./neo4j.ts";
import type { Target } from "./peers/peer.ts";
import { runPeer } from "./peers/run.ts";
import { allPassed, summaryLine } from "./peers/table.ts";
import { TOOLS } from "./tools.ts";
import { Unavailable } from "./unavailable.ts";

const USAGE = `usage: tools [options] [NAME ...]     tools whose name contains NAME; all without one
  --neo4j VERSION      on this Neo4j, started for it, in place of \`demo --serve\`
  --verbose            each outcome as it comes
tools: ${TOOLS.map(({ name }) => name).join(", ")}`;

const { values, positionals } = commandLine(USAGE, {
  neo4j: { type: "string" },
  verbose: { type: "boolean", default: false },
});
const tools = TOOLS.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);

async function tryAll(target: Target, grafeo: boolean): Promise<void> {
  for (const tool of tools) {
    const report = await runPeer(tool, target, {
      scenarios: tool.scenarios,
      onOutcome: ({ scenario, ok, ms, detail }) => {
        if (values.verbose) console.log(" ", scenario, ok, `${ms} ms`, detail);
      },
    });
    console.log(summaryLine(report));
    const beyond = grafeo ? (tool.beyondGrafeo ?? {}) : {};
    for (const { scenario, ok } of report.outcomes) {
      const what = beyond[scenario];
      if (what === undefined || ok === null) continue;
      console.log(
        `    ${scenario} ${ok ? "passed, although" : "failed because"} Grafeo does not know ${what}`,
      );
    }
    const wanted = report.outcomes.filter(({ scenario }) => !(scenario in beyond));
    if (!allPassed([{ ...report, outcomes: wanted }])) process.exitCode = 1;
  }
}

if (tools.length === 0) refuse(`no tool is called ${positionals.join(" or ")}`, USAGE);
try {
  if (values.neo4j === undefined) {
    await using demo = await startDemo();
    await tryAll({ uri: demo.uri, user: "neo4j", password: "anything" }, true);
  } else {
    await using server = await startNeo4j({ version: values.neo4j });
    await tryAll(server, false);
  }
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`cannot be done here: ${error.message}`);
}
