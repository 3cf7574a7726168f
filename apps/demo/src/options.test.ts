import { describe, expect, test } from "vitest";
import { type Notice, type Options, readOptions } from "./options.ts";

const VERSIONS = ["6.1", "5.4", "4.4", "3", "1"];

function read(line: string, env: Record<string, string> = {}): Options | Notice {
  return readOptions(line.split(" ").filter(Boolean), { env, versions: VERSIONS });
}

const refusal = (line: string): string => {
  const { text, exitCode } = read(line) as Notice;
  expect(exitCode).toBe(1);
  expect(text).toMatch(/^[^\n]+\n$/);
  return text;
};

describe("readOptions", () => {
  test("no options mean the embedded database", () => {
    expect(read("")).toStrictEqual({
      uri: undefined,
      login: undefined,
      database: undefined,
      bolt: undefined,
      wire: false,
      json: false,
      serve: false,
      port: undefined,
      data: undefined,
      tls: undefined,
      svg: undefined,
    });
  });

  test("all options about a server", () => {
    const line = "--uri neo4j+ssc://h:1 -u ann -p secret --bolt 5.4 --database movies --wire --json";
    expect(read(line)).toMatchObject({
      uri: "neo4j+ssc://h:1",
      login: { user: "ann", password: "secret" },
      bolt: "5.4",
      database: "movies",
      wire: true,
      json: true,
    });
  });

  test("the password may come from the environment, the user is neo4j by default", () => {
    expect(read("", { BOLT_PASSWORD: "x" })).toMatchObject({ login: { user: "neo4j", password: "x" } });
    expect(read("-p y", { BOLT_PASSWORD: "x" })).toMatchObject({ login: { user: "neo4j", password: "y" } });
  });

  test("versions up to 3 with and without their minor", () => {
    expect(read("--bolt 3")).toMatchObject({ bolt: "3" });
    expect(read("--bolt 3.0")).toMatchObject({ bolt: "3" });
  });

  test("serving", () => {
    expect(read("--serve --port 0 --data ./graph")).toMatchObject({ serve: true, port: 0, data: "./graph" });
    expect(read("--serve --uri bolt://h")).toMatchObject({ serve: true, uri: "bolt://h" });
    expect(read("--serve --cert c --key k")).toMatchObject({ tls: { cert: "c", key: "k" } });
  });

  test("--help shows every option and examples", () => {
    const { text, exitCode } = read("--help") as Notice;
    expect(exitCode).toBe(0);
    const options = [
      "--uri",
      "-u, --user",
      "-p, --password",
      "BOLT_PASSWORD",
      "--bolt",
      "--wire",
      "--json",
      "--serve",
      "--port",
      "--data",
      "--cert",
      "--key",
      "--svg",
    ];
    for (const word of [...options, "Examples:"]) expect(text).toContain(word);
  });

  test.each([
    ["--nonsense", "--nonsense"],
    ["--bolt 9.9", "6.1, 5.4, 4.4, 3, 1"],
    ["--bolt 5.5", "5.5"],
    ["--bolt", "--bolt"],
    ["--uri http://localhost:7474", "bolt://"],
    ["--uri localhost", "bolt://"],
    ["--uri bolt://ann:secret@h", "BOLT_PASSWORD"],
    ["--data=", "--data"],
    ["--serve --port x", "65535"],
    ["--serve --port 65536", "65535"],
    ["--port 7687", "--serve"],
    ["--serve --json", "--json"],
    ["--serve --bolt 4.4", "--bolt"],
    ["--serve --wire", "--wire"],
    ["--serve --database x", "--database"],
    ["--uri bolt://h --data x", "--data"],
    ["-u ann", "BOLT_PASSWORD"],
    ["--serve --cert c", "--key"],
    ["--serve --key k", "--cert"],
    ["--cert c --key k", "--serve"],
    ["--serve --svg x", "--svg"],
    ["--json --svg x", "--svg"],
    ["extra", "argument"],
  ])("%s is refused in one line", (line, hint) => {
    expect(refusal(line)).toContain(hint);
  });

  test("no refusal repeats a password", () => {
    const uris = ["--uri bolt://ann:secret@h", "--uri http://ann:secret@h", "--uri ann:secret@h"];
    for (const line of ["-p secret --nonsense", "-p secret --port 1", "-p secret extra", ...uris]) {
      expect(refusal(line)).not.toContain("secret");
    }
  });
});
