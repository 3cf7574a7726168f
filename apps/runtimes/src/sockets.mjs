// Runs the dialogue in one process, over a TCP socket on loopback. Also checks that `require` returns what `import`
// does, since two copies of a class would break `instanceof`; and that classes have their exported names, which consoles
// show.
import { createRequire } from "node:module";
import { createServer } from "@bolt/server";
import { dialogue, echo } from "./dialogue.mjs";

const server = createServer(echo, { logger: {} });
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
let checks = await dialogue(`bolt://127.0.0.1:${port}`);
await server.close({ graceMs: 1000 });

const require = createRequire(import.meta.url);
for (const name of ["packstream", "framing", "protocol", "client", "server"]) {
  const [required, imported] = [require(`@bolt/${name}`), await import(`@bolt/${name}`)];
  if (Object.keys(imported).some((key) => required[key] !== imported[key]))
    throw new Error(`require("@bolt/${name}") returns something else than import`);
  for (const [key, value] of Object.entries(imported))
    if (/^class\b/.test(value) && value.name !== key)
      throw new Error(`the class ${key} has the name ${value.name}`);
  checks++;
}
console.log(`${checks} checks passed`);
