// Writes the repository into the manifests if GitHub runs this: a registry accepts a package with provenance only if
// both name the same repository. Elsewhere it does nothing. Part of `pnpm release`.
import { readFileSync, writeFileSync } from "node:fs";

const { GITHUB_SERVER_URL: host, GITHUB_REPOSITORY: name } = process.env;
for (const folder of ["packstream", "framing", "protocol", "client", "server"]) {
  const path = `packages/${folder}/package.json`;
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  if (!host || !name || manifest.repository) continue;
  manifest.repository = { type: "git", url: `git+${host}/${name}.git`, directory: `packages/${folder}` };
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
