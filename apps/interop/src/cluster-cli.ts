// `pnpm --filter interop cluster`: our driver against the cluster named in the environment. Exit code 1 when anything
// failed; without a cluster it prints that it skips.
import { CausalCluster } from "./causal-cluster.ts";
import { VERSIONS } from "./causal-member.ts";
import { shake } from "./causal-trouble.ts";
import { commandLine, refuse } from "./command-line.ts";
import { causal } from "./driver/causal.ts";
import type { Checks, Place } from "./driver/check.ts";
import { cluster } from "./driver/cluster.ts";
import { Members } from "./driver/members.ts";
import { cleanUp, runChecks } from "./driver/run.ts";
import { startNeo4j } from "./neo4j.ts";
import { Unavailable } from "./unavailable.ts";

const USAGE = `usage: cluster [options]
  BOLT_CLUSTER_URI       neo4j://member, also with +s or +ssc; any member of the cluster
  BOLT_CLUSTER_USER      default neo4j
  BOLT_CLUSTER_PASSWORD
  --neo4j VERSION        a single Neo4j, started for it, as a cluster of one
  --members              three servers of our own in front of that Neo4j; leaders change, members stop and come back
  --causal               three cores and a read replica of Neo4j 3.4, started for it; they are killed, stopped and frozen
  --seconds N            do units of work in trouble for this long (default 0: some hundred units)`;

const { values } = commandLine(
  USAGE,
  {
    neo4j: { type: "string" },
    members: { type: "boolean", default: false },
    causal: { type: "boolean", default: false },
    seconds: { type: "string", default: "0" },
  },
  { words: false },
);
const seconds = Number(values.seconds);
if (!(seconds >= 0)) refuse(`expected --seconds to be a number of at least 0, got ${values.seconds}`, USAGE);
const count = { passed: 0, failed: 0, skipped: 0 };

async function check(place: Place, checks: Checks, group = "cluster"): Promise<void> {
  const settings = { place, words: [], count, limitMs: 300_000 + seconds * 1000 };
  await runChecks(group, checks, settings);
  await cleanUp(settings);
}

async function checkCausal(): Promise<void> {
  await using members = await CausalCluster.start();
  for (const version of VERSIONS) {
    const checks = cluster({ seconds, shake: () => shake(members) });
    await check(members.place([version]), checks, `cluster, Bolt ${version}`);
  }
  await check(members.place(), causal(members), "causal cluster");
}

async function checkSingle(version: string): Promise<void> {
  await using server = await startNeo4j({ version });
  const { user, password } = server;
  if (!values.members) {
    return await check({ uri: server.uri.replace("bolt", "neo4j"), user, password }, cluster({ seconds }));
  }
  await using members = await Members.start(server);
  await check({ uri: members.uri, user, password }, cluster({ seconds, shake: () => members.shake() }));
}

try {
  const { BOLT_CLUSTER_URI: uri, BOLT_CLUSTER_USER: user, BOLT_CLUSTER_PASSWORD: password } = process.env;
  if (values.causal) await checkCausal();
  else if (values.neo4j !== undefined) await checkSingle(values.neo4j);
  else if (uri === undefined) throw new Unavailable("no cluster is named (BOLT_CLUSTER_URI is not set)");
  else await check({ uri, user: user ?? "neo4j", password: password ?? "" }, cluster({ seconds }));
  console.log(`\ninterop cluster: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  if (count.failed > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}
