import { defineConfig } from "vitest/config";

// Tests run on the sources of all packages, so nothing has to be built. Setting conditions replaces Vite's own list,
// which is therefore repeated here.
const conditions = ["@bolt/source", "module", "development|production"];

const project = (root: string) => ({
  resolve: { conditions: [...conditions, "browser"] },
  ssr: { resolve: { conditions: [...conditions, "node"] } },
  root,
  test: {
    name: root,
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // No test takes long, but a busy machine must not make one fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One worker runs many files, which halves the time. No test leaves global state changed.
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
