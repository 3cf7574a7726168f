// `pnpm --filter interop neo4j 5.26.30`: runs a real Neo4j to try things on, until Ctrl-C. `neo4j fetch`
// downloads the jars of all versions; `neo4j all` starts and stops each once and prints figures.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { commandLine, refuse } from "./command-line.ts";
import { findJdk } from "./jdk.ts";
import { classPath } from "./maven.ts";
import { startNeo4j, type Neo4jOptions } from "./neo4j.ts";
import { release, RELEASES } from "./releases.ts";
import { Unavailable } from "./unavailable.ts";

const USAGE = `usage: neo4j VERSION [--port N] [--password TEXT] [--tls required|optional] [--set name=value ...]
       neo4j fetch [VERSION ...]      download jars only
       neo4j all [VERSION ...]        start and stop each once, print times and memory
versions: ${RELEASES.join(", ")} (any other from 3.4 on works too)`;

async function keep(options: Neo4jOptions): Promise<void> {
  const server = await startNeo4j(options);
  console.log(`Neo4j ${server.version}, Bolt ${server.bolt[0]} to ${server.bolt.at(-1)}`);
  console.log(`uri       ${server.uri}`);
  console.log(`user      ${server.user}`);
  console.log(`password  ${server.password}`);
  if (server.ca) {
    const file = join(cacheFolder("ca"), `${server.port}.pem`);
    writeFileSync(file, server.ca);
    console.log(`ca        ${file}`);
  }
  console.log("Ctrl-C stops it.");
  await new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.stop();
}

async function fetchJars(versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const { jdk, artifacts } = release(version);
    const begin = performance.now();
    const jars = await classPath(`neo4j-${version}`, artifacts, findJdk(...jdk));
    console.log(
      `${version.padEnd(10)}  ${jars.split(/[:;]/).length} jars, ${seconds(performance.now() - begin)}`,
    );
  }
}

async function startAll(versions: readonly string[]): Promise<void> {
  console.log("version     JDK  start   memory  stop");
  for (const version of versions) {
    try {
      const { major } = findJdk(...release(version).jdk);
      const server = await startNeo4j({ version });
      const memory = residentMb(server.pid);
      const begin = performance.now();
      await server.stop();
      const columns = [String(major), seconds(server.startMs), memory, seconds(performance.now() - begin)];
      console.log(`${version.padEnd(10)}  ${columns.join("   ")}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`${version.padEnd(10)}  skipped: ${error.message}`);
    }
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Resident memory of a process; only Linux reports it without another program. */
function residentMb(pid: number): string {
  try {
    const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return `${Math.round(Number(kb) / 1024)} MB`;
  } catch {
    return "?";
  }
}

const { values, positionals } = commandLine(USAGE, {
  port: { type: "string" },
  password: { type: "string" },
  tls: { type: "string" },
  set: { type: "string", multiple: true },
});
const [first, ...rest] = positionals;
if (first === undefined) refuse("expected a version", USAGE);
try {
  if (first === "fetch") {
    await fetchJars(rest.length > 0 ? rest : RELEASES);
  } else if (first === "all") {
    await startAll(rest.length > 0 ? rest : RELEASES);
  } else {
    const { tls } = values;
    if (tls !== undefined && tls !== "required" && tls !== "optional")
      refuse(`expected --tls to be required or optional, got ${tls}`, USAGE);
    await keep({
      version: first,
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
      ...(values.password === undefined ? {} : { password: values.password }),
      ...(tls === undefined ? {} : { tls }),
      settings: Object.fromEntries((values.set ?? []).map((line) => line.split(/=(.*)/s, 2))),
    });
  }
} catch (error) {
  console.error(error instanceof Unavailable ? `cannot start it here: ${error.message}` : String(error));
  process.exitCode = 1;
}
