// Publishes the current state of all packages under the dist-tag `snapshot`, without a git commit or tag. Always all of
// them, whatever changesets are waiting: a version such as 0.0.0-20270102030405 is in no release's range, so the lower
// layers have to be snapshots too. Versions in the manifests that are meant for a real release are not used up.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { run } from "./command.mjs";
import "./no-arguments.mjs";

const all = ".changeset/snapshot.md";
const names = readdirSync("packages").map(
  (folder) => JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8")).name,
);
const program = (name, ...args) => run(name, args, { stdio: "inherit" });

writeFileSync(all, `---\n${names.map((name) => `"${name}": patch\n`).join("")}---\n\nA snapshot.\n`);
try {
  program("pnpm", "exec", "changeset", "version", "--snapshot");
  program("node", "scripts/sync-versions.mjs");
  program("pnpm", "build");
  program("pnpm", "exec", "changeset", "publish", "--tag", "snapshot", "--no-git-tag");
} catch {
  // The failed program has printed why.
  process.exitCode = 1;
} finally {
  rmSync(all, { force: true });
}
