// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

/** Everything that is a process of its own is an entry. */
export default {
  ...library,
  entry: ["src/main.ts", "src/startup.ts", "src/replay/replay.ts", "src/contestants/*.ts"],
  platform: "node" as const,
  // What is measured is loaded as users load it: from its package, as it was built.
  external: [/^[^./]/],
};
