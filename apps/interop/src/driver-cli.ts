// `pnpm --filter interop driver`: our own driver against real servers; by default against Neo4j 5.26 and 2026.08, which
// it starts. Exit code 1 when anything failed; what this machine cannot run is skipped with a message.
import { ARCADEDB_VERSION, startArcadeDb } from "./arcadedb.ts";
import { commandLine, refuse } from "./command-line.ts";
import { startDemo } from "./demo.ts";
import { arcadeDb } from "./driver/arcadedb.ts";
import type { Place } from "./driver/check.ts";
import { encryption } from "./driver/encryption.ts";
import { GROUPS } from "./driver/groups.ts";
import { askFor, cleanUp, runChecks, type Settings } from "./driver/run.ts";
import { startNeo4j } from "./neo4j.ts";
import { Unavailable } from "./unavailable.ts";

const USAGE = `usage: driver [options] [WORD ...]     checks whose name contains WORD; all without one
  --neo4j VERSION      start this one; may be repeated (default 5.26.30 and 2026.08.1)
  --gateway            through the demo's gateway, started in front of each
  --arcadedb           an ArcadeDB, started for it
  --uri URI            another server, bolt://host:port
  -u USER -p PASSWORD  for --uri; default neo4j; the password may come from BOLT_PASSWORD`;

const { values, positionals: words } = commandLine(USAGE, {
  neo4j: { type: "string", multiple: true },
  gateway: { type: "boolean", default: false },
  arcadedb: { type: "boolean", default: false },
  uri: { type: "string" },
  user: { type: "string", short: "u", default: "neo4j" },
  password: { type: "string", short: "p", default: process.env["BOLT_PASSWORD"] ?? "" },
});
const count = { passed: 0, failed: 0, skipped: 0 };
const isTls = (word: string): boolean => word.includes("tls");
const titles = Object.entries(GROUPS).flatMap(([group, checks]) =>
  Object.keys(checks).map((name) => `${group}: ${name}`),
);
if (words.length > 0 && !words.some((word) => isTls(word) || titles.some((title) => title.includes(word))))
  refuse(`no check is called ${words.join(" or ")}`, USAGE);

/** @param types the server that must know vectors and UUIDs: for a gateway, the one behind it */
async function checkAll(settings: Settings, types: Place = settings.place): Promise<void> {
  const { vectors, uuids } = await askFor(types);
  const capabilities = { ...(await askFor(settings.place)), vectors, uuids };
  for (const [group, checks] of Object.entries(GROUPS)) {
    await runChecks(group, checks, { ...settings, capabilities });
  }
  await cleanUp(settings);
}

async function checkNeo4j(version: string): Promise<void> {
  console.log(`\nNeo4j ${version}${values.gateway ? " behind the gateway" : ""}`);
  try {
    await using server = await startNeo4j({ version });
    if (values.gateway) {
      await using demo = await startDemo({ uri: server.uri, login: server });
      return await checkAll({ place: { ...server, uri: demo.uri }, words, count }, server);
    }
    await checkAll({ place: server, words, count });
    if (words.length > 0 && !words.some(isTls)) return;
    await using secure = await startNeo4j({ version, tls: "required" });
    const capabilities = await askFor(server);
    await runChecks("tls", encryption({ ca: secure.ca!, plain: server.uri, version }), {
      place: secure,
      capabilities,
      words,
      count,
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`skipped: ${error.message}`);
  }
}

async function checkArcadeDb(): Promise<void> {
  console.log(`\nArcadeDB ${ARCADEDB_VERSION}`);
  try {
    await using server = await startArcadeDb();
    await checkAll({ place: server, differences: arcadeDb, words, count });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`skipped: ${error.message}`);
  }
}

if (values.uri !== undefined) {
  const { uri, user, password } = values;
  await checkAll({ place: { uri, user, password }, words, count });
} else if (values.arcadedb) {
  await checkArcadeDb();
} else {
  for (const version of values.neo4j ?? ["5.26.30", "2026.08.1"]) await checkNeo4j(version);
}
console.log(`\ninterop driver: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
if (count.failed > 0) process.exitCode = 1;
