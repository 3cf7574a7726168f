// The README's examples run, and its tables say what the code says.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { ClientConnection, Failure } from "@bolt/protocol";
import { expect, test } from "vitest";
import { resolveOptions } from "../src/config.ts";
import { DEFAULT_AGENT, DEFAULT_LIMITS, driverReaction, failure, type Server } from "../src/index.ts";
import * as bolt from "../src/index.ts";
import * as kit from "../src/system-queries/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

/** Runs an example with what it imports, and returns what it made. */
async function run(code: string, given: Record<string, unknown>, made: string): Promise<unknown> {
  const body = code.replace(/import \{[^}]*\} from "[^"]*";/, "");
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  return new AsyncFunction(...Object.keys(given), `${body}\nreturn ${made};`)(...Object.values(given));
}

/** Queries over a socket; returns the rows, or the failure's message. */
async function ask(port: number, query: string, parameters = {}): Promise<unknown> {
  const client = new ClientConnection({ versions: ["5.8"] });
  const socket = connect({ port, host: "127.0.0.1" });
  const rows: unknown[] = [];
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const bytes = client.bytesToSend();
      if (bytes) socket.write(bytes);
    };
    socket.on("error", reject).on("data", (bytes) => {
      client.receive(bytes);
      for (let event; (event = client.nextEvent());) {
        if (event.type === "VersionNegotiated") {
          client.hello({ userAgent: "readme", boltAgent: { product: "readme" } });
          client.logon({ scheme: "basic", principal: "ann", credentials: "secret" });
          client.run(query, parameters);
          client.pull();
        } else if (event.type === "RecordReceived") rows.push(...event.records);
        else if (event.type === "ResponseReceived" && event.response instanceof Failure)
          resolve(event.response.message);
        else if (event.type === "ResponseReceived" && event.request.name === "PULL") resolve(rows);
      }
      send();
    });
    send();
  }).finally(() => socket.destroy());
}

test("the example serves films", async () => {
  const printed: string[] = [];
  const given = { ...bolt, console: { log: (text: string) => printed.push(text) } };
  const [server, port] = (await run(
    examples[0]!.replace("port: 7687", "port: 0"),
    given,
    "[server, Number(address.split(':')[1])]",
  )) as [Server, number];
  expect(printed).toEqual([`cypher-shell -a bolt://127.0.0.1:${port} -u ann -p secret "FILMS"`]);
  expect(await ask(port, "FILMS", { after: 1950 })).toEqual([["Alien", 1979]]);
  expect(await ask(port, "BOOKS")).toBe("FILMS is all there is, ann.");
  await server.close();
});

test("the example of the kit answers", async () => {
  const engine = { run: () => ({ keys: [] }) };
  const backend = (await run(examples[1]!, { ...kit, engine }, "backend")) as bolt.Backend;
  const server = bolt.createServer(backend);
  const { port } = await server.listen({ port: 0 });
  expect(await ask(port, "CALL db.labels()")).toEqual([["Person"], ["Movie"]]);
  await server.close();
});

test("every limit is there, with its default", () => {
  for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${value} +\\|`, "m"));
  }
});

test("every option is there", () => {
  for (const name of Object.keys(resolveOptions({}))) expect(readme).toContain(`\`${name}\``);
  expect(readme).toContain(DEFAULT_AGENT);
});

test("every kind of failure is in the list of how drivers react to it", () => {
  const kinds = [...readme.matchAll(/^- `([\w-]+)`: ((?:`\w+`,?\s*)+)/gm)].flatMap(
    ([, reaction, list = ""]) =>
      [...list.matchAll(/`(\w+)`/g)].map(([, kind]) => [kind as bolt.FailureKind, reaction] as const),
  );
  expect(kinds.length).toBe(43);
  for (const [kind, reaction] of kinds)
    expect([kind, driverReaction(failure(kind, "").code)]).toEqual([kind, reaction]);
});

test("every metric is there", () => {
  const server = bolt.createServer({ run: () => ({ keys: [] }) });
  for (const name of Object.keys(server.metrics)) expect(readme).toContain(`\`${name}\``);
});
