import { resolve } from "node:path";
import type { Options } from "tsup";

/** The build of every published package: one ESM file with a source map; tsc writes the types. */
export const library: Options = {
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  platform: "neutral",
  // Every runtime that has Node's modules has them under `node:` names, some only under these.
  external: [/^node:/],
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  silent: true,
  dts: false,
  plugins: [
    { name: "class-names", renderChunk: (code, { map }) => ({ code: named(code), map: map ?? null }) },
  ],
};

/** esbuild turns a class that refers to itself into `var Date = class _Date`, and consoles would show that name. */
const named = (code: string): string =>
  [...code.matchAll(/^var (\w+) = class _\1\b/gm)].reduce(
    (text, [, name]) => text.replaceAll(new RegExp(`\\b_${name}\\b`, "g"), name!),
    code,
  );

/** For browsers and Workers, where not even an import of a Node module is allowed: replaces node-transport.ts. */
export const withoutNode = (replacement: string): NonNullable<Options["esbuildPlugins"]>[number] => ({
  name: "without-node",
  setup(build) {
    build.onResolve({ filter: /\/node-transport\.ts$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace("node-transport", replacement)),
    }));
  },
});
