// Starts an ArcadeDB, a database with its own implementations of Bolt and Cypher. Its jars come inside a Python package
// from PyPI; nothing else of the package is used.
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { command, lastWords, which } from "./command.ts";
import { makeHome, startJava } from "./java-server.ts";
import { findJdk } from "./jdk.ts";
import { freePort } from "./neo4j.ts";
import { Unavailable } from "./unavailable.ts";

/** Version of the package and of the product inside. */
export const ARCADEDB_VERSION = "26.10.2";

export interface ArcadeDb extends AsyncDisposable {
  /** bolt://127.0.0.1:54321. */
  readonly uri: string;
  readonly user: "root";
  readonly password: string;
  stop(): Promise<void>;
}

/** @throws Unavailable in one line: no JDK, no Python, no package for this machine. */
export async function startArcadeDb(): Promise<ArcadeDb> {
  const jdk = findJdk(21, Infinity);
  const jars = await fetchJars();
  const home = makeHome(`arcadedb-${ARCADEDB_VERSION}`);
  const password = "interop-secret";
  writeFileSync(join(home, "password"), password, { mode: 0o600 });
  const port = await freePort();
  const settings = {
    "arcadedb.server.rootPath": home,
    "arcadedb.server.rootPasswordPath": join(home, "password"),
    "arcadedb.server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
    "arcadedb.server.defaultDatabases": "neo4j[root]",
    "arcadedb.server.httpIncomingHost": "127.0.0.1",
    "arcadedb.server.httpIncomingPort": String(await freePort()),
    "arcadedb.bolt.host": "127.0.0.1",
    "arcadedb.bolt.port": String(port),
    "arcadedb.bolt.defaultDatabase": "neo4j",
  };
  const { stop } = await startJava(`ArcadeDB ${ARCADEDB_VERSION}`, {
    jdk,
    options: [
      "-Xmx512m",
      // The options of the product's own start script.
      ...["java.util.concurrent.atomic", "java.nio.channels.spi"].flatMap((name) => [
        "--add-opens",
        `java.base/${name}=ALL-UNNAMED`,
      ]),
      "--add-modules",
      "jdk.incubator.vector",
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
    ],
    classPath: join(jars, "*"),
    main: "ArcadeDb.java",
    home,
    timeoutMs: 60_000,
  });
  const uri = `bolt://127.0.0.1:${port}`;
  return { uri, user: "root", password, stop, [Symbol.asyncDispose]: stop };
}

/** Returns the folder with the jars. */
async function fetchJars(): Promise<string> {
  const folder = cacheFolder("arcadedb", ARCADEDB_VERSION);
  const jars = join(folder, "arcadedb_embedded", "jars");
  if (existsSync(join(folder, "installed"))) return jars;
  const python = which("python3") ?? which("python");
  if (!python) throw new Unavailable("no Python here");
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
  const done = await command(python, [...pip, "--target", folder, `arcadedb-embedded==${ARCADEDB_VERSION}`]);
  if (done.code !== 0) throw new Unavailable(`no ArcadeDB: ${lastWords(done, 1)}`);
  // A Java runtime for this platform: a JDK is needed anyway.
  rmSync(join(folder, "arcadedb_embedded", "jre"), { recursive: true, force: true });
  writeFileSync(join(folder, "installed"), "");
  return jars;
}
