// @boundaries-ignore the build settings are the workspace's, not a package's
import { library } from "../../tsup.base.ts";

export default { ...library, entry: ["src/main.ts"], platform: "node" as const };
