// `pnpm --filter interop check`: the most important checks against real peers. The demo's dialogue with one real Neo4j
// of each generation, in each of its Bolt versions; then the official JavaScript drivers against our own server. What
// this machine cannot run is skipped with a message. Exit code 1 when anything failed.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { commandLine } from "./command-line.ts";
import { startDemo } from "./demo.ts";
import { startNeo4j } from "./neo4j.ts";
import { findPeers } from "./peers/catalog.ts";
import { forgiven } from "./peers/grafeo.ts";
import { runPeer } from "./peers/run.ts";
import { summaryLine } from "./peers/table.ts";
import { Unavailable } from "./unavailable.ts";

const DEMO = join(import.meta.dirname, "../../demo/src/main.ts");
const SOURCES = ["--conditions=@bolt/source", DEMO];

/** One server of each generation, and the Bolt versions to try with it. */
const GENERATIONS: Readonly<Record<string, readonly string[]>> = {
  "3.5.35": ["1", "2", "3"],
  "4.4.48": ["4.0", "4.1", "4.2", "4.3", "4.4"],
  "5.26.30": ["5.0", "5.1", "5.2", "5.3", "5.4", "5.6", "5.7", "5.8"],
  "2026.08.1": ["6.0", "6.1"],
};

commandLine(
  `usage: check     the demo's dialogue with ${Object.keys(GENERATIONS).join(", ")}; JavaScript drivers on our server`,
  {},
  { words: false },
);

let failed = false;
const row = (what: string, result: string): void => console.log(`| ${what} | ${result} |`);

function demo(uri: string, user: string, password: string, bolt: string): Promise<string> {
  const args = [...SOURCES, "--uri", uri, "-u", user, "--bolt", bolt];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, BOLT_PASSWORD: password, NO_COLOR: "1" },
  });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => {
    child.on("exit", (code) => {
      if (code !== 0) failed = true;
      const last = output
        .trim()
        .split("\n")
        .slice(code === 0 ? -1 : -12);
      resolve(code === 0 ? last.join("") : `**failed**: ${last.join(" / ")}`);
    });
  });
}

console.log("| the demo's dialogue | |\n|---|---|");
for (const [version, bolts] of Object.entries(GENERATIONS)) {
  try {
    await using server = await startNeo4j({ version });
    for (const bolt of bolts) {
      row(`Neo4j ${version}, Bolt ${bolt}`, await demo(server.uri, server.user, server.password, bolt));
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    row(`Neo4j ${version}`, `skipped: ${error.message}`);
  }
}

console.log("\n| official drivers against our server and Grafeo | |\n|---|---|");
const login = { user: "neo4j", password: "interop-secret" };
{
  await using serving = await startDemo({ login });
  const target = { uri: serving.uri, ...login };
  for (const peer of findPeers(["javascript"])) {
    const report = forgiven(await runPeer(peer, target));
    if (report.outcomes.some(({ ok }) => ok === false)) failed = true;
    row(
      peer.name,
      summaryLine(report)
        .slice(peer.name.length)
        .trim()
        .replaceAll(/\s*\n\s*/g, " / "),
    );
  }
}
if (failed) process.exitCode = 1;
