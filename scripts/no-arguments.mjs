// Imported by commands that take no arguments: refuses any, instead of silently ignoring them.
import { basename } from "node:path";

const [, command, ...given] = process.argv;
if (given.length > 0) {
  console.error(`${basename(command)} takes no arguments (got: ${given.join(" ")})`);
  process.exit(1);
}
