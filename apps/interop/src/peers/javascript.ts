// neo4j-driver and neo4j-driver-lite from npm. Current drivers are dev dependencies of this app, so the lockfile has
// them; those for Bolt 1 to 3 and the lite one are installed into the cache at first use: nothing else needs them.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords, which } from "../command.ts";
import { Unavailable } from "../unavailable.ts";
import { appFolder, clientFile } from "./clients.ts";
import { boltVersions, type Peer, type Program } from "./peer.ts";

const MODERN = [
  { version: "4.4.11", module: "neo4j-driver-4", bolt: ["3", ...boltVersions("4.0", "4.4")] },
  { version: "5.28.3", module: "neo4j-driver-5", bolt: ["3", ...boltVersions("4.2", "5.8")] },
  { version: "6.3.0", module: "neo4j-driver", bolt: ["3", ...boltVersions("4.2", "6.1")] },
];

const CLASSIC = [
  { version: "1.5.3", bolt: ["1"] },
  { version: "1.6.3", bolt: ["1", "2"] },
  { version: "1.7.8", bolt: ["1", "2", "3"] },
];

export const javascriptPeers: readonly Peer[] = [
  ...MODERN.map(({ version, module, bolt }) => ({
    name: `javascript ${version}`,
    bolt,
    prepare: () => Promise.resolve(program(module, appFolder)),
  })),
  ...CLASSIC.map(({ version, bolt }) => ({
    name: `javascript ${version}`,
    bolt,
    tls: false,
    prepare: async () => program("neo4j-driver", await installed("neo4j-driver", version)),
  })),
  {
    name: "neo4j-driver-lite 6.2.0",
    bolt: ["3", ...boltVersions("4.2", "6.1")],
    prepare: async () => program("neo4j-driver-lite", await installed("neo4j-driver-lite", "6.2.0")),
  },
];

function program(module: string, modules: string): Program {
  return {
    file: process.execPath,
    args: [clientFile("javascript", "scenarios.mjs")],
    env: { BOLT_DRIVER: module, BOLT_MODULES: modules },
  };
}

async function installed(module: string, version: string): Promise<string> {
  const folder = cacheFolder("javascript", `${module}-${version}`);
  if (existsSync(join(folder, "node_modules", module, "package.json"))) return folder;
  const npm = which("npm");
  if (!npm) throw new Unavailable("no npm here");
  writeFileSync(join(folder, "package.json"), `{ "private": true }\n`);
  const options = ["--save-exact", "--ignore-scripts", "--no-audit", "--no-fund"];
  const done = await command(npm, ["install", ...options, `${module}@${version}`], { cwd: folder });
  if (done.code !== 0) throw new Unavailable(`npm could not install ${module}: ${lastWords(done, 1)}`);
  return folder;
}
