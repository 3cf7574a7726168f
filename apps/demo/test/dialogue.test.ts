// The whole dialogue, client against server: over sockets and in memory, in every version of Bolt.
import { duplexPair } from "node:stream";
import { driver, SUPPORTED_VERSIONS } from "@bolt/client";
import { createServer } from "@bolt/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { play, STEPS } from "../src/dialogue/play.ts";
import { type Embedded, serveEmbedded } from "../src/embedded.ts";
import { GrafeoBackend } from "../src/grafeo/backend.ts";
import { openDatabase } from "../src/grafeo/open.ts";
import type { TranscriptEvent } from "../src/transcript.ts";

const LOGIN = { user: "ann", password: "correct horse battery" };

type Played = { ok: boolean; events: TranscriptEvent[] };
type Settings = Partial<Parameters<typeof play>[0]> & { uri: string };

async function played(settings: Settings): Promise<Played> {
  const events: TranscriptEvent[] = [];
  const report = (event: TranscriptEvent): void => void events.push(event);
  const ok = await play({ login: LOGIN, embedded: true, wire: false, ...settings, report });
  return { ok, events };
}

/** The texts of one kind that one step reported. */
function told(
  events: readonly TranscriptEvent[],
  title: string,
  type: "check" | "note" | "remark",
): string[] {
  const from = events.findIndex((event) => event.type === "step" && event.title === title);
  const rest = events.slice(from + 1);
  const to = rest.findIndex((event) => event.type === "step");
  return rest.slice(0, to < 0 ? undefined : to).flatMap((event) => (event.type === type ? [event.text] : []));
}

let embedded: Embedded;

beforeAll(async () => {
  embedded = await serveEmbedded({ login: LOGIN, port: 0 });
});
afterAll(() => embedded.close());

describe.each(SUPPORTED_VERSIONS.map(String))("Bolt %s over a socket", (version) => {
  let ok: boolean;
  let events: TranscriptEvent[];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const atLeast = (m: number, n: number): boolean => major > m || (major === m && minor >= n);

  beforeAll(async () => {
    ({ ok, events } = await played({ uri: embedded.uri, bolt: version }));
  });

  test("runs to the end", () => {
    expect(events.filter(({ type }) => type === "failed")).toStrictEqual([]);
    expect(ok).toBe(true);
    expect(events.flatMap((event) => (event.type === "step" ? [event.title] : []))).toStrictEqual(
      STEPS.map(({ title }) => title),
    );
    expect(events.at(-1)).toMatchObject({ type: "finished", steps: STEPS.length, ms: expect.any(Number) });
  });

  test("says which version was chosen and how the login went", () => {
    expect(told(events, "Handshake", "check")).toStrictEqual([`the server chose Bolt ${version}`]);
    const [sent, answers] = atLeast(5, 1)
      ? ["HELLO LOGON", "SUCCESS SUCCESS"]
      : [major >= 3 ? "HELLO" : "INIT", "SUCCESS"];
    expect(told(events, "Login", "check")).toStrictEqual([`sent: ${sent}`, `answers: ${answers}`]);
  });

  test("pipelines", () => {
    expect(told(events, "Two queries in one write", "check")).toStrictEqual([
      "rows: [[{num: 1}], [{num: 2}]]",
      `sent before the first answer: ${major >= 4 ? "RUN PULL RUN PULL" : "RUN PULL_ALL RUN PULL_ALL"}`,
      "writes to the socket: 1",
    ]);
  });

  test("fails, ignores and recovers", () => {
    const checks = told(events, "A syntax error, and the requests after it", "check");
    expect(checks).toContain('FAILURE: "Neo.ClientError.Statement.SyntaxError"');
    expect(checks).toContain("the second query was IGNORED");
    expect(checks).toContain("answers: FAILURE IGNORED IGNORED IGNORED");
    expect(checks.at(-1)).toMatch(/^(RESET|ACK_FAILURE) sent$/);
  });

  test("shows counters, plans and notifications", () => {
    expect(told(events, "A node and its counters", "check")).toContain("nodes created: 1");
    const drawing = events.find((event) => event.type === "drawing");
    expect(drawing?.lines[0]).toMatch(/^Sort|^Return/);
    expect(drawing?.lines.length).toBeGreaterThan(2);
    const checks = told(events, "A notification about a query", "check");
    expect(checks).toContain("notification Neo.ClientNotification.Statement.CartesianProduct");
    expect(checks.some((text) => text.startsWith("GQL status "))).toBe(atLeast(5, 6));
  });

  test("reads back what it wrote, but nothing that was rolled back", () => {
    expect(told(events, "Five nodes, read back", "check")).toContain("their numbers: [1, 2, 3, 4, 5]");
    expect(told(events, "A relationship and a path", "check")).toContain("the numbers along it: [3, 2, 1]");
    expect(told(events, "A transaction that is rolled back", "check")).toStrictEqual([
      "found inside: 1",
      "found afterwards: 0",
    ]);
    expect(told(events, "A transaction that is committed", "check")).toStrictEqual([
      "found inside: 1",
      "found afterwards: 1",
    ]);
    expect(
      told(events, "A transaction that is committed", "note").some((text) => text.startsWith("bookmark ")),
    ).toBe(true);
  });

  test("sends every type in both directions that the version and the engine have", () => {
    const names = told(events, "Types in both directions", "check").map((text) => text.slice(0, 20).trim());
    const old = [
      "null",
      "boolean",
      "integer",
      "64-bit integer",
      "float",
      "whole float",
      "string",
      "list",
      "map",
    ];
    const temporal = ["bytes", "date", "time", "local time", "date-time", "local date-time", "duration"];
    expect(names.slice(0, -2)).toStrictEqual(major >= 2 ? [...old, ...temporal] : old);
    const remarks = told(events, "Types in both directions", "remark");
    const missing = [
      "date-time with zone",
      "point",
      "3D point",
      ...(major >= 6 ? ["vector"] : []),
      ...(atLeast(6, 1) ? ["UUID"] : []),
    ];
    const refused = remarks.filter((text) => text.endsWith("not supported by this server"));
    expect(refused.map((text) => text.slice(0, 20).trim())).toStrictEqual(major >= 2 ? missing : []);
    expect(remarks.some((text) => text.startsWith("not in Bolt"))).toBe(!atLeast(6, 1));
  });

  test("resets, cleans up and says goodbye", async () => {
    expect(told(events, "RESET", "check")).toContain("RESET sent, on the same connection");
    expect(told(events, "Cleaning up", "check")).toStrictEqual(["nodes deleted: 6"]);
    expect(told(events, "Goodbye", "check")).toStrictEqual([
      `sent last: ${major >= 3 ? "GOODBYE" : "nothing"}`,
    ]);
    expect(await nodesLeft(embedded.uri)).toBe(0);
  });
});

test("without --bolt the newest version is chosen, through the manifest", async () => {
  const { ok, events } = await played({ uri: embedded.uri });
  expect(ok).toBe(true);
  expect(told(events, "Handshake", "check")).toStrictEqual(["the server chose Bolt 6.1"]);
  expect(told(events, "Handshake", "note")[0]).toContain("the manifest");
});

test("in memory, without any socket", async () => {
  const server = createServer(new GrafeoBackend(openDatabase(), { login: LOGIN }), { floats: "wrap" });
  const door = () => {
    const [here, there] = duplexPair();
    server.accept(there);
    return here;
  };
  const { ok, events } = await played({ uri: "bolt://memory", door });
  expect(events.filter(({ type }) => type === "failed")).toStrictEqual([]);
  expect(ok).toBe(true);
  await server.close({ graceMs: 0 });
});

describe("on the wire", () => {
  test.each(["6.1", "4.4", "1"])("Bolt %s: every byte is reported, but no secret", async (version) => {
    const { ok, events } = await played({ uri: embedded.uri, bolt: version, wire: true });
    expect(ok).toBe(true);
    const wire = events.flatMap((event) => (event.type === "wire" ? [event] : []));
    expect(wire[0]).toMatchObject({
      from: "client",
      name: "handshake",
      hex: expect.stringMatching(/^60 60 B0 17 /),
    });
    expect(wire[1]).toMatchObject({ from: "server", name: "version" });
    for (const { hex, meaning } of wire) expect(meaning.map((run) => run.hex).join(" ")).toBe(hex);
    const all = JSON.stringify(events);
    expect(all).not.toContain(LOGIN.password);
    expect(all).not.toContain(
      Buffer.from(LOGIN.password)
        .toString("hex")
        .toUpperCase()
        .replace(/..(?=.)/g, "$& "),
    );
    expect(all).toContain("*****");
  });

  test("the parts of the manifest are reported", async () => {
    const { events } = await played({ uri: embedded.uri, wire: true });
    const names = events.flatMap((event) => (event.type === "wire" ? [event.name] : []));
    expect(names.slice(0, 5)).toStrictEqual(["handshake", "manifest", "choice", "HELLO", "LOGON"]);
  });
});

describe("failures", () => {
  test("end the dialogue with the step and the reason, and the nodes are deleted", async () => {
    const controller = new AbortController();
    const events: TranscriptEvent[] = [];
    const ok = await play({
      uri: embedded.uri,
      login: LOGIN,
      embedded: true,
      wire: false,
      signal: controller.signal,
      report: (event) => {
        events.push(event);
        if (event.type === "check" && event.text === "five Nodes") controller.abort();
      },
    });
    expect(ok).toBe(false);
    expect(events.at(-1)).toStrictEqual({
      type: "failed",
      step: "Five nodes, read back",
      reason: "interrupted",
    });
    expect(await nodesLeft(embedded.uri)).toBe(0);
  });

  test("of a check say what was expected and what the server did", async () => {
    const server = createServer({ run: () => ({ keys: ["num"], records: [[2]] }) });
    const { port } = await server.listen({ port: 0 });
    const { ok, events } = await played({ uri: `bolt://127.0.0.1:${port}` });
    expect(ok).toBe(false);
    expect(events.at(-1)).toStrictEqual({
      type: "failed",
      step: "A query",
      reason: "rows: expected [{num: 1}], got [{num: 2}]",
    });
    await server.close({ graceMs: 0 });
  });
});

async function nodesLeft(uri: string): Promise<unknown> {
  await using db = driver(uri, { scheme: "basic", principal: LOGIN.user, credentials: LOGIN.password });
  const { records } = await db.executeQuery("MATCH (n) RETURN count(n) AS nodes");
  return records[0]?.["nodes"];
}
