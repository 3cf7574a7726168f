// Builds what the filters of its arguments name, or everything. What there is to say of it goes to standard error: standard output
// belongs to the program that is built, and `pnpm demo --json | jq .` reads it.
import { spawnSync } from "node:child_process";

const { status, error } = spawnSync("turbo", ["run", "build", ...process.argv.slice(2)], {
  stdio: ["inherit", process.stderr, process.stderr],
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  shell: process.platform === "win32",
});
if (error) console.error(`cannot run turbo: ${error.message}`);
process.exitCode = status ?? 1;
