import { resolve } from "node:path";
// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

/** Browsers and Workers have no sockets: there the WebSocket transport takes the place of Node's, under the same names. */
const webSocketsOnly = {
  name: "websockets-only",
  setup(build: {
    onResolve(
      options: { filter: RegExp },
      then: (args: { path: string; resolveDir: string }) => { path: string },
    ): void;
  }) {
    build.onResolve({ filter: /\/node-transport\.ts$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace("node-transport", "websocket-transport")),
    }));
  },
};

// Every runtime that has Node's modules has them under `node:` names, some only so.
const build = { ...library, removeNodeProtocol: false };

export default [
  // The two builds run side by side: this one must not clean away what the other has written.
  { ...build, clean: ["!browser.js", "!browser.js.map"] },
  { ...build, entry: { browser: "src/index.ts" }, clean: false, esbuildPlugins: [webSocketsOnly] },
];
