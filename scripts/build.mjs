// Builds what the given turbo filters select, or everything. Its output goes to standard error: standard output belongs
// to the program that is built, as in `pnpm demo --json | jq .`.
import { run } from "./command.mjs";

try {
  run("turbo", ["run", "build", ...process.argv.slice(2)], {
    stdio: ["inherit", process.stderr, process.stderr],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
