// The Go driver, compiled into the cache: one source for both major versions.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords, which } from "../command.ts";
import { Unavailable } from "../unavailable.ts";
import { clientFile } from "./clients.ts";
import { boltVersions, type Peer } from "./peer.ts";

const VERSIONS = [
  { version: "v5.28.4", bolt: ["3", ...boltVersions("4.2", "5.8")] },
  { version: "v6.2.0", bolt: ["3", ...boltVersions("4.2", "6.1")] },
];

export const goPeers: readonly Peer[] = VERSIONS.map(({ version, bolt }) => ({
  name: `go ${version.slice(1)}`,
  bolt,
  prepare: async () => ({ file: await compiled(version), args: [] }),
}));

async function compiled(version: string): Promise<string> {
  const go = which("go");
  const folder = cacheFolder("go", version);
  const program = join(folder, process.platform === "win32" ? "scenarios.exe" : "scenarios");
  if (!writeSources(folder, version) && existsSync(program)) return program;

  if (!go) throw new Unavailable("no Go here");
  rmSync(program, { force: true });
  const options = { cwd: folder, env: { GOFLAGS: "-mod=mod", GOWORK: "off" } };
  const fetched = await command(go, ["mod", "download"], options);
  if (fetched.code !== 0) throw new Unavailable(`no Go driver: ${lastWords(fetched, 1)}`);
  const built = await command(
    go,
    ["build", "-tags", String(version.split(".")[0]), "-o", program, "."],
    options,
  );
  if (built.code !== 0) throw new Error(`go build: ${lastWords(built)}`);
  return program;
}

/** Copies the sources, which are written for v6, to the cache. Returns whether anything must be compiled. */
function writeSources(folder: string, version: string): boolean {
  const [major] = version.split(".");
  const path = `github.com/neo4j/neo4j-go-driver/${major}`;
  const files = new Map([["go.mod", `module interop\n\ngo 1.24\n\nrequire ${path} ${version}\n`]]);
  for (const name of readdirSync(clientFile("go")).filter((file) => file.endsWith(".go"))) {
    const text = readFileSync(clientFile("go", name), "utf8");
    files.set(name, text.replaceAll("github.com/neo4j/neo4j-go-driver/v6", path));
  }
  let changed = false;
  for (const [name, text] of files) {
    const file = join(folder, name);
    if (existsSync(file) && (name === "go.mod" || readFileSync(file, "utf8") === text)) continue;
    writeFileSync(file, text);
    changed = true;
  }
  return changed;
}
