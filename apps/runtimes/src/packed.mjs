// The packages as they will be published: packed, and installed in an empty project outside the workspace.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @boundaries-ignore The scripts of the repository belong to no package.
import { runAside } from "../../../scripts/command.mjs";

export const root = join(import.meta.dirname, "../../..");
export const { scope } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).config;
export const names = ["packstream", "framing", "protocol", "client", "server"];

/** Resolves with what a command prints; rejects with an Error that contains it if the command fails. */
export const run = (cwd, command, ...args) => runAside(command, args, { cwd });

const install = (folder, ...wanted) => run(folder, "npm", "install", "--no-audit", "--no-fund", ...wanted);

/** Makes a project with the packed packages and nothing else, and returns its folder. */
export async function packedProject(folder) {
  const tarballs = join(folder, "tarballs");
  mkdirSync(tarballs);
  for (const name of names)
    await run(root, "pnpm", "--filter", `${scope}/${name}`, "pack", "--pack-destination", tarballs);
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await install(app, ...readdirSync(tarballs).map((file) => join(tarballs, file)));
  return app;
}

/** Installs tools from npm and returns their `node_modules`; undefined if they cannot be installed here. */
export async function tool(folder, ...wanted) {
  const at = join(folder, wanted[0].replaceAll(/[^a-z0-9]/g, "-"));
  mkdirSync(at);
  writeFileSync(join(at, "package.json"), "{}");
  try {
    await install(at, ...wanted);
    return join(at, "node_modules");
  } catch {
    return undefined;
  }
}

/** Calls `work` with a temporary folder, which is deleted when the process ends, even by Ctrl-C. */
export async function inTemporaryFolder(name, work) {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  await work(folder);
}
