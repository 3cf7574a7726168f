// Opens the embedded database: in memory, or in a file in a directory, which is created if it is missing.
// The only file that loads the engine.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import grafeo, { type GrafeoDB } from "@grafeo-db/js";

export const FILE = "graph.grafeo";

/** Opens the database, without `directory` in memory. Throws Error with one clear line if it cannot be used. */
export function openDatabase(directory?: string): GrafeoDB {
  if (directory === undefined) return grafeo.GrafeoDB.create();
  try {
    makeDirectory(resolve(directory));
    return grafeo.GrafeoDB.create(join(directory, FILE));
  } catch (error) {
    const { message } = error as Error;
    const reason = /cannot be locked/.test(message) ? "another process has it open" : message;
    throw new Error(`no database in ${directory}: ${reason}`, { cause: error });
  }
}

/** Creates missing parents too. Node's `recursive` loops forever in places like /proc, where nothing can be created. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory);
}
