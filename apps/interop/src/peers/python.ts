// Clients from PyPI: the Python driver, py2neo and asyncbolt, each version in its own virtual environment.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords, which } from "../command.ts";
import { Unavailable } from "../unavailable.ts";
import { clientFile } from "./clients.ts";
import { boltVersions, type Peer, type Program } from "./peer.ts";

const QUIET = { PYTHONDONTWRITEBYTECODE: "1", PYTHONWARNINGS: "ignore" };

const VERSIONS = [
  { version: "1.7.6", bolt: ["1", "2", "3"], tls: false },
  { version: "4.4.13", bolt: ["3", ...boltVersions("4.0", "4.4")] },
  // One driver for each Bolt version from 5.0 to 5.7 that any prefers. In 5.8.1 to 5.26.0, a refused login at
  // Bolt 3 ends in an AttributeError.
  { version: "5.0.1", bolt: ["3", ...boltVersions("4.1", "5.0")] },
  { version: "5.8.1", bolt: boltVersions("4.1", "5.2") },
  { version: "5.12.0", bolt: boltVersions("4.1", "5.3") },
  { version: "5.14.1", bolt: boltVersions("4.1", "5.4") },
  { version: "5.23.1", bolt: boltVersions("4.1", "5.6") },
  { version: "5.26.0", bolt: boltVersions("4.1", "5.7") },
  { version: "5.28.8", apis: ["sync", "async"], bolt: ["3", ...boltVersions("4.2", "5.8")] },
  { version: "6.4.1", apis: ["sync", "async"], bolt: ["3", ...boltVersions("4.2", "6.1")] },
];

const driverPeers: readonly Peer[] = VERSIONS.flatMap(({ version, apis = ["sync"], bolt, tls = true }) =>
  apis.map((api) => ({
    name: `python ${version}${apis.length > 1 ? ` ${api}` : ""}`,
    bolt,
    tls,
    prepare: async () => ({
      file: await interpreter(version, `neo4j==${version}`),
      args: [clientFile("python", "scenarios.py")],
      env: { BOLT_API: api, ...QUIET },
    }),
  })),
);

/** The newest driver, with its PackStream in Rust. */
const rustExtension: Peer = {
  name: "neo4j-rust-ext 6.4.1",
  bolt: ["3", ...boltVersions("4.2", "6.1")],
  prepare: async () => ({
    file: await interpreter("neo4j-rust-ext-6.4.1", "neo4j-rust-ext==6.4.1"),
    args: [clientFile("python", "scenarios.py")],
    env: { BOLT_API: "sync", ...QUIET },
  }),
};

const py2neo: Peer = {
  name: "py2neo 2021.2.4",
  bolt: ["2", "3", ...boltVersions("4.0", "4.3")],
  prepare: () => library("py2neo", "2021.2.4"),
};

const asyncbolt: Peer = {
  name: "asyncbolt 0.0.2",
  bolt: ["1"],
  routing: [],
  tls: false,
  prepare: () => library("asyncbolt", "0.0.2"),
};

export const pythonPeers: readonly Peer[] = [...driverPeers, rustExtension, py2neo, asyncbolt];

/** A client with its own program, which reports like the driver's program. */
async function library(name: string, version: string): Promise<Program> {
  return {
    file: await interpreter(`${name}-${version}`, `${name}==${version}`),
    args: [clientFile(name, "scenarios.py")],
    env: { PYTHONPATH: clientFile("python"), ...QUIET },
  };
}

/** Returns the interpreter of the environment in which that package is installed. */
async function interpreter(name: string, requirement: string): Promise<string> {
  const folder = cacheFolder("python", name);
  const windows = process.platform === "win32";
  const python = windows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const done = join(folder, "installed");
  if (existsSync(done)) return python;

  const host = which("python3") ?? which("python");
  if (!host) throw new Unavailable("no Python here");
  await step(host, "-m", "venv", "--clear", folder);
  const classic = requirement.startsWith("neo4j==1.");
  // The setup scripts of 1.7 and its dependencies were written for the setuptools of their time.
  if (classic) await step(python, ...PIP, "setuptools<60", "wheel");
  await step(python, ...PIP, ...(classic ? ["--no-build-isolation"] : []), requirement);
  writeFileSync(done, "");
  return python;
}

const PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];

async function step(file: string, ...args: string[]): Promise<void> {
  const done = await command(file, args);
  if (done.code !== 0) throw new Unavailable(`${args.slice(0, 3).join(" ")} failed: ${lastWords(done, 1)}`);
}
