// Opens the embedded database: in memory, or in a file of a directory that is made when it is missing.
// The one file that loads the engine.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import grafeo, { type GrafeoDB } from "@grafeo-db/js";

export const FILE = "graph.grafeo";

/** Throws Error with one clear line when the directory cannot be used. */
export function openDatabase(directory?: string): GrafeoDB {
  if (directory === undefined) return grafeo.GrafeoDB.create();
  try {
    make(resolve(directory));
    return grafeo.GrafeoDB.create(join(directory, FILE));
  } catch (error) {
    const { message } = error as Error;
    const reason = /cannot be locked/.test(message) ? "another process has it open" : message;
    throw new Error(`no database in ${directory}: ${reason}`, { cause: error });
  }
}

/** Node's own `recursive` goes round for ever in places such as /proc, where what is missing cannot be made. */
function make(directory: string): void {
  if (existsSync(directory)) return;
  make(dirname(directory));
  mkdirSync(directory);
}
