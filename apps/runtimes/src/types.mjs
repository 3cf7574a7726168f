// Compiles programs that use the packed packages, and the TypeScript in the READMEs, like their users: with four
// generations of the compiler, every module resolution, strict, checking the packages' own declarations; with Node's
// types and with those of browsers.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inTemporaryFolder, packedProject, run, tool } from "./packed.mjs";
import { examples } from "./readmes.mjs";
// @boundaries-ignore shared by all commands, not code of a package
import "../../../scripts/no-arguments.mjs";

const COMPILERS = ["5.4.5", "5.9.3", "6.0.3", "7.0.2"];
const NODE_TYPES = "20.19.43";

const strict = {
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
  forceConsistentCasingInFileNames: true,
};
const nodenext = { module: "nodenext", moduleResolution: "nodenext" };
const bundler = { module: "esnext", moduleResolution: "bundler" };
const onNode = { lib: ["es2022"], types: ["node"] };
const inBrowser = { lib: ["es2022", "dom"], types: [] };
const SETTINGS = [
  ["nodenext, types of Node", { ...nodenext, ...onNode }],
  ["bundler, types of browsers", { ...bundler, ...inBrowser }],
  // Before TypeScript 6 this resolves modules like Node 10, which did not know `exports`.
  ["commonjs, types of Node", { module: "commonjs", ...onNode }],
  [
    "nodenext, every option stricter than `strict`",
    {
      ...nodenext,
      ...onNode,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
    },
  ],
];

await inTemporaryFolder("types", async (folder) => {
  const compilers = await tool(
    folder,
    ...COMPILERS.map((version) => `typescript-${version}@npm:typescript@${version}`),
  );
  const types = await tool(folder, `@types/node@${NODE_TYPES}`);
  if (!compilers || !types) return console.log("skipped: compilers are not available here");
  const app = await packedProject(folder);
  cpSync(join(types, "@types"), join(app, "node_modules/@types"), { recursive: true });
  cpSync(join(types, "undici-types"), join(app, "node_modules/undici-types"), { recursive: true });
  cpSync(join(import.meta.dirname, "consumers"), join(app, "consumers"), { recursive: true });
  for (const { place, language, code } of examples())
    if (language === "ts") writeFileSync(join(app, `consumers/${place.replaceAll(/\W+/g, "-")}.ts`), code);
  console.log("| TypeScript | settings | |\n|---|---|---|");
  for (const version of COMPILERS) {
    for (const [name, settings] of SETTINGS) {
      const exclude = settings.types.length ? [] : ["consumers/on-node.ts"];
      // Examples use top-level await, which only ES modules allow.
      if (settings.module === "commonjs") exclude.push("consumers/*README*");
      writeFileSync(
        join(app, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { ...strict, ...settings }, include: ["consumers"], exclude }),
      );
      const tsc = join(compilers, `typescript-${version}/bin/tsc`);
      const result = await run(app, "node", tsc, "-p", ".").then(
        () => "no error",
        (error) => `**failed**: ${error.message}`,
      );
      if (result !== "no error") process.exitCode = 1;
      console.log(`| ${version} | ${name} | ${result} |`);
    }
  }
});
