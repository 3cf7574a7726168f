// Publishes the current state of all packages under the tag `snapshot`, without commit or tag of git. All of them, whatever
// changesets are waiting: a version such as 0.0.0-20270102030405 fits no range of a release, so what is beneath has to be a
// snapshot, too; and no version that a manifest has ready for a real release is used up.
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
  // What failed has said why.
  process.exitCode = 1;
} finally {
  rmSync(all, { force: true });
}
