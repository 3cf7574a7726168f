// The one folder outside the workspace that these checks write to: class paths, virtual environments,
// compiled clients, homes of running databases. The folder is kept between runs and may be deleted at any time.
// Knows nothing of what is put there.
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

function root(): string {
  const { BOLT_INTEROP_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (BOLT_INTEROP_CACHE) return BOLT_INTEROP_CACHE;
  // Not node_modules: a fresh clone would then download gigabytes again.
  if (process.platform === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, "bolt-interop");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "bolt-interop");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "bolt-interop");
}

/** Returns a folder of the cache, created if missing. `BOLT_INTEROP_CACHE` moves the whole cache. */
export function cacheFolder(...names: string[]): string {
  const folder = join(root(), ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}
