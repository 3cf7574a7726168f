import type { Options } from "tsup";

/** What every published package builds: one ESM file with a source map; tsc writes the types. */
export const library: Options = {
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  platform: "neutral",
  // Every runtime that has Node's modules has them under `node:` names, some only so.
  external: [/^node:/],
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  silent: true,
  dts: false,
};
