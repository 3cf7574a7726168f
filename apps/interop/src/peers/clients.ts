// The paths of the programs in `clients/`.
import { join } from "node:path";

export const appFolder: string = join(import.meta.dirname, "..", "..");

export function clientFile(...names: string[]): string {
  return join(appFolder, "clients", ...names);
}
