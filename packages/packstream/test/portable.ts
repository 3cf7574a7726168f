// The package as a platform without Buffer loads it, beside the one that this process has.
import { vi } from "vitest";

type Package = typeof import("../src/index.ts");

/** A second copy of all modules, loaded while there is no `Buffer`: its classes are others than those of `../src`. */
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
