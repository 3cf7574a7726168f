// Renames the npm scope of all packages: node scripts/rename-scope.mjs @newscope
// The current scope is `config.scope` in the root package.json. Everything that names it is changed: manifests, imports,
// the source condition, documents, changesets. Then the packages are linked again and all files formatted.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { run } from "./command.mjs";

const manifest = "package.json";
const from = JSON.parse(readFileSync(manifest, "utf8")).config.scope;
const to = process.argv[2] ?? "";
if (!/^@[a-z0-9][a-z0-9._-]*$/.test(to)) {
  console.error(`usage: pnpm rename-scope @newscope    (now: ${from}; got: ${to || "nothing"})`);
  process.exit(1);
}

const files = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
const binary = /\.(gz|png|ico|pem|der)$/;
let changed = 0;
for (const file of files.split("\0").filter((name) => existsSync(name) && !binary.test(name))) {
  const text = readFileSync(file, "utf8");
  // Everywhere the scope is followed by a slash.
  const renamed = text.replaceAll(`${from}/`, `${to}/`);
  if (renamed === text) continue;
  writeFileSync(file, renamed);
  changed++;
}
const root = readFileSync(manifest, "utf8").replace(`"scope": "${from}"`, `"scope": "${to}"`);
writeFileSync(manifest, root);
run("pnpm", ["install", "--no-frozen-lockfile"], { stdio: "inherit" });
run("pnpm", ["format"], { stdio: "inherit" });
console.log(`${from} is now ${to}: ${changed} files changed`);
