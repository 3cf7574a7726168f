// Rust clients from crates.io, compiled in the cache.
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords, which } from "../command.ts";
import { Unavailable } from "../unavailable.ts";
import { clientFile } from "./clients.ts";
import { boltVersions, type Peer } from "./peer.ts";

/** It speaks only the version that it is told. */
const BOLT_CLIENT_VERSIONS = ["1", "2", "3", "4.0", "4.1", "4.2", "4.3", "4.4"];

export const rustPeers: readonly Peer[] = [
  {
    name: "neo4rs 0.9.0-rc.11",
    bolt: ["4.0", "4.1", "4.3", "4.4"],
    prepare: async () => ({ file: await compiled("neo4rs"), args: [] }),
  },
  {
    name: "neo4rs 0.9.0-rc.11 unstable",
    bolt: ["4.0", "4.1", "4.3", "4.4"],
    routing: ["4.3", "4.4"],
    prepare: async () => ({ file: await compiled("neo4rs", "unstable"), args: [] }),
  },
  {
    name: "rust neo4j 0.2.0",
    bolt: boltVersions("4.4", "5.8"),
    prepare: async () => ({ file: await compiled("neo4j"), args: [] }),
  },
  ...BOLT_CLIENT_VERSIONS.map((version) => ({
    name: `bolt-client 0.11 @${version}`,
    bolt: [version],
    tls: false,
    prepare: async () => ({
      file: await compiled("bolt-client"),
      args: [],
      env: { BOLT_VERSION: version },
    }),
  })),
];

/** Compiles a member of the workspace `clients/rust`; takes about a minute the first time. */
async function compiled(member: string, feature?: string): Promise<string> {
  const folder = cacheFolder("rust");
  const name = feature === undefined ? member : `${member}-${feature}`;
  const program = join(folder, "bin", process.platform === "win32" ? `${name}.exe` : name);
  const stamp = join(folder, "bin", `${name}.sources`);
  const sources = fingerprint(member);
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return program;

  const cargo = which("cargo");
  if (!cargo) throw new Unavailable("no Rust here (cargo is not on PATH)");
  cpSync(clientFile("rust"), folder, { recursive: true });
  const fetched = await command(cargo, ["fetch"], { cwd: folder });
  if (fetched.code !== 0) throw new Unavailable(`no Rust client: ${lastWords(fetched, 1)}`);
  const features = feature === undefined ? [] : ["--features", feature];
  const args = ["build", "--package", `interop-${member}`, ...features];
  const built = await command(cargo, args, {
    cwd: folder,
    env: { CARGO_TARGET_DIR: join(folder, "target") },
  });
  if (built.code !== 0) throw new Error(`cargo build: ${lastWords(built, 30)}`);
  cacheFolder("rust", "bin");
  const ending = process.platform === "win32" ? ".exe" : "";
  // Removed first: the file of a running program cannot be overwritten.
  rmSync(program, { force: true });
  cpSync(join(folder, "target", "debug", `interop-${member}${ending}`), program);
  writeFileSync(stamp, sources);
  return program;
}

/** A hash of all source files of the member, shared ones included. */
function fingerprint(member: string): string {
  const hash = createHash("sha256");
  const sources = readdirSync(clientFile("rust", member, "src")).map((file) => join(member, "src", file));
  for (const file of [
    "Cargo.toml",
    "examples.rs",
    "report.rs",
    join(member, "Cargo.toml"),
    ...sources.toSorted(),
  ]) {
    hash.update(readFileSync(clientFile("rust", file)));
  }
  return hash.digest("hex");
}
