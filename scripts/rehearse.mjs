// Rehearses a release on a throw-away registry, in a copy of the repository: leaves nothing behind and uploads nothing.
// Round one publishes all packages and installs each alone with every package manager. Round two makes a patch of one
// layer and a minor of another, and must publish only these. Then it resumes a half-finished publish, and publishes a
// snapshot.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run, runAside } from "./command.mjs";
import { startRegistry } from "./registry.mjs";
import "./no-arguments.mjs";

const root = join(import.meta.dirname, "..");
const { config, packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { scope } = config;
const names = ["packstream", "framing", "protocol", "client", "server"];
const work = mkdtempSync(join(tmpdir(), "rehearsal-"));
// Clean up even after Ctrl-C.
process.once("exit", () => rmSync(work, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(130));
const copy = join(work, "copy");
const home = join(work, "home");
mkdirSync(home);

const SMOKE = {
  packstream:
    'import { pack, unpack } from "NAME"; console.log(unpack(pack({ ok: [1, 2.5, null] })).ok.length === 3 ? "fine" : "broken");',
  framing:
    'import { ClientHandshake } from "NAME"; console.log(new ClientHandshake().bytesToSend().length === 20 ? "fine" : "broken");',
  protocol:
    'import { ClientConnection, ServerConnection } from "NAME"; const s = new ServerConnection(), c = new ClientConnection(); s.receive(c.bytesToSend()); console.log(s.nextEvent() || s.bytesToSend() ? "fine" : "broken");',
  client:
    'import { driver, auth } from "NAME"; const d = driver("bolt://localhost:1", auth.none()); await d.close(); console.log("fine");',
  server:
    'import { createServer } from "NAME"; const s = createServer({ run: () => ({ keys: [], records: [] }) }); await s.listen({ port: 0, host: "127.0.0.1" }); await s.close(); console.log("fine");',
};

let registry;
/** The environment without package managers' settings, which script runners pass on: they could name a real registry. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(([key]) => !/^(npm|pnpm|yarn)_/i.test(key)),
);
const environment = () => ({
  ...clean,
  HOME: home,
  USERPROFILE: home,
  CI: "true",
  NPM_CONFIG_USERCONFIG: join(home, ".npmrc"),
  NPM_CONFIG_REGISTRY: registry.url,
});

/** Runs a program without blocking this process, in which the registry runs. */
const program = (cwd, env, name, ...args) => runAside(name, args, { cwd, env });
const git = (...args) => run("git", args, { cwd: copy });
const inCopy = (...args) => program(copy, clean, "pnpm", ...args);
const publish = () => program(copy, environment(), "pnpm", "exec", "changeset", "publish", "--no-git-tag");

function expectPublished(step, before, wanted) {
  const now = registry.published().filter((entry) => !before.includes(entry));
  const same =
    now.length === wanted.length &&
    wanted.every((entry) => now.some((got) => got.startsWith(`${scope}/${entry}`)));
  if (!same)
    throw new Error(
      `${step}: expected ${wanted.join(", ") || "nothing"} to be published, got ${now.join(", ") || "nothing"}`,
    );
  console.log(`${step}: ${now.join(", ") || "nothing to publish"}`);
}

/** Copies the workspace: what is committed, and what is not committed yet. */
function copyWorkspace() {
  run("git", ["clone", "--quiet", "--local", root, copy]);
  const uncommitted = ["ls-files", "-z", "--modified", "--others", "--exclude-standard"];
  for (const file of run("git", uncommitted, { cwd: root }).split("\0").filter(Boolean)) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
    else rmSync(join(copy, file));
  }
}

async function prepare() {
  copyWorkspace();
  git("config", "user.name", "rehearsal");
  git("config", "user.email", "rehearsal@localhost");
  await inCopy("install", "--prefer-offline", "--frozen-lockfile");
  // In both places, so that nothing of this scope can ever go to another registry.
  const scoped = `${scope}:registry=${registry.url}/\n//${new URL(registry.url).host}/:_authToken=rehearsal\n`;
  writeFileSync(join(copy, ".npmrc"), scoped);
  writeFileSync(join(home, ".npmrc"), `registry=${registry.url}/\n${scoped}`);
}

// What installs, and what runs the result. The managers themselves come from the user's own registry.
const MANAGERS = [
  { name: "npm", command: "npm", add: ["install", "--no-audit", "--no-fund"], runner: ["node"] },
  { name: "pnpm", command: "pnpm", add: ["add"], runner: ["node"], from: packageManager },
  {
    name: "yarn",
    command: "yarn",
    add: ["add", "--no-lockfile", "--registry"],
    runner: ["node"],
    from: "yarn@1.22.22",
  },
  { name: "bun", command: "bun", add: ["add"], runner: ["bun", "run"], from: "bun@1.4.4" },
  { name: "deno", command: "deno", add: ["add"], runner: ["deno", "run", "-A"], from: "deno@2.9.6" },
];
const tools = join(work, "tools");

async function installManagers() {
  mkdirSync(tools);
  writeFileSync(join(tools, "package.json"), "{}");
  await program(
    tools,
    process.env,
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    ...MANAGERS.flatMap(({ from }) => from ?? []),
  );
}

async function installAlone() {
  const env = {
    ...environment(),
    PATH: `${join(tools, "node_modules", ".bin")}${delimiter}${process.env.PATH}`,
  };
  for (const { name: manager, command, add, runner } of MANAGERS) {
    for (const name of names) {
      const project = join(work, `${manager}-${name}`);
      mkdirSync(project);
      const full = `${scope}/${name}`;
      writeFileSync(
        join(project, "package.json"),
        JSON.stringify({ name: "alone", private: true, type: "module" }),
      );
      writeFileSync(join(project, ".npmrc"), `registry=${registry.url}/\n`);
      writeFileSync(join(project, "smoke.mjs"), SMOKE[name].replace("NAME", full));
      const args = manager === "yarn" ? [...add, registry.url] : add;
      await program(project, env, command, ...args, manager === "deno" ? `npm:${full}` : full);
      const output = await program(project, env, ...runner, "smoke.mjs");
      if (!output.includes("fine")) throw new Error(`${full} installed by ${manager}: ${output}`);
      const installed = readdirSync(join(project, "node_modules", scope)).length;
      if (manager === "npm" && installed !== layersBelow(name))
        throw new Error(`${full} brought ${installed} packages`);
      rmSync(project, { recursive: true, force: true });
    }
    console.log(`installed alone by ${manager}: all five, each runs`);
  }
}

const layersBelow = (name) => ({ packstream: 1, framing: 2, protocol: 3, client: 4, server: 4 })[name];

async function change(name, bump) {
  writeFileSync(
    join(copy, ".changeset", `rehearsed-${name}.md`),
    `---\n"${scope}/${name}": ${bump}\n---\n\nRehearsed a ${bump}.\n`,
  );
}

try {
  registry = await startRegistry();
  await Promise.all([prepare(), installManagers()]);
  await inCopy("build");
  // First release the changesets that are waiting in the repository; after prereleases, the release that they lead to.
  const pre = join(copy, ".changeset/pre.json");
  const prereleases = existsSync(pre) && JSON.parse(readFileSync(pre, "utf8")).mode;
  if (prereleases === "pre") await inCopy("changeset", "pre", "exit");
  if (prereleases || readdirSync(join(copy, ".changeset")).some((file) => file.endsWith(".md")))
    await inCopy("release:version");
  const before = registry.published();
  await publish();
  expectPublished(
    "round one",
    before,
    names.map((name) => `${name}@`),
  );
  await installAlone();

  const first = registry.published();
  await change("packstream", "patch");
  await change("server", "minor");
  await inCopy("release:version");
  await inCopy("build");
  await publish();
  expectPublished("round two, a patch of packstream and a minor of server", first, [
    "packstream@",
    "server@",
  ]);

  const second = registry.published();
  const server = second.filter((entry) => entry.startsWith(`${scope}/server@`)).at(-1);
  registry.forget(`${scope}/server`, server.split("@").at(-1));
  const halfway = registry.published();
  await publish();
  expectPublished("resumed after half a publish", halfway, ["server@"]);
  const third = registry.published();
  await publish();
  expectPublished("publishing once more", third, []);
  // Nothing has changed, and the throw-away registry could not serve the other dependencies.
  const installed = { PNPM_CONFIG_VERIFY_DEPS_BEFORE_RUN: "false" };
  await program(copy, { ...environment(), ...installed }, "node", "scripts/snapshot.mjs");
  expectPublished(
    "a snapshot",
    third,
    names.map((name) => `${name}@0.0.0-`),
  );
  console.log("rehearsed: a release would work");
} finally {
  registry?.close();
}
