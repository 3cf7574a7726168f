// The README's example runs against a server in memory and prints what its comments say.
import { readFileSync } from "node:fs";
import { inspect, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import * as client from "../src/index.ts";
import { type Engine, TestServer } from "./test-server.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const example = /^```ts\n([\s\S]*?)^```$/m.exec(readme)![1]!;

const engine: Engine = (query) => {
  if (query.startsWith("MATCH (p:Person)")) return { fields: ["name", "age"], rows: [["Ann", 41]] };
  if (query.startsWith("UNWIND"))
    return { fields: ["i"], rows: Array.from({ length: 5000 }, (_, i) => [i + 1]) };
  if (query.startsWith("MERGE")) return { ended: { type: "w", stats: { "nodes-created": 1 } } };
  if (query.startsWith("MATCH (a:Account")) return { fields: ["balance"], rows: [[5]] };
  return undefined;
};

/** Strips types: the example has only type arguments of calls and non-null marks. */
const plain = (code: string): string =>
  code
    .replace(/import .*;\n/, "")
    .replaceAll(/<\{[^>]*\}>(?=\()/g, "")
    .replaceAll("!.", ".");

test("the example", async () => {
  const server = new TestServer({ engine });
  const printed: string[] = [];
  const console = {
    log: (...values: unknown[]) =>
      printed.push(
        values
          .map((value) => (typeof value === "string" ? value : stripVTControlCharacters(inspect(value))))
          .join(" "),
      ),
  };
  const driver = (uri: string, login: client.AuthToken): client.Driver =>
    client.driver(uri.replace("localhost", "test"), login, { dial: server.dial });
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  await new AsyncFunction("driver", "auth", "console", plain(example))(driver, client.auth, console);
  const promised = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed).toEqual(["Ann is 41", ...promised]);
  expect(promised).toHaveLength(3);
});

test("names every error, and every function of driver, session and result", () => {
  const errors = Object.entries(client).flatMap(([name, value]) =>
    typeof value === "function" && value.prototype instanceof client.BoltError ? [name] : [],
  );
  const methods = (object: object): string[] =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter(
      (name) => !["constructor", "execute"].includes(name),
    );
  const db = client.driver("bolt://test", undefined, { dial: new TestServer().dial });
  const session = db.session();
  const result = methods(session.run("")).filter((name) => !["then", "catch", "finally"].includes(name));
  const unnamed = ["DriverError", "Failure", "UnpackError", "MessageTooLargeError"];
  for (const name of [...errors, ...methods(db), ...methods(session), ...result]) {
    if (!unnamed.includes(name)) expect(readme, name).toMatch(new RegExp(`\\b${name}\\b`));
  }
});
