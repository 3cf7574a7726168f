// Imported by commands that take no arguments: they say so, in place of doing all their work in silence.
import { basename } from "node:path";

const [, command, ...given] = process.argv;
if (given.length > 0) {
  console.error(`${basename(command)} takes no arguments (got: ${given.join(" ")})`);
  process.exit(1);
}
