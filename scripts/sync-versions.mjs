// Copies the versions of client and server from their manifests to the texts that they send to peers. Part of
// `pnpm release:version`.
import { readFileSync, writeFileSync } from "node:fs";

const SAID = [
  ["client", "src/config.ts", /(VERSION(?:: string)? = ")[^"]*(")/],
  ["server", "src/config.ts", /(\(bolt-server\/)[^)]*(\))/],
  ["server", "README.md", /(\(bolt-server\/)[^)]*(\))/],
];
for (const [name, file, text] of SAID) {
  const { version } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  const path = `packages/${name}/${file}`;
  const source = readFileSync(path, "utf8");
  if (!text.test(source)) throw new Error(`${path} does not contain the version`);
  writeFileSync(path, source.replace(text, `$1${version}$2`));
}
