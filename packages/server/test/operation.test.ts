// What an operator sees and sets: versions, messages, logs.
import { describe, expect, test } from "vitest";
import {
  createServer,
  type LogFacts,
  type MessageObserver,
  type QueryResult,
  type ServerOptions,
} from "../src/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDuplex } from "./fake-duplex.ts";
import { handshake } from "./raw.ts";
import { failureOf, meet, session, shape } from "./test-client.ts";

const SECRET = "hunter2";
const nothing = (): QueryResult => ({ keys: [] });

test("only the versions in the options are spoken", async () => {
  for (const [version, answer] of [
    ["4.4", [0, 0, 4, 4]],
    ["5.4", [0, 0, 0, 0]],
  ] as const) {
    const clock = new FakeClock();
    const server = createServer({ run: nothing }, { versions: ["4.4-4.2", "3"], clock, logger: {} });
    const duplex = new FakeDuplex();
    const received: number[] = [];
    duplex.received = (bytes) => received.push(...bytes);
    server.accept(duplex);
    duplex.send(handshake(version));
    await clock.settle();
    expect([received, duplex.ended]).toEqual([[...answer], version === "5.4"]);
  }
});

describe("an observer", () => {
  test("sees every message, with stars for secrets", async () => {
    const seen: string[] = [];
    const bytes: number[] = [];
    const note =
      (way: string): NonNullable<MessageObserver["sent"]> =>
      ({ message, bytes: take }) => {
        seen.push(`${way} ${message.name}`);
        bytes.push(...take());
      };
    const { client } = meet({ run: nothing }, { observer: { sent: note(">"), received: note("<") } });
    await client.login({ scheme: "basic", principal: "ann", credentials: SECRET });
    await client.say((c) => (c.run("q"), c.pull()));
    expect(seen).toEqual([
      "< HELLO",
      "> SUCCESS",
      "< LOGON",
      "> SUCCESS",
      "< RUN",
      "> SUCCESS",
      "< PULL",
      "> SUCCESS",
    ]);
    expect(String.fromCharCode(...bytes)).toContain("ann");
    expect(String.fromCharCode(...bytes)).not.toContain(SECRET);
  });

  test("may be made for each connection", async () => {
    const ids: string[] = [];
    const { another } = await session({ run: nothing }, { observer: (id) => (ids.push(id), {}) });
    await another().login();
    expect(ids).toEqual(["bolt-1", "bolt-2"]);
  });

  const fail = (): never => {
    throw new Error("of the observer");
  };
  test.each<[string, ServerOptions["observer"]]>([
    ["throws", { sent: fail, received: fail }],
    ["rejects", { sent: () => Promise.reject(new Error("later")) as never }],
    ["cannot be made", fail],
  ])("that %s is told to the operator, and harms no client", async (_, observer) => {
    const log: unknown[] = [];
    const logger = {
      error: (text: string, { connection }: LogFacts = {}) => void log.push(text, connection),
    };
    const { client } = await session({ run: nothing }, { observer, logger });
    expect(shape(await client.say((c) => (c.run("q"), c.pull())))).toEqual(["SUCCESS", "SUCCESS"]);
    expect(log.slice(0, 2)).toEqual(["an observer has failed", "bolt-1"]);
  });
});

test("no secret gets into the log, the events, or a failure", async () => {
  const said: unknown[] = [];
  const write = (message: string, facts: unknown): void => void said.push(message, facts);
  const { client, clock, server } = meet(
    { authenticate: () => undefined, run: nothing },
    { logger: { debug: write, info: write, warn: write, error: write } },
  );
  for (const name of ["connect", "login", "loginFailed", "failure", "disconnect"] as const) {
    server.on(name, (event) => void said.push(event));
  }
  await client.login({
    scheme: "custom",
    principal: "ann",
    credentials: SECRET,
    parameters: { key: SECRET },
  });
  await clock.advance(1000);
  said.push(client.replies);
  expect(said.length).toBeGreaterThan(5);
  expect(JSON.stringify(said)).toContain("ann");
  expect(JSON.stringify(said)).not.toContain(SECRET);
});

test("ROUTE is interrupted as well", async () => {
  let signal: AbortSignal | undefined;
  const { client } = await session({
    run: nothing,
    route: (_, context) => {
      ({ signal } = context);
      return new Promise(() => {});
    },
  });
  await client.say((c) => c.route({}));
  expect(shape(await client.say((c) => c.reset()))).toEqual([
    "FAILURE Neo.ClientError.Transaction.Terminated",
    "SUCCESS",
  ]);
  expect(signal?.aborted).toBe(true);
});

test("a violation is explained, and ends the connection", async () => {
  const { client, log } = await session({ run: nothing });
  client.duplex.send(Uint8Array.of(0, 2, 0xb0, 0x12, 0, 0)); // COMMIT without a transaction
  client.connection.reset(); // so that the client takes the FAILURE as an answer
  await client.clock.settle();
  expect(failureOf(client.replies.at(-1)).message).toContain("COMMIT");
  expect(client.duplex.ended).toBe(true);
  expect(log).toEqual(["warn: protocol violated"]);
});

test("listening while the server closes leaves no port open", async () => {
  const server = createServer({ run: nothing }, { logger: {} });
  const listening = server.listen({ port: 0 });
  await server.close();
  await expect(listening).rejects.toThrow("closed");
});
