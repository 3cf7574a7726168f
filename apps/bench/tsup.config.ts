// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

/** Every file that runs as a process is an entry. */
export default {
  ...library,
  entry: ["src/main.ts", "src/startup.ts", "src/replay/replay.ts", "src/contestants/*.ts"],
  platform: "node" as const,
  // Measured code is loaded as users load it: built, from its package.
  external: [/^[^./]/],
};
