// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

// node-transport.ts is loaded by the first listen(), so it becomes a file of its own; what both entries
// share does too.
export default {
  ...library,
  entry: { index: "src/index.ts", "system-queries/index": "src/system-queries/index.ts" },
  splitting: true,
  external: [/^node:/],
};
