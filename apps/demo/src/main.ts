#!/usr/bin/env node
// The program: passes arguments, terminal and Ctrl-C to run.ts.
import { run } from "./run.ts";

const interrupted = new AbortController();
process.on("SIGINT", () => {
  // The second Ctrl-C ends the program without cleaning up.
  if (interrupted.signal.aborted) process.exit(130);
  interrupted.abort();
});
process.on("SIGTERM", () => interrupted.abort());
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that goes away early, as in `| head`, is not an error.
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`cannot write: ${error.message}\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  // Also false when NO_COLOR is set or TERM is dumb.
  colours: process.stdout.isTTY && process.stdout.hasColors(),
  columns: process.stdout.columns,
  env: process.env,
  signal: interrupted.signal,
});
