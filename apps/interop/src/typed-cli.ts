// `pnpm --filter interop typed`: the clients against our server with the typed engine in memory. Exit code 0 when
// nothing failed.
import { createServer } from "@bolt/server";
import { createAuthority } from "./certificates.ts";
import { commandLine, refuse } from "./command-line.ts";
import { findPeers } from "./peers/catalog.ts";
import type { Peer, Report } from "./peers/peer.ts";
import { runPeer } from "./peers/run.ts";
import { allPassed, matrix, summaryLine } from "./peers/table.ts";
import { TypedBackend } from "./typed-backend.ts";

const USAGE = `usage: typed [options] [NAME ...]     clients whose name contains NAME; all without one
  --tls                encrypts all connections
  --matrix             print the whole table as Markdown`;

const { values, positionals } = commandLine(USAGE, {
  matrix: { type: "boolean", default: false },
  tls: { type: "boolean", default: false },
});
// cypher-shell writes its values into the query, so it needs a real engine.
const peers = called(positionals).filter(({ name }) => !name.startsWith("cypher-shell"));
const password = "interop-secret";
const authority = values.tls ? createAuthority() : undefined;
// As a gateway does, so that integers and floats stay distinct.
const server = createServer(new TypedBackend(password), {
  floats: "wrap",
  ...(authority && { tls: { ...authority.issue(["localhost"]) } }),
});
const { port } = await server.listen({ port: 0 });
const target = {
  uri: authority ? `bolt+s://localhost:${port}` : `bolt://127.0.0.1:${port}`,
  user: "neo4j",
  password,
  ...(authority && { ca: authority.ca }),
};
try {
  const reports: Report[] = [];
  for (const peer of peers) {
    const report = await runPeer(peer, target);
    reports.push(report);
    console.log(summaryLine(report));
  }
  if (values.matrix) console.log(`\n${matrix(reports)}`);
  if (!allPassed(reports)) process.exitCode = 1;
} finally {
  await server.close();
}

function called(words: readonly string[]): Peer[] {
  try {
    return findPeers(words);
  } catch (error) {
    refuse(String(error), USAGE);
  }
}
