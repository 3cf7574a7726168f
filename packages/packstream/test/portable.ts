// Loads the package as on a platform without Buffer, in addition to the copy that this process already has.
import { vi } from "vitest";

type Package = typeof import("../src/index.ts");

/** A second copy of all modules, loaded while there is no `Buffer`. Its classes are not those of `../src`. */
export async function loadPortable(): Promise<Package> {
  vi.stubGlobal("Buffer", undefined);
  vi.resetModules();
  try {
    return await import("../src/index.ts");
  } finally {
    vi.unstubAllGlobals();
    vi.resetModules();
  }
}
