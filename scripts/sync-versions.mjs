// The client and the server tell peers their version: that text follows the manifest. Part of `pnpm release:version`.
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
  if (!text.test(source)) throw new Error(`${path} does not say its version`);
  writeFileSync(path, source.replace(text, `$1${version}$2`));
}
