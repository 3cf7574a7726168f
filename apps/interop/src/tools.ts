// Libraries built on a driver, which ask more of a database than drivers do: each is a program in `clients/` with
// its own scenarios. Installed into the cache, at exact versions.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { command, lastWords, which } from "./command.ts";
import { clientFile } from "./peers/clients.ts";
import { boltVersions, type Peer } from "./peers/peer.ts";
import { Unavailable } from "./unavailable.ts";

export interface Tool extends Peer {
  readonly scenarios: readonly string[];
  /** Scenarios that fail on the demo's embedded engine, and the Cypher feature that it lacks. */
  readonly beyondGrafeo?: Readonly<Record<string, string>>;
}

const bolt = boltVersions("4.4", "6.1");

export const TOOLS: readonly Tool[] = [
  {
    name: "neomodel 7.0.0",
    bolt,
    scenarios: ["connect", "labels", "write-read", "query", "related", "rollback", "delete"],
    prepare: () => pythonProgram("neomodel", "neomodel==7.0.0"),
  },
  {
    name: "langchain-neo4j 0.11.0",
    bolt,
    scenarios: ["connect", "write-read", "schema", "documents", "delete"],
    prepare: () => pythonProgram("langchain", "langchain-neo4j==0.11.0"),
  },
  {
    name: "@neo4j/graphql 7.6.3",
    bolt,
    scenarios: [
      "connect",
      "constraints",
      "write-read",
      "update",
      "related",
      "related-read",
      "query",
      "connection",
      "aggregate",
      "compatible",
      "delete",
    ],
    beyondGrafeo: {
      related: "a property called `create` unquoted",
      aggregate: "an aggregate inside of a map",
    },
    prepare: graphqlProgram,
  },
];

async function pythonProgram(client: string, requirement: string): ReturnType<Peer["prepare"]> {
  const windows = process.platform === "win32";
  const folder = await filled(requirement.replace("==", "-"), async (into) => {
    const host = which("python3") ?? which("python");
    if (!host) throw new Unavailable("no Python here");
    await step(host, ["-m", "venv", "--clear", into]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await step(pythonOf(into, windows), [...pip, requirement]);
  });
  return {
    file: pythonOf(folder, windows),
    args: [clientFile(client, "scenarios.py")],
    // It shares the reporting module of the driver's program.
    env: { PYTHONPATH: clientFile("python"), PYTHONDONTWRITEBYTECODE: "1", PYTHONWARNINGS: "ignore" },
  };
}

const pythonOf = (folder: string, windows: boolean): string =>
  windows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");

async function graphqlProgram(): ReturnType<Peer["prepare"]> {
  const folder = await filled("neo4j-graphql-7.6.3", async (into) => {
    const npm = which("npm");
    if (!npm) throw new Unavailable("no npm here");
    writeFileSync(join(into, "package.json"), `{ "private": true }\n`);
    const packages = ["@neo4j/graphql@7.6.3", "graphql@16.15.0", "neo4j-driver@6.3.0"];
    const options = ["--save-exact", "--ignore-scripts", "--no-audit", "--no-fund"];
    await step(npm, ["install", ...options, ...packages], into);
  });
  return {
    file: process.execPath,
    args: [clientFile("neo4j-graphql", "scenarios.mjs")],
    env: { BOLT_MODULES: folder },
  };
}

/** A folder of the cache, filled once by `fill`. */
async function filled(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const done = join(cacheFolder("tools"), `${name}.installed`);
  if (!existsSync(done)) {
    rmSync(join(cacheFolder("tools"), name), { recursive: true, force: true });
    await fill(cacheFolder("tools", name));
    writeFileSync(done, "");
  }
  return cacheFolder("tools", name);
}

async function step(file: string, args: readonly string[], cwd?: string): Promise<void> {
  const done = await command(file, args, cwd === undefined ? {} : { cwd });
  if (done.code !== 0) throw new Unavailable(`${args.slice(0, 3).join(" ")} failed: ${lastWords(done, 1)}`);
}
