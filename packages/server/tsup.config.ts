// @boundaries-ignore the build settings are the workspace's, not a package's
import { library, withoutNode } from "../../tsup.base.ts";

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
    esbuildPlugins: [withoutNode("no-sockets")],
  },
];
