// Opens the embedded database: in memory, or in a file of a directory that is made when it is missing.
// The one file that loads the engine.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import grafeo, { type GrafeoDB } from "@grafeo-db/js";

export const FILE = "graph.grafeo";

/** Throws Error with one clear line when the directory cannot be used. */
export function openDatabase(directory?: string): GrafeoDB {
  if (directory === undefined) return grafeo.GrafeoDB.create();
  try {
    mkdirSync(directory, { recursive: true });
    return grafeo.GrafeoDB.create(join(directory, FILE));
  } catch (error) {
    const { message } = error as Error;
    const reason = /cannot be locked/.test(message) ? "another process has it open" : message;
    throw new Error(`no database in ${directory}: ${reason}`, { cause: error });
  }
}
