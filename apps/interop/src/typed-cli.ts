/**
 * `pnpm --filter interop typed [NAME …]`: the clients against our server over the typed engine in memory. Exit
 * code 0 when nothing failed; `--matrix` prints the whole table, `--tls` makes all connections encrypted.
 */
import { parseArgs } from "node:util";
import { createServer } from "@bolt/server";
import { createAuthority } from "./certificates.ts";
import { findPeers } from "./peers/catalog.ts";
import type { Report } from "./peers/peer.ts";
import { runPeer } from "./peers/run.ts";
import { allPassed, matrix, summaryLine } from "./peers/table.ts";
import { TypedBackend } from "./typed-backend.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { matrix: { type: "boolean", default: false }, tls: { type: "boolean", default: false } },
});
const password = "interop-secret";
const authority = values.tls ? createAuthority() : undefined;
// As a gateway would: integers and floats stay apart.
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
  // cypher-shell writes its values into the query, so that it needs a real engine.
  for (const peer of findPeers(positionals).filter(({ name }) => !name.startsWith("cypher-shell"))) {
    const report = await runPeer(peer, target);
    reports.push(report);
    console.log(summaryLine(report));
  }
  if (values.matrix) console.log(`\n${matrix(reports)}`);
  if (!allPassed(reports)) process.exitCode = 1;
} finally {
  await server.close();
}
