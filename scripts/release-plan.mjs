// Prints what a release would publish, at which version, and why, from the changesets that are waiting.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "./command.mjs";
import "./no-arguments.mjs";

/** If no changeset is waiting, a release publishes the versions in the manifests that the registry does not have yet. */
function printCurrentVersions() {
  console.log("No changeset is waiting: a release would publish what the registry does not have yet of");
  for (const folder of readdirSync("packages")) {
    const { name, version } = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
    console.log(`${name}  ${version}`);
  }
}

/** Whether `changeset pre exit` has been run: the next release is then the one that the prereleases led to. */
function prereleasesAreOver() {
  const pre = ".changeset/pre.json";
  return existsSync(pre) && JSON.parse(readFileSync(pre, "utf8")).mode === "exit";
}

const folder = mkdtempSync(join(tmpdir(), "plan-"));
const file = join(folder, "plan.json");
try {
  // Without changesets, `changeset status` would complain about changes since the main branch. After prereleases, all
  // their changesets wait once more.
  const waiting = readdirSync(".changeset").some((name) => name.endsWith(".md")) || prereleasesAreOver();
  if (waiting) run("pnpm", ["exec", "changeset", "status", `--output=${relative(process.cwd(), file)}`]);
  const { releases, changesets } = waiting ? JSON.parse(readFileSync(file, "utf8")) : { releases: [] };
  const real = releases.filter(({ type }) => type !== "none");
  if (real.length === 0) printCurrentVersions();
  for (const { name, type, oldVersion, newVersion, changesets: ids } of real) {
    console.log(`${name}  ${oldVersion} -> ${newVersion}  (${type})`);
    for (const id of ids)
      console.log(`    ${changesets.find((set) => set.id === id).summary.split("\n")[0]}`);
    if (ids.length === 0) console.log("    the new version of a dependency is outside its range");
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
