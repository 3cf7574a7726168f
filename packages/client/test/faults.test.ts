// Faults of a connection: cut anywhere, silence, garbage, one-byte pieces. Every promise settles in time, failures
// are typed errors, and the pool keeps its size.
import { BoltError, Failure, HandshakeError, RemoteProtocolError } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { type Driver, driver } from "../src/driver.ts";
import {
  CommitUnknownError,
  ConnectionLostError,
  DriverError,
  ServerFailure,
  TimeoutError,
} from "../src/index.ts";
import type { Duplex } from "../src/transport/transport.ts";
import { connect } from "./connect.ts";
import { settle } from "./fake-clock.ts";

/** A dialogue that uses everything; its outcome is compared. */
async function dialogue(db: Driver): Promise<unknown[]> {
  const session = db.session({ fetchSize: 2 });
  const seen: unknown[] = [];
  for await (const row of session.run("RANGE 5")) seen.push(row);
  seen.push(await session.run("NONSENSE").catch((error: unknown) => (error as BoltError).code));
  seen.push(await session.executeWrite((tx) => tx.run("RETURN $x AS x", { x: "ä".repeat(40) }).single()));
  const tx = await session.beginTransaction();
  seen.push(await tx.run("RANGE 4").first());
  await tx.commit();
  const [a, b] = session.pipeline([["RETURN 1 AS x"], ["RETURN 2 AS x"]]);
  seen.push(await a.single(), await b.single());
  await session.close();
  return seen;
}

const EXPECTED = [
  ...[0, 1, 2, 3, 4].map((i) => ({ i })),
  "Neo.ClientError.Statement.SyntaxError",
  { x: "ä".repeat(40) },
  { i: 0 },
  { x: 1 },
  { x: 2 },
];

const VERSIONS = ["6.1", "5.4", "4.4", "3", "1"];

describe("bytes in pieces", () => {
  for (const versions of VERSIONS) {
    test.each([1, 2, 3, 7])(`of %i on Bolt ${versions} change nothing`, async (pieces) => {
      const { db } = connect({ pieces }, { versions });
      expect(await dialogue(db)).toEqual(EXPECTED);
    });
  }

  test("of one through the manifest handshake", async () => {
    const { db } = connect({ pieces: 1 });
    expect(await dialogue(db)).toEqual(EXPECTED);
  });
});

/** A stopping server closes cleanly, a broken network reports an error; both may happen within a message. */
const CUTS = [
  ["closed", undefined],
  ["reset", new Error("reset")],
] as const;

describe("a connection that is cut", () => {
  for (const versions of VERSIONS) {
    test.each(CUTS)(
      `after any byte on Bolt ${versions} settles everything with typed errors (%s)`,
      async (_, by) => {
        const whole = connect({}, { versions });
        await dialogue(whole.db);
        const total = whole.server.connection.sentBytes;
        expect(total).toBeGreaterThan(300);
        for (let cut = 0; cut < total; cut++) await survive(versions, cut, by);
      },
    );
  }

  async function survive(versions: string, cut: number, by: unknown): Promise<void> {
    const { server, db } = connect({}, { versions, retry: { maxTimeMs: 0 } });
    server.onConnection = (connection) => {
      if (server.connections.length === 1) Object.assign(connection, { cutAfter: cut, cutBy: by });
    };
    const outcome = await dialogue(db).catch((error: unknown) => error);
    // Where it was cut while idle, or a retry covered the cut, everything succeeded.
    if (!Array.isArray(outcome)) {
      expect(outcome, `cut after ${cut}`).toBeInstanceOf(DriverError);
      expect(["CONNECTION_LOST", "COMMIT_UNKNOWN", "SERVICE_UNAVAILABLE", "TRANSACTION_ENDED"]).toContain(
        (outcome as DriverError).code,
      );
    }
    expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(db.metrics()[0]).toMatchObject({ inUse: 0 });
  }

  test.each(CUTS)(
    "during a managed transaction is replaced, unless COMMIT was already sent (%s)",
    async (_, by) => {
      const whole = connect();
      await whole.db.executeQuery("CREATE ()");
      const total = whole.server.connection.sentBytes;
      for (let cut = 0; cut < total; cut++) {
        const { server, clock, db } = connect();
        server.onConnection = (connection) => {
          if (server.connections.length === 1) Object.assign(connection, { cutAfter: cut, cutBy: by });
        };
        const outcome = db.executeQuery("CREATE ()").then(
          ({ summary }) => summary.counters.nodesCreated,
          (error: unknown) => error,
        );
        await clock.tick(5000);
        const commits = server.names.filter((name) => name === "COMMIT").length;
        if ((await outcome) === 1) expect(commits, `cut after ${cut}`).toBe(1);
        else expect(await outcome, `cut after ${cut}`).toBeInstanceOf(CommitUnknownError);
        expect(commits).toBeLessThanOrEqual(1);
      }
    },
  );

  test("while idle is replaced without an error", async () => {
    const { server, db } = connect();
    await db.session().run("RETURN 1 AS x");
    server.connection.cut();
    await settle();
    await db.session().run("RETURN 1 AS x");
    expect(server.connections).toHaveLength(2);
  });

  test("reports the reason", async () => {
    const { server, db } = connect({
      intercept: ({ name }, connection) => {
        if (name !== "PULL") return false;
        connection.cut(new Error("read ECONNRESET"));
        return "hold";
      },
    });
    const error = await db
      .session()
      .run("RANGE 3")
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({
      server: "test:7687",
      retryable: true,
      message: expect.stringContaining("ECONNRESET") as string,
    });
    expect(server.connections).toHaveLength(1);
  });
});

describe("a server that sends nonsense", () => {
  test.each([
    [
      "http",
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "the server speaks HTTP; this is its HTTP port, Bolt has another one, by default 7687",
    ],
    [
      "tls",
      "\x15\x03\x03\x00\x02\x02\x46",
      "the server speaks TLS; use bolt+s:// or neo4j+s://, or +ssc to trust any certificate",
    ],
    ["magic", "SSH-2.0", "no Bolt handshake; offered 5.4; received 53 53 48 2d 32 2e 30"],
  ] as const)(
    "%s instead of a handshake: one error, which says what would help",
    async (reason, answer, message) => {
      let dialled = 0;
      const dial = (): Duplex => {
        dialled++;
        const duplex: Duplex = { write() {}, close() {}, pause() {}, resume() {} };
        setImmediate(() => duplex.onData?.(new TextEncoder().encode(answer)));
        return duplex;
      };
      for (const scheme of ["bolt", "neo4j"]) {
        const db = driver(`${scheme}://test`, undefined, { dial, versions: "5.4" });
        const error = await db.executeQuery("RETURN 1").catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(HandshakeError);
        expect(error).toMatchObject({ reason, message: `cannot connect to test:7687: ${message}` });
        await db.close();
      }
      expect(dialled).toBe(2);
    },
  );

  test.each([
    ["an answer to no request", "0003b170a00000 0003b170a00000"],
    ["a request", "0002b10f0000"],
    ["not a structure", "000101 0000"],
    ["a bad marker", "0003b171c70000"],
    ["a RECORD of the wrong width", "0005b1719201020000"],
  ])("while a query runs: %s", async (name, hex) => {
    const bytes = Uint8Array.from(hex.replaceAll(" ", "").match(/../g)!, (byte) => parseInt(byte, 16));
    const { server, db } = connect({
      intercept: (request, connection) => {
        if (request.name !== "PULL" || server.connections.length > 1) return false;
        connection.raw(bytes);
        return "hold";
      },
    });
    const outcome = await db
      .session()
      .run("RANGE 3")
      .catch((thrown: unknown) => thrown);
    if (!name.startsWith("an answer")) {
      expect(outcome).toBeInstanceOf(RemoteProtocolError);
      expect(outcome).toMatchObject({ server: "test:7687" });
      expect((outcome as Error).message).toMatch(
        /^the connection to test:7687 was closed: (expected|unexpected|the server)/,
      );
    }
    await settle();
    expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(db.metrics()[0]).toMatchObject({ inUse: 0 });
  });

  test("a message above the limit: the error names the server", async () => {
    const { db } = connect({}, { maxMessageBytes: 100 });
    const outcome = db.session().run("RETURN $x AS x", { x: "x".repeat(200) });
    await expect(outcome.then()).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
      server: "test:7687",
      message: expect.stringMatching(
        /^the connection to test:7687 was closed: .* the limit is 100$/,
      ) as string,
    });
  });

  test("while idle: the connection is dropped", async () => {
    const { server, db } = connect();
    await db.session().run("RETURN 1 AS x");
    server.connection.raw(Uint8Array.of(0, 2, 0xb0, 0x7e, 0, 0));
    await settle();
    expect(await db.session().run("RETURN 1 AS x").single()).toEqual({ x: 1 });
    expect(server.connections).toHaveLength(2);
  });
});

describe("a silent server", () => {
  const hints = { hello: { hints: { recvTimeoutSeconds: 2 } } };

  test("is given up after the time in its own hint", async () => {
    const { clock, db } = connect({
      ...hints,
      intercept: ({ name }) => (name === "PULL" ? "hold" : undefined),
    });
    const result = db
      .session()
      .run("RANGE 3")
      .catch((thrown: unknown) => thrown);
    await clock.tick(1999);
    let settled = false;
    void Promise.resolve(result).then(() => (settled = true));
    await settle();
    expect(settled).toBe(false);
    await clock.tick(1);
    const error = await result;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ retryable: true, cause: { code: "TIMEOUT", afterMs: 2000 } });
  });

  test("may take its time as long as it sends NOOPs", async () => {
    const { server, clock, db } = connect({
      ...hints,
      intercept: ({ name }) => (name === "PULL" ? "hold" : undefined),
    });
    const result = db.session().run("RETURN 1 AS x").then();
    for (let i = 0; i < 10; i++) {
      await clock.tick(1500);
      server.connection.raw(Uint8Array.of(0, 0));
    }
    server.connection.release();
    expect((await result).records).toEqual([{ x: 1 }]);
  });

  test("is not given up while nothing is awaited", async () => {
    const { server, clock, db } = connect(hints);
    await db.session().run("RETURN 1 AS x");
    await clock.tick(60_000);
    await db.session().run("RETURN 1 AS x");
    expect(server.connections).toHaveLength(1);
  });

  test("is not given up while a reader holds it back", async () => {
    const { server, clock, db } = connect(
      {
        ...hints,
        engine: () => ({ fields: ["x"], rows: Array.from({ length: 40 }, () => ["x".repeat(60_000)]) }),
      },
      { fetchSize: -1 },
    );
    const rows = db.session().run("x")[Symbol.asyncIterator]();
    await rows.next();
    await settle();
    expect(server.connection.paused).toBe(true);
    await clock.tick(60_000);
    let count = 1;
    while (!(await rows.next()).done) count++;
    expect(count).toBe(40);
  });

  test("during login is given up when the time to acquire is up", async () => {
    const { clock, db } = connect(
      { intercept: ({ name }) => (name === "HELLO" ? "hold" : undefined) },
      { timeouts: { acquireMs: 5000 } },
    );
    const result = db
      .session()
      .run("RANGE 3")
      .catch((thrown: unknown) => thrown);
    await clock.tick(5000);
    const error = await result;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: "TIMEOUT", afterMs: 5000 });
  });
});

describe("a refused login", () => {
  const unauthorized = new Failure("Neo.ClientError.Security.Unauthorized", "no");

  test.each(["5.4", "5.0", "2"])("on Bolt %s is the failure of all waiting requests", async (versions) => {
    const { db } = connect(
      {
        intercept: ({ name }, { protocol }) => {
          if (name !== (versions === "5.4" ? "LOGON" : "HELLO")) return false;
          protocol.failure(unauthorized);
          return true;
        },
      },
      { versions },
    );
    const session = db.session();
    const results = await Promise.allSettled([
      session.run("RANGE 1"),
      session.run("RANGE 2"),
      db.executeQuery("RANGE 3"),
    ]);
    for (const result of results) {
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(ServerFailure);
      expect(reason).toMatchObject({ code: unauthorized.code, retryable: false });
    }
    expect(
      await db
        .verifyAuthentication({ scheme: "basic", principal: "a", credentials: "b" })
        .catch((e: unknown) => e),
    ).not.toBe(true);
  });
});
