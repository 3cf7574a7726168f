import type { Options } from "tsup";

/** What every published package builds: one ESM file with a source map; tsc writes the types. */
export const library: Options = {
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  platform: "neutral",
  sourcemap: true,
  clean: true,
  silent: true,
  dts: false,
};
