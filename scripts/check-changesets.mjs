// Checks that changes to the packages come with a changeset: compares HEAD with the branch that it is to be merged into.
// On that branch itself there is nothing to compare.
import { run } from "./command.mjs";
import "./no-arguments.mjs";

const git = (...args) => run("git", args).trim();
// A prerelease moves its changesets into a folder: git would report a rename, but we count a deletion.
const changed = (filter, paths) =>
  git("diff", "--name-only", "--no-renames", filter, `${target}...HEAD`, "--", paths);
const commitOf = (ref) => {
  try {
    return git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  } catch {
    return undefined;
  }
};

// GitHub names the target branch of a pull request, and fetches it only as `origin/…`.
const base = process.env.GITHUB_BASE_REF || "main";
const target = [`origin/${base}`, base].find(commitOf);
if (!target) console.log(`skipped: there is no branch ${base} to compare with`);
else if (commitOf(target) === commitOf("HEAD")) console.log(`nothing to compare: this is ${target}`);
else if (
  changed("--diff-filter=D", ".changeset/*.md") &&
  changed("--diff-filter=AM", "packages/*/CHANGELOG.md")
)
  console.log("the next release: its changesets have become changelogs");
else {
  try {
    run("pnpm", ["exec", "changeset", "status", `--since=${target}`]);
    console.log(`the changes since ${target} come with a changeset`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
