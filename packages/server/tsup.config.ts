import { resolve } from "node:path";
// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

/** Browsers and Workers have no sockets: there nothing of Node may even be named. */
const noSockets = {
  name: "no-sockets",
  setup(build: {
    onResolve(
      options: { filter: RegExp },
      then: (args: { path: string; resolveDir: string }) => { path: string },
    ): void;
  }) {
    build.onResolve({ filter: /\/node-transport\.ts$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace("node-transport", "no-sockets")),
    }));
  },
};

export default [
  // node-transport.ts is loaded by the first listen(), so it becomes a file of its own; what both entries share does too.
  // The two builds run side by side: this one must not clean away what the other has written.
  {
    ...library,
    entry: { index: "src/index.ts", "system-queries/index": "src/system-queries/index.ts" },
    splitting: true,
    clean: ["!portable.js", "!portable.js.map"],
  },
  {
    ...library,
    entry: { portable: "src/index.ts" },
    splitting: false,
    clean: false,
    esbuildPlugins: [noSockets],
  },
];
