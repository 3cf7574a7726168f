import { defineConfig } from "vitest/config";

// Tests run on the sources of all packages: nothing has to be built. Naming a condition replaces
// Vite's own list, so that list is repeated here.
const conditions = ["@bolt/source", "module", "development|production"];

const project = (root: string) => ({
  resolve: { conditions: [...conditions, "browser"] },
  ssr: { resolve: { conditions: [...conditions, "node"] } },
  root,
  test: {
    name: root,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Nothing takes long; but a busy machine must not make a test fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One worker runs many files: half the time. No test touches what is global.
    isolate: false,
  },
});

export default defineConfig({
  test: {
    projects: [
      "packages/packstream",
      "packages/framing",
      "packages/protocol",
      "packages/client",
      "packages/server",
      "apps/demo",
      "apps/interop",
    ].map(project),
  },
});
