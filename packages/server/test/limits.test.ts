// What one client may cost: memory, time and the patience of others.
import { describe, expect, test } from "vitest";
import { resolveOptions } from "../src/config.ts";
import { type Backend, createServer, type QueryResult, type ServerOptions } from "../src/index.ts";
import { meet, metadata, session, shape } from "./test-client.ts";

const nothing = (): QueryResult => ({ keys: [] });

/** Rows of about 1000 bytes. */
function* wide(rows: number, produced: (i: number) => void = () => {}): Generator<string[]> {
  for (let i = 0; i < rows; i++) {
    produced(i);
    yield ["x".repeat(1000)];
  }
}

describe("a client that does not read", () => {
  const slow = async (options: ServerOptions = {}) => {
    let produced = 0;
    const meeting = await session(
      { run: () => ({ keys: ["x"], records: wide(10_000, (i) => (produced = i + 1)) }) },
      options,
    );
    meeting.client.duplex.reading = false;
    await meeting.client.say((c) => (c.run("q"), c.pull()));
    return { ...meeting, produced: () => produced };
  };

  test("stops the rows at the high-water mark", async () => {
    const { client, produced, server } = await slow({ limits: { writeHighWaterBytes: 512 * 1024 } });
    expect(produced()).toBeGreaterThan(400);
    expect(produced()).toBeLessThan(700);
    expect(client.duplex.bufferedBytes).toBeLessThan(700_000);
    expect(server.metrics.blocked).toBe(1);
  });

  test("gets the rest when it reads", async () => {
    const { client, clock, server } = await slow();
    client.duplex.reading = true;
    client.duplex.read();
    await clock.settle();
    expect(client.replies.at(-1)?.records).toHaveLength(10_000);
    expect(server.metrics).toMatchObject({ blocked: 0, openResults: 0, transactions: 0, rowsSent: 10_000 });
  });

  test("is dropped after a while in which nothing moved", async () => {
    const { client, clock, server } = await slow({ limits: { writeTimeoutMs: 60_000 } });
    await clock.advance(59_000);
    client.duplex.read(1); // that counts as progress
    await clock.advance(59_000);
    expect(client.duplex.destroyed).toBe(false);
    await clock.advance(62_000);
    expect(client.duplex.destroyed).toBe(true);
    expect(server.metrics).toMatchObject({ blocked: 0, connections: 0, transactions: 0 });
  });

  test("does not stop others", async () => {
    const { another } = await slow();
    const other = another();
    await other.login();
    expect(shape(await other.say((c) => (c.run("q"), c.pull({ n: 1 }))))).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("but sends requests is itself not read beyond what may wait", async () => {
    const { client } = await slow({ limits: { maxQueuedRequests: 300, resumeQueuedRequests: 100 } });
    for (let i = 0; i < 2000; i++) client.connection.reset();
    // A RESET ends the stream, but its answers are not read.
    for (let i = 0; i < 50; i++) await client.say((c) => (c.run("q".repeat(30_000)), c.pull()));
    expect(client.duplex.heldBytes).toBeGreaterThan(500_000);
  });
});

test("nothing is written after the end, when a stream reports late that it has closed", async () => {
  let next = (): void => {};
  async function* rows(): AsyncGenerator<string[]> {
    for (;;) {
      await new Promise<void>((resolve) => (next = resolve));
      yield ["x"];
    }
  }
  const { client, clock } = await session(
    { run: () => ({ keys: ["x"], records: rows() }) },
    { limits: { maxQueuedBytes: 1000 } },
  );
  await client.say((c) => (c.run("q"), c.pull()));
  const { duplex } = client;
  duplex.destroy = () => (duplex.destroyed = true);
  // A stream that cannot be paused: what is sent arrives.
  duplex.pause = () => {};
  const before = duplex.writes.length;
  for (let i = 0; i < 9; i++) duplex.send(new Uint8Array(1000));
  expect(duplex.destroyed).toBe(true);
  next();
  await clock.settle();
  expect(duplex.writes).toHaveLength(before);
  duplex.close();
  await clock.settle();
});

test.each([
  [{ maxQueuedRequests: 0 }, Infinity, 100],
  [{ maxQueuedRequests: 50 }, 50, 49],
  [{ maxQueuedRequests: 50, resumeQueuedRequests: 10 }, 50, 10],
])("reading that stops can go on: %o", (limits, maxQueuedRequests, resumeQueuedRequests) => {
  expect(resolveOptions({ limits }).limits).toMatchObject({ maxQueuedRequests, resumeQueuedRequests });
});

describe("memory that rows are written from", () => {
  const stream = async (copies: boolean, reading = true): Promise<number> => {
    const records = Array.from(wide(2000), ([x], i) => [x + String(i)]);
    const { client, clock } = await session({ run: () => ({ keys: ["x"], records }) });
    const { duplex } = client;
    duplex.copies = copies;
    duplex.reading = reading;
    const before = duplex.writes.length;
    await client.say((c) => (c.run("q"), c.pull()));
    duplex.reading = true;
    duplex.read();
    await clock.settle();
    expect(client.replies.at(-1)?.records).toEqual(records);
    const large = duplex.writes.slice(before).filter(({ length }) => length > 60_000);
    expect(large.length).toBeGreaterThan(20);
    return new Set(large.map(({ buffer }) => buffer)).size;
  };

  test("is used again once the stream has copied it", async () => {
    // The first piece is made in several steps, as the buffer grows.
    expect(await stream(true)).toBeLessThan(4);
  });

  test("is never written again while the stream may still read it", async () => {
    expect(await stream(false)).toBeGreaterThan(20);
    // New memory up to the high-water mark; once the client reads, the last piece is used again.
    expect(await stream(true, false)).toBeGreaterThan(5);
  });

  test("is let go when nothing follows", async () => {
    const { client } = await session({ run: () => ({ keys: ["x"], records: [["x".repeat(200_000)]] }) });
    client.duplex.copies = true;
    await client.say((c) => (c.run("q"), c.pull({ n: 1 })));
    await client.say((c) => c.reset());
    const [row, answer] = client.duplex.writes.slice(-2);
    expect(answer!.buffer).not.toBe(row!.buffer);
  });
});

describe("a flood of requests", () => {
  test("after a running one is read up to one limit, and again below another", async () => {
    let go!: (result: QueryResult) => void;
    const { client, clock } = await session(
      {
        run: ({ query }) =>
          query === "slow" ? new Promise<QueryResult>((resolve) => (go = resolve)) : nothing(),
      },
      { limits: { maxQueuedRequests: 300, resumeQueuedRequests: 100 } },
    );
    await client.say((c) => (c.run("slow"), c.pull()));
    for (let i = 0; i < 299; i++) await client.say((c) => (c.run("q"), c.pull()));
    expect(client.duplex.paused).toBe(true);
    go(nothing());
    await clock.settle();
    expect(client.duplex.paused).toBe(false);
    expect(client.replies.filter(({ request }) => request === "RUN")).toHaveLength(300);
  });

  test("is answered in a few writes, and with turns for others in between", async () => {
    const { client, clock } = await session({ run: () => (clock.skip(1), { keys: [] }) });
    const writes = client.duplex.writes.length;
    client.connection.run("q");
    client.connection.pull();
    for (let i = 0; i < 500; i++) {
      client.connection.run("q");
      client.connection.pull();
    }
    let turns = 0;
    client.flush();
    while (await clock.turn()) turns++;
    await clock.settle();
    expect(client.replies.slice(2)).toHaveLength(1002);
    expect(turns).toBeGreaterThan(20);
    expect(client.duplex.writes.length - writes).toBeLessThan(200);
  });

  test("is not read faster than it is answered", async () => {
    const { client, clock, server } = await session({ run: () => ({ keys: ["x"], records: wide(1) }) });
    const requests = 12_000;
    const { connection, duplex, replies } = client;
    const before = replies.length;
    for (let sent = 0; sent < requests; sent += 200) {
      for (let i = 0; i < 100; i++) {
        connection.run("q");
        connection.pull();
      }
      client.flush(); // all of it before anything can happen
    }
    // The network holds it back, not we: the server has read little more than what may be unprocessed.
    expect(server.metrics.bytesReceived).toBeLessThan(350_000);
    expect(duplex.heldBytes).toBeGreaterThan(50_000);
    await clock.settle();
    expect(replies.length - before).toBe(requests);
    expect(duplex.heldBytes).toBe(0);
  });

  test("after a running one is limited in bytes, too", async () => {
    const { client } = await session(
      { run: () => new Promise<QueryResult>(() => {}) },
      { limits: { maxQueuedBytes: 100_000 } },
    );
    await client.say((c) => c.run("slow"));
    for (let i = 0; i < 5; i++) await client.say((c) => (c.pull(), c.run("x".repeat(60_000))));
    expect(client.duplex.paused).toBe(true);
    expect(client.duplex.heldBytes).toBeGreaterThan(100_000);
  });
});

describe("a source that keeps the thread busy", () => {
  test("gives others their turn after some bytes", async () => {
    const { client, clock } = await session({ run: () => ({ keys: ["x"], records: wide(5000) }) });
    let turns = 0;
    client.connection.run("q");
    client.connection.pull();
    client.flush();
    while (await clock.turn()) turns++;
    expect(turns).toBeGreaterThan(15);
    expect(client.replies.at(-1)?.records).toHaveLength(5000);
  });

  test("gives others their turn after some time", async () => {
    const { client, clock } = await session({
      run: () => ({
        keys: ["i"],
        records: (function* () {
          for (let i = 0; i < 100; i++) {
            clock.skip(3);
            yield [i];
          }
        })(),
      }),
    });
    let turns = 0;
    client.connection.run("q");
    client.connection.pull();
    client.flush();
    while (await clock.turn()) turns++;
    expect(turns).toBeGreaterThan(4);
  });

  test("that is asynchronous but never waits does so too, and rows leave while it goes on", async () => {
    async function* rows(): AsyncGenerator<string[]> {
      for (const row of wide(3000)) yield row;
    }
    const { client, clock } = await session({ run: () => ({ keys: ["x"], records: rows() }) });
    let turns = 0;
    client.connection.run("q");
    client.connection.pull();
    client.flush();
    while (await clock.turn()) turns++;
    expect(turns).toBeGreaterThan(9);
    expect(client.replies.at(-1)?.records).toHaveLength(3000);
  });

  test("that is slow with the next row does not hold back those before it", async () => {
    async function* rows(): AsyncGenerator<number[]> {
      yield [1];
      yield [2];
      await new Promise(() => {});
    }
    const { client } = await session({ run: () => ({ keys: ["i"], records: rows() }) });
    await client.say((c) => (c.run("q"), c.pull()));
    expect(client.openRecords).toBe(2);
  });
});

describe("counts", () => {
  test("of connections", async () => {
    const { server, another, client } = await session({ run: nothing }, { limits: { maxConnections: 2 } });
    const second = another();
    const third = another();
    expect([second.duplex.destroyed, third.duplex.destroyed]).toEqual([false, true]);
    client.duplex.close();
    expect(another().duplex.destroyed).toBe(false);
    expect(server.metrics).toMatchObject({ connections: 2, connectionsRefused: 1, connectionsTotal: 3 });
  });

  test("of transactions, of all connections", async () => {
    const backend: Backend = {
      run: nothing,
      begin: () => ({ run: nothing, commit: () => {}, rollback: () => {} }),
    };
    const { client, another } = await session(backend, { limits: { maxTransactions: 1 } });
    const other = another();
    await other.login();
    await client.say((c) => c.begin());
    const refused = "FAILURE Neo.TransientError.Transaction.MaximumTransactionLimitReached";
    expect(shape(await other.say((c) => c.begin()))).toEqual([refused]);
    expect(shape(await other.say((c) => (c.reset(), c.run("q"))))).toEqual(["SUCCESS", refused]);
    await client.say((c) => c.rollback());
    expect(shape(await other.say((c) => (c.reset(), c.run("q"), c.pull(), c.begin())))).toEqual(
      Array(4).fill("SUCCESS"),
    );
  });

  test("of open results in a transaction", async () => {
    const backend: Backend = {
      run: nothing,
      begin: () => ({ run: () => ({ keys: ["a"], records: [[1]] }), commit: () => {}, rollback: () => {} }),
    };
    const { client, server } = await session(backend, { limits: { maxOpenResults: 2 } });
    const replies = await client.say((c) => (c.begin(), c.run("a"), c.run("b"), c.run("c")));
    expect(shape(replies)).toEqual([
      "SUCCESS",
      "SUCCESS",
      "SUCCESS",
      "FAILURE Neo.ClientError.Request.Invalid",
    ]);
    expect(server.metrics.openResults).toBe(0);
  });
});

describe("sizes", () => {
  test("of messages", async () => {
    const { client } = await session({ run: nothing }, { limits: { maxMessageBytes: 20_000 } });
    expect(shape(await client.say((c) => (c.run("x".repeat(19_000)), c.pull())))).toEqual([
      "SUCCESS",
      "SUCCESS",
    ]);
    await client.say((c) => c.run("x".repeat(21_000)));
    expect(shape(client.replies).at(-1)).toBe("FAILURE Neo.ClientError.Request.Invalid");
    expect(client.duplex.ended).toBe(true);
  });

  test("of nesting", async () => {
    const { client } = await session({ run: nothing }, { limits: { maxDepth: 50 } });
    const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);
    expect(shape(await client.say((c) => (c.run("q", { x: nested(40) }), c.pull())))).toEqual([
      "SUCCESS",
      "SUCCESS",
    ]);
    expect(shape(await client.say((c) => c.run("q", { x: nested(60) })))).toEqual([
      "FAILURE Neo.ClientError.Request.Invalid",
    ]);
  });
});

describe("signs of life", () => {
  const waiting = { run: () => new Promise<QueryResult>(() => {}) };

  test("are sent while a request runs", async () => {
    const { client, clock } = await session(waiting, { limits: { keepAliveMs: 1000 } });
    const writes = client.duplex.writes.length;
    await client.say((c) => c.run("long"));
    await clock.advance(3500);
    expect(client.duplex.writes.slice(writes)).toEqual([
      Uint8Array.of(0, 0),
      Uint8Array.of(0, 0),
      Uint8Array.of(0, 0),
    ]);
  });

  test("are not sent otherwise, nor before 4.1", async () => {
    for (const [version, query] of [
      ["5.4", false],
      ["4.0", true],
    ] as const) {
      const { client, clock } = await session(waiting, { version, limits: { keepAliveMs: 1000 } });
      const writes = client.duplex.writes.length;
      if (query) await client.say((c) => c.run("long"));
      await clock.advance(10_000);
      expect(client.duplex.writes.length).toBe(writes);
    }
  });
});

test("an idle connection is closed, one that runs something is not", async () => {
  const { client, clock, another } = await session(
    { run: () => new Promise<QueryResult>(() => {}) },
    { limits: { idleTimeoutMs: 1000 } },
  );
  const busy = another();
  await busy.login();
  await busy.say((c) => c.run("long"));
  await clock.advance(999);
  expect(client.duplex.ended).toBe(false);
  await clock.advance(2);
  expect([client.duplex.ended, busy.duplex.ended]).toEqual([true, false]);
});

test.each<[string, string]>([
  ["tsl", '{ "tsl": {} }'],
  ["maxConnections", '{ "maxConnections": 5 }'],
  ["agent", '{ "agent": 5 }'],
  ["timeouts", '{ "timeouts": "bakend" }'],
  ["hints.telemtry", '{ "hints": { "telemtry": true } }'],
  ["webSocket.origin", '{ "webSocket": { "origin": "https://a" } }'],
  ["webSocket.origins", '{ "webSocket": { "origins": "https://a" } }'],
  ["discovery.entries", '{ "discovery": { "entries": 1 } }'],
  ["object", '"verbose"'],
])("an option that does not exist, or makes no sense, is refused: %s", (name, options) => {
  expect(() => createServer({ run: nothing }, JSON.parse(options) as ServerOptions)).toThrow(name);
});

test("options that are undefined are absent", () => {
  expect(() =>
    createServer({ run: nothing }, { tls: undefined, hints: { telemetry: undefined } }),
  ).not.toThrow();
});

test("an infinite time means no limit", async () => {
  const { client } = meet(
    { run: nothing },
    { limits: { keepAliveMs: Infinity, loginTimeoutMs: Infinity, transactionTimeoutMs: Infinity } },
  );
  const [hello] = await client.login();
  expect(metadata(hello).hints).toEqual({});
  const { loginTimeoutMs, transactionTimeoutMs } = resolveOptions({
    limits: { loginTimeoutMs: Infinity, transactionTimeoutMs: Infinity },
  }).limits;
  expect([loginTimeoutMs, transactionTimeoutMs]).toEqual([Infinity, Infinity]);
});

test("unknown and invalid options are refused", () => {
  expect(() => meet({ run: nothing }, { limits: { maxConections: 5 } as never })).toThrow("maxConections");
  expect(() => meet({ run: nothing }, { limits: { maxConnections: -1 } })).toThrow("maxConnections");
  expect(() => meet({ run: nothing }, { versions: ["9.9"] })).toThrow();
  expect(() => meet({} as Backend)).toThrow("run");
  expect(() => meet({ run: nothing, authenticate: false as never })).toThrow("authenticate");
  expect(() => meet({ run: nothing, ...({ begin: undefined, close: null } as object) })).not.toThrow();
});

test("events and metrics agree with what happened", async () => {
  const { client, server } = await session({ run: () => ({ keys: ["a"], records: [[1], [2]] }) });
  const events: string[] = [];
  server.on("query", ({ query, rows, outcome, inTransaction }) =>
    events.push(`${query} ${rows} ${outcome} ${inTransaction}`),
  );
  server.on("query", () => {
    throw new Error("a listener that fails harms nobody");
  });
  const later: () => unknown = () => Promise.reject(new Error("nor does one that fails later"));
  server.on("query", later);
  const off = server.on("disconnect", ({ reason }) => events.push(reason));
  const [run] = await client.say((c) => (c.run("one"), c.pull(), c.run("two"), c.pull({ n: 1 }), c.reset()));
  expect(metadata(run).fields).toEqual(["a"]);
  await client.say((c) => c.goodbye());
  off();
  expect(events).toEqual(["one 2 success false", "two 1 interrupted false", "goodbye"]);
  const { bytesReceived, bytesSent, ...rest } = server.metrics;
  expect(bytesReceived).toBeGreaterThan(100);
  expect(bytesSent).toBeGreaterThan(100);
  expect(rest).toEqual({
    connections: 0,
    loggedIn: 0,
    transactions: 0,
    openResults: 0,
    blocked: 0,
    connectionsTotal: 1,
    connectionsRefused: 0,
    loginsFailed: 0,
    queriesTotal: 2,
    rowsSent: 3,
    failuresTotal: 0,
  });
});
