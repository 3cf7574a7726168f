// Says what a release would publish, at which version, and why: from the changesets that are waiting.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "plan-"));
const file = join(folder, "plan.json");
try {
  execFileSync("pnpm", ["exec", "changeset", "status", `--output=${relative(process.cwd(), file)}`], {
    stdio: "pipe",
    shell: process.platform === "win32",
  });
  const { releases, changesets } = JSON.parse(readFileSync(file, "utf8"));
  const real = releases.filter(({ type }) => type !== "none");
  if (real.length === 0) console.log("No changeset is waiting: a release would publish nothing.");
  for (const { name, type, oldVersion, newVersion, changesets: ids } of real) {
    console.log(`${name}  ${oldVersion} -> ${newVersion}  (${type})`);
    for (const id of ids)
      console.log(`    ${changesets.find((set) => set.id === id).summary.split("\n")[0]}`);
    if (ids.length === 0) console.log("    its dependency leaves the range that it asks for");
  }
} catch (error) {
  console.error(String(error.stderr || error.message).trim());
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
