// `pnpm --filter interop clients`: other people's clients against a Bolt server, ours or a real Neo4j that is
// started for it. Exit code 0 when nothing failed; what this machine lacks is skipped with a message.
import { readFileSync } from "node:fs";
import { commandLine } from "./command-line.ts";
import { startDemo } from "./demo.ts";
import { startNeo4j } from "./neo4j.ts";
import { findPeers, PEERS } from "./peers/catalog.ts";
import { forgiven } from "./peers/grafeo.ts";
import type { Peer, Report, Target } from "./peers/peer.ts";
import { runPeer } from "./peers/run.ts";
import { SCENARIOS } from "./peers/scenarios.ts";
import { allPassed, matrix, summaryLine } from "./peers/table.ts";
import { Unavailable } from "./unavailable.ts";

const USAGE = `usage: clients [options] [NAME ...]     clients whose name contains NAME; all without one
  --uri URI            the server; also bolt+s:// and bolt+ssc://. Default: a Neo4j that is started here
  -u USER -p PASSWORD  default neo4j; the password may come from BOLT_PASSWORD
  --ca FILE            certificate of the authority to trust, PEM
  --no-routing         the server has no routing table
  --neo4j VERSION      start this one (default 5.26.30); with --tls over bolt+s://
  --gateway            the demo's gateway in front of that one; with --tls to the gateway
  --grafeo             the demo's embedded database in place of a Neo4j
  --scenarios A,B      only these
  --prepare            install the clients only
  --matrix             print the whole table as Markdown
  --json               one JSON line for each outcome instead
  --verbose            each outcome as it comes
  --list               names of clients and scenarios`;

async function tryAll(
  peers: readonly Peer[],
  target: Target,
  judge: (report: Report) => Report = (report) => report,
): Promise<void> {
  const reports: Report[] = [];
  const scenarios = values.scenarios?.split(",");
  for (const peer of peers) {
    const played = await runPeer(peer, target, {
      ...(scenarios && { scenarios }),
      onOutcome: (outcome) => {
        if (values.json) console.log(JSON.stringify({ peer: peer.name, ...outcome }));
        else if (values.verbose)
          console.log(" ", outcome.scenario, outcome.ok, `${outcome.ms} ms`, outcome.detail);
      },
    });
    const report = judge(played);
    reports.push(report);
    if (!values.json) console.log(summaryLine(report));
    else if (report.skipped !== undefined)
      console.log(JSON.stringify({ peer: peer.name, skipped: report.skipped }));
  }
  if (values.matrix) console.log(`\n${matrix(reports)}`);
  if (!allPassed(reports)) process.exitCode = 1;
}

async function tryOnNeo4j(peers: readonly Peer[], version: string): Promise<void> {
  await using server = await startNeo4j({ version, ...(values.tls && { tls: "required" }) });
  const { uri, user, password, bolt, ca } = server;
  if (!values.json) console.log(`Neo4j ${version}${values.tls ? " over TLS" : ""}`);
  await tryAll(peers, {
    uri,
    user,
    password,
    // At Bolt 3, these servers hand out bookmarks that they do not accept back.
    bolt: /^4\.[1-4]\./.test(version) ? bolt.slice(1) : bolt,
    routes: !version.startsWith("3."), // only clusters routed then
    ...(ca !== undefined && { ca }),
  });
}

async function tryOnGateway(peers: readonly Peer[], version: string): Promise<void> {
  await using server = await startNeo4j({ version });
  const { user, password } = server;
  await using demo = await startDemo({ uri: server.uri, login: { user, password }, tls: values.tls });
  if (!values.json) console.log(`gateway to Neo4j ${version}${values.tls ? ", over TLS" : ""}`);
  await tryAll(peers, { uri: demo.uri, user, password, ...(demo.ca !== undefined && { ca: demo.ca }) });
}

async function tryOnGrafeo(peers: readonly Peer[]): Promise<void> {
  const login = { user: "neo4j", password: "interop-secret" };
  await using demo = await startDemo({ login, tls: values.tls });
  if (!values.json) console.log(`Grafeo behind our server${values.tls ? ", over TLS" : ""}`);
  const target = { uri: demo.uri, ...login, ...(demo.ca !== undefined && { ca: demo.ca }) };
  await tryAll(peers, target, forgiven);
}

async function prepareAll(peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) {
    const begin = performance.now();
    try {
      await peer.prepare();
      console.log(`${peer.name.padEnd(27)}  ready (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`${peer.name.padEnd(27)}  skipped: ${error.message}`);
    }
  }
}

const { values, positionals } = commandLine(USAGE, {
  uri: { type: "string" },
  user: { type: "string", short: "u", default: "neo4j" },
  password: { type: "string", short: "p", default: process.env["BOLT_PASSWORD"] ?? "" },
  ca: { type: "string" },
  "no-routing": { type: "boolean", default: false },
  neo4j: { type: "string", default: "5.26.30" },
  tls: { type: "boolean", default: false },
  gateway: { type: "boolean", default: false },
  grafeo: { type: "boolean", default: false },
  scenarios: { type: "string" },
  prepare: { type: "boolean", default: false },
  matrix: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
});
try {
  if (values.list) {
    for (const { name } of PEERS) console.log(name);
    for (const [name, text] of Object.entries(SCENARIOS)) console.log(`  ${name.padEnd(18)} ${text}`);
  } else if (values.prepare) {
    await prepareAll(findPeers(positionals));
  } else if (values.grafeo) {
    await tryOnGrafeo(findPeers(positionals));
  } else if (values.gateway) {
    await tryOnGateway(findPeers(positionals), values.neo4j);
  } else if (values.uri === undefined) {
    await tryOnNeo4j(findPeers(positionals), values.neo4j);
  } else {
    const { uri, user, password, ca } = values;
    await tryAll(findPeers(positionals), {
      uri,
      user,
      password,
      routes: !values["no-routing"],
      ...(ca !== undefined && { ca: readFileSync(ca, "utf8") }),
    });
  }
} catch (error) {
  console.error(error instanceof Unavailable ? `skipped: ${error.message}` : String(error));
  process.exitCode = error instanceof Unavailable ? 0 : 1;
}
