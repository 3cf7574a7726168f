#!/usr/bin/env node
// The program: passes arguments and the terminal to run.ts, and handles Ctrl-C.
import { killAll } from "./measure/child.ts";
import { run } from "./run.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    killAll();
    process.exit(130);
  });
}
// A reader that goes away early, as in `| head`, is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  killAll();
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
