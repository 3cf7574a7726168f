// Packs every public package and checks the tarball from a user's view: publint, the types under each module resolution,
// its contents, and its bundled size against a budget, complete and tree-shaken.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { run } from "./command.mjs";
import "./no-arguments.mjs";

const root = join(import.meta.dirname, "..");
const { scope } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).config;
const packages = readdirSync(join(root, "packages"));
/** Each package may depend on the layer below it and nothing else. */
const BENEATH = {
  packstream: [],
  framing: ["packstream"],
  protocol: ["framing"],
  client: ["protocol"],
  server: ["protocol"],
};
const folder = mkdtempSync(join(tmpdir(), "packed-"));
const program = (name, ...args) => run(name, args, { cwd: root });
const problems = [];
const attempt = (name, work) => {
  try {
    return work();
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
};

try {
  for (const name of packages) {
    const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    problems.push(...wrongIn(name, manifest));
    attempt(`${name}: pack`, () =>
      program("pnpm", "--filter", `${scope}/${name}`, "pack", "--pack-destination", folder),
    );
    const tarball = readdirSync(folder).find((file) => file.includes(`-${name}-`));
    if (!tarball) continue;
    const path = join(folder, tarball);
    attempt(`${name}: publint`, () => program("pnpm", "exec", "publint", path, "--strict"));
    // Every resolution, even the one without `exports`. All supported versions of Node can `require` an ES module.
    attempt(`${name}: types`, () =>
      program("pnpm", "exec", "attw", path, "--ignore-rules", "cjs-resolves-to-esm"),
    );
    const files = program("tar", "-tzf", path)
      .trim()
      .split("\n")
      .map((file) => file.replace(/^package\//, ""));
    const strange = files.filter(
      (file) =>
        !/^(dist\/.*\.(js|js\.map|d\.ts|d\.ts\.map)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
          file,
        ),
    );
    if (strange.length > 0)
      problems.push(`${name}: contains files not meant for users: ${strange.join(", ")}`);
    for (const file of ["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]) {
      if (!files.includes(file)) problems.push(`${name}: ${file} is missing`);
    }
  }
  sizes();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What is wrong in a manifest, most of which must be the same in all packages. */
function wrongIn(name, { dependencies = {}, exports, publishConfig, ...manifest }) {
  const wrong = [];
  const expect = (what, got, wanted) => {
    if (isDeepStrictEqual(got, wanted)) return;
    wrong.push(`${name}: expected ${what} ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  };
  expect(
    "dependencies",
    Object.keys(dependencies),
    BENEATH[name].map((layer) => `${scope}/${layer}`),
  );
  expect("type", manifest.type, "module");
  expect("sideEffects", manifest.sideEffects, false);
  expect("license", manifest.license, "MIT");
  expect("engines", manifest.engines, { node: "^20.19.0 || >=22.12.0" });
  // What is published is what is tested: the same entry points and conditions, except the one that leads to the sources.
  const published = structuredClone(exports);
  for (const conditions of Object.values(published)) delete conditions[`${scope}/source`];
  expect("publishConfig.exports", publishConfig.exports, published);
  // Parcel, older Metro, TypeScript's `node10` and others still use the fields that predate `exports`.
  const { browser, types, default: main } = published["."];
  expect("main", manifest.main, main);
  expect("types", manifest.types, types);
  expect("browser", manifest.browser, browser && { [main]: browser });
  return wrong;
}

/** Sizes after bundling with all lower layers, minifying and gzipping. */
function sizes() {
  // esbuild comes with tsup.
  const { buildSync } = createRequire(createRequire(import.meta.url).resolve("tsup"))("esbuild");
  const at = (name, file = "index") => join(root, "packages", name, `dist/${file}.js`);
  const everything = (name) => `export * from ${JSON.stringify(at(name))}`;
  const only = (names, name, file) => `export { ${names} } from ${JSON.stringify(at(name, file))}`;
  // Budgets guard against growth: they are a little above the current sizes.
  const entries = [
    ["packstream", everything("packstream"), "node", 6.9],
    ["framing", everything("framing"), "node", 10.7],
    ["protocol", everything("protocol"), "node", 31.3],
    ["client", everything("client"), "node", 53.3],
    ["client in a browser: driver, auth", only("driver, auth", "client", "browser"), "browser", 51.3],
    ["server", everything("server"), "node", 44.3],
    // Tree-shaken: what remains besides are tables and classes that a bundler cannot prove to be free of side effects.
    ["packstream: pack", only("pack", "packstream"), "node", 4.2],
    ["protocol: Date", only("Date", "protocol"), "node", 3.8],
    ["client: auth", only("auth", "client"), "node", 6.4],
    ["server: failure", only("failure", "server"), "node", 5.4],
    // For comparison; installed for the benchmarks.
    ["neo4j-driver", `export * from "neo4j-driver"`, "node", Infinity],
    ["neo4j-driver in a browser", `export * from "neo4j-driver"`, "browser", Infinity],
  ];
  console.log("| minified and gzipped, with the layers below | KB | budget |\n|---|---|---|");
  for (const [name, contents, platform, budget] of entries) {
    attempt(`size of ${name}`, () => {
      const { outputFiles } = buildSync({
        stdin: { contents, resolveDir: join(root, "apps/bench") },
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        platform,
        external: ["node:*"],
        logLevel: "error",
      });
      const kilobytes = gzipSync(outputFiles[0].contents, { level: 9 }).length / 1000;
      console.log(`| ${name} | ${kilobytes.toFixed(1)} | ${budget === Infinity ? "" : budget} |`);
      if (kilobytes > budget)
        problems.push(`${name}: ${kilobytes.toFixed(2)} KB, more than its budget of ${budget} KB`);
    });
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${packages.length} packages are ready to be published`);
