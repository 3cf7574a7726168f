// Runs every example of the READMEs verbatim, with the packed packages in an empty project. It must print what its
// comments say, in their order. Client examples connect to a server that knows their queries; a client connects to
// server examples.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inTemporaryFolder, packedProject, run, scope } from "./packed.mjs";
import { comments, examples, promises } from "./readmes.mjs";
// @boundaries-ignore shared by all commands, not code of a package
import "../../../scripts/no-arguments.mjs";

/** Answers for the client examples; any other query has to be `RETURN value AS name`. */
const engine = {
  run({ query, parameters }) {
    if (query.startsWith("MATCH (p:Person)")) return { keys: ["name", "age"], records: [["Ann", 41]] };
    if (query.startsWith("UNWIND"))
      return { keys: ["i"], records: Array.from({ length: 5000 }, (_, i) => [i + 1]) };
    if (query.startsWith("MERGE (a:Account")) return { keys: [], summary: { counters: { nodesCreated: 1 } } };
    if (query.startsWith("MATCH (a:Account")) return { keys: ["balance"], records: [[5]] };
    const [, value, key] = /^RETURN (\S+) AS (\w+)$/.exec(query);
    return { keys: [key], records: [[value.startsWith("$") ? parameters[value.slice(1)] : Number(value)]] };
  },
  begin: () => ({ run: (query) => engine.run(query), commit: () => {}, rollback: () => {} }),
};

const client = `import { driver as dial, auth as login } from "${scope}/client";
const ask = async (port, query, parameters) => {
  await using db = dial("bolt://localhost:" + port, login.basic("ann", "secret"));
  return (await db.session().run(query, parameters)).records;
};
`;
/** Code to put before and after an example, and what it prints that none of its comments says. */
const AROUND = {
  "README.md#1": { after: `console.log(records[0]?.["name"]);`, prints: ["Ann"] },
  "README.md#2": {
    before: client,
    after: `console.log(await ask(PORT, "…", { name: "Ann" })); await server.close();`,
    prints: ["[ { greeting: 'hello Ann' } ]"],
  },
  "packages/protocol/README.md#2": {
    before: `import { createServer as serve } from "${scope}/server"; ${client}`,
    after: `const behind = serve({ run: ({ parameters }) => ({ keys: ["v"], records: [[parameters.v]] }) });
      await behind.listen({ port: PORT });
      console.log(await ask(proxy.address().port, "RETURN $v AS v", { v: [1.5, 2n ** 60n] }));
      proxy.close(); await behind.close();`,
    prints: [
      /^HELLO $/,
      /^LOGON $/,
      "RUN RETURN $v AS v",
      /^PULL $/,
      /^GOODBYE $/,
      "[ { v: [ 1.5, 1152921504606846976n ] } ]",
    ],
  },
  "packages/client/README.md#1": { prints: ["Ann is 41"] },
  "packages/server/README.md#1": {
    before: client,
    after: `console.log(await ask(PORT, "FILMS", { after: 1970 })); await server.close();`,
    prints: [
      /^cypher-shell -a bolt:\/\/127.0.0.1:\d+ -u ann -p secret "FILMS"$/,
      "[ { title: 'Alien', year: 1979 } ]",
    ],
  },
  "packages/server/README.md#2": {
    before: `import { createServer } from "${scope}/server"; ${client}const engine = { run: () => ({ keys: [] }) };`,
    after: `const server = createServer(backend); const { port } = await server.listen({ port: 0 });
      console.log(await ask(port, "CALL db.labels()")); await server.close();`,
    prints: ["[ { label: 'Person' }, { label: 'Movie' } ]"],
  },
};

async function freePort() {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await once(server.close(), "close");
  return port;
}

/** The first difference between what an example does and what it says; undefined if there is none. */
async function problemOf({ place, language, code }, app, port) {
  const { before = "", after = "", prints = [] } = AROUND[place] ?? {};
  const file = `${place.replaceAll(/\W+/g, "-")}.${language === "ts" ? "mts" : "mjs"}`;
  const free = await freePort();
  const here = code
    .replaceAll("//localhost", `//localhost:${port}`)
    .replace("port: 7687", `port: ${free}`)
    .replace("listen(7688)", "listen(0)");
  writeFileSync(join(app, file), `${before}${here}\n${after.replace("PORT", free)}\n`);
  const output = await run(app, "node", file).catch((error) => `failed: ${error.message}`);
  const lines = output.split("\n").filter((line) => line !== "");
  if (lines.length === 0) return "prints nothing";
  const told = comments(code);
  for (const line of lines) {
    const extra = prints.findIndex((text) => (typeof text === "string" ? text === line : text.test(line)));
    if (extra >= 0) prints.splice(extra, 1);
    else if (told.includes(line)) told.splice(0, told.indexOf(line) + 1);
    else return `printed ${output}`;
  }
  const missing = [...prints, ...promises(code).filter((text) => !lines.includes(text))];
  if (missing.length > 0) return `did not print ${missing.join("\n")}`;
}

await inTemporaryFolder("examples", async (folder) => {
  const app = await packedProject(folder);
  const { createServer } = await import(
    pathToFileURL(join(app, `node_modules/${scope}/server/dist/index.js`)).href
  );
  const server = createServer(engine, { logger: {} });
  const { port } = await server.listen({ port: 0, host: "localhost" });
  const all = examples();
  for (const example of all) {
    const problem = await problemOf(example, app, port);
    console.log(`| ${example.place} | ${problem ? `**failed**: ${problem}` : "does what it says"} |`);
    if (problem) process.exitCode = 1;
  }
  for (const place of Object.keys(AROUND)) {
    if (all.some((example) => example.place === place)) continue;
    console.error(`there is no example ${place}`);
    process.exitCode = 1;
  }
  await server.close({ graceMs: 100 });
});
