// Builds what the filters of its arguments name, or everything. What there is to say of it goes to standard error: standard output
// belongs to the program that is built, and `pnpm demo --json | jq .` reads it.
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
