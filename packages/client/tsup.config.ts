// @boundaries-ignore the build settings are the workspace's, not a package's
import { library, withoutNode } from "../../tsup.base.ts";

export default [
  // The two builds run side by side: this one must not clean away what the other has written.
  { ...library, clean: ["!browser.js", "!browser.js.map"] },
  {
    ...library,
    entry: { browser: "src/index.ts" },
    clean: false,
    // Under the same names as Node's transport.
    esbuildPlugins: [withoutNode("websocket-transport")],
  },
];
