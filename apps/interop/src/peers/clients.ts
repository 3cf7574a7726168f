/** Where the programs of `clients/` are. */
import { join } from "node:path";

export const appFolder: string = join(import.meta.dirname, "..", "..");

export function clientFile(...names: string[]): string {
  return join(appFolder, "clients", ...names);
}
