// Everything that stops work before its end: RESET, a timeout, a client that goes, a server that closes.
import type { ClientConnection } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import type { Backend, Context, Interruption, QueryResult, Transaction } from "../src/index.ts";
import { session, shape } from "./test-client.ts";

const nothing = (): QueryResult => ({ keys: [] });

/** A backend whose every call waits for the test, or for its signal. */
class Slow implements Backend {
  readonly log: string[] = [];
  context: Context | undefined;
  /** Ends the oldest call that waits. */
  readonly waiting: ((result?: unknown) => void)[] = [];
  obeys = true;

  run({ query }: { query: string }, context: Context): Promise<QueryResult> {
    this.context = context;
    this.log.push(`run ${query}`);
    context.signal.addEventListener("abort", () =>
      this.log.push((context.signal.reason as Interruption).reason),
    );
    return new Promise((resolve, reject) => {
      this.waiting.push(() => resolve({ keys: ["i"], records: this.rows() }));
      if (this.obeys) context.signal.addEventListener("abort", () => reject(context.signal.reason as Error));
    });
  }

  *rows(): Generator<number[]> {
    try {
      for (let i = 0; ; i++) yield [i];
    } finally {
      this.log.push("rows closed");
    }
  }

  begin(): Transaction {
    return {
      run: (query, context) => this.run(query, context),
      commit: () => {
        this.log.push("commit");
        return new Promise((resolve) => this.waiting.push(() => resolve({ bookmark: "b" })));
      },
      rollback: () => void this.log.push("rollback"),
    };
  }

  go(): void {
    this.waiting.shift()!();
  }
}

describe("RESET", () => {
  test("stops a running query, and what is queued after it", async () => {
    const backend = new Slow();
    const { client } = await session(backend);
    await client.say((c) => (c.run("long"), c.pull()));
    const replies = await client.say((c) => c.reset());
    expect(shape(replies)).toEqual(["FAILURE Neo.ClientError.Transaction.Terminated", "IGNORED", "SUCCESS"]);
    expect(backend.log).toEqual(["run long", "reset"]);
    expect(client.connection.state).toBe("READY");
  });

  test("has the old code before Bolt 5", async () => {
    const { client } = await session(new Slow(), { version: "4.4" });
    await client.say((c) => c.run("long"));
    expect(shape(await client.say((c) => c.reset()))[0]).toBe(
      "FAILURE Neo.TransientError.Transaction.Terminated",
    );
  });

  test("stops a stream, and closes its source", async () => {
    const backend = new Slow();
    const { client } = await session(backend);
    client.duplex.reading = false;
    await client.say((c) => (c.run("endless"), c.pull()));
    backend.go();
    await client.clock.settle();
    await client.say((c) => c.reset());
    expect(backend.log).toEqual(["run endless", "reset", "rows closed"]);
    client.duplex.reading = true;
    while (client.duplex.bufferedBytes > 0) {
      client.duplex.read();
      await client.clock.settle();
    }
    expect(shape(client.replies).slice(-3)).toEqual([
      "SUCCESS",
      "FAILURE Neo.ClientError.Transaction.Terminated",
      "SUCCESS",
    ]);
  });

  test("rolls a transaction back before it is answered", async () => {
    const backend = new Slow();
    const { client } = await session(backend);
    await client.say((c) => (c.begin(), c.run("long")));
    expect(shape(await client.say((c) => c.reset()))).toEqual([
      "FAILURE Neo.ClientError.Transaction.Terminated",
      "SUCCESS",
    ]);
    expect(backend.log).toEqual(["run long", "reset", "rollback"]);
  });

  test("of an idle transaction rolls it back", async () => {
    const backend = new Slow();
    const { client } = await session(backend);
    await client.say((c) => (c.begin(), c.reset()));
    expect(backend.log).toEqual(["rollback"]);
  });

  test("waits a while for a backend that ignores its signal, then goes on", async () => {
    const backend = new Slow();
    backend.obeys = false;
    const { client, clock, log } = await session(backend, { limits: { resetGraceMs: 1000 } });
    await client.say((c) => (c.begin(), c.run("deaf")));
    expect(shape(await client.say((c) => c.reset()))).toEqual([
      "FAILURE Neo.ClientError.Transaction.Terminated",
    ]);
    await clock.advance(999);
    expect(shape(client.replies).at(-1)).not.toBe("SUCCESS");
    await clock.advance(1);
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
    expect(log).toEqual(["warn: a backend does not stop after its signal was aborted"]);
    expect(backend.log).toEqual(["run deaf", "reset"]);
    // The query ends after all: its rows are closed unread, and only then is the transaction rolled back.
    backend.go();
    await clock.settle();
    expect(backend.log).toEqual(["run deaf", "reset", "rollback"]);
  });

  test("waits no longer than the backend takes", async () => {
    const backend = new Slow();
    backend.obeys = false;
    const { client, clock } = await session(backend);
    await client.say((c) => (c.begin(), c.run("deaf")));
    await client.say((c) => c.reset());
    backend.go();
    await clock.settle();
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
  });

  test.each<[string, (c: ClientConnection) => unknown, string[]]>([
    ["behind a DISCARD", (c) => c.discard(), ["FAILURE Neo.ClientError.Transaction.Terminated", "SUCCESS"]],
    ["of an open result", () => {}, ["SUCCESS"]],
  ])("%s waits for the source to stop before it rolls back", async (_, talk, answers) => {
    const log: string[] = [];
    let stop: () => void = () => {};
    async function* rows(): AsyncGenerator<number[]> {
      try {
        for (let i = 0; ; i++) yield [i];
      } finally {
        await new Promise<void>((resolve) => (stop = resolve));
        log.push("rows closed");
      }
    }
    const { client, clock } = await session({
      run: nothing,
      begin: () => ({
        run: () => ({ keys: ["i"], records: rows() }),
        commit: () => {},
        rollback: () => void log.push("rollback"),
      }),
    });
    await client.say((c) => (c.begin(), c.run("endless"), c.pull({ n: 1 })));
    const before = client.replies.length;
    await client.say((c) => void talk(c));
    await client.say((c) => c.reset());
    expect(log).toEqual([]);
    stop();
    await clock.settle();
    expect(log).toEqual(["rows closed", "rollback"]);
    expect(shape(client.replies.slice(before))).toEqual(answers);
  });

  test("does not interrupt a COMMIT: its outcome is sent", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.begin(), c.commit()));
    expect(await client.say((c) => c.reset())).toEqual([]);
    backend.go();
    await clock.settle();
    expect(shape(client.replies).slice(-2)).toEqual(["SUCCESS", "SUCCESS"]);
    expect(backend.log).toEqual(["commit"]);
  });

  test("a transaction that begins too late is rolled back", async () => {
    let begun!: (transaction: Transaction) => void;
    const log: string[] = [];
    const { client, clock } = await session({
      run: nothing,
      begin: () => new Promise<Transaction>((resolve) => (begun = resolve)),
    });
    await client.say((c) => c.begin());
    await client.say((c) => c.reset());
    begun({ run: nothing, commit: () => {}, rollback: () => void log.push("rollback") });
    await clock.settle();
    expect(log).toEqual(["rollback"]);
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
  });

  test("several in a row are answered, the last one with SUCCESS", async () => {
    const { client } = await session(new Slow());
    await client.say((c) => c.run("long"));
    const replies = await client.say((c) => (c.reset(), c.reset(), c.reset()));
    expect(replies).toHaveLength(4);
    expect(shape(replies).at(-1)).toBe("SUCCESS");
  });

  test("when nothing runs is answered at once", async () => {
    const { client } = await session({ run: nothing });
    expect(shape(await client.say((c) => (c.reset(), c.run("q"), c.pull())))).toEqual([
      "SUCCESS",
      "SUCCESS",
      "SUCCESS",
    ]);
  });
});

describe("a timeout", () => {
  test("stops a query that runs", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.run("long", {}, { txTimeoutMs: 200 }), c.pull()));
    await clock.advance(199);
    expect(backend.log).toEqual(["run long"]);
    await clock.advance(1);
    expect(backend.log).toEqual(["run long", "timeout"]);
    expect(shape(client.replies).slice(-2)).toEqual([
      "FAILURE Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
      "IGNORED",
    ]);
  });

  test("fails the request at once, although the backend ignores its signal", async () => {
    const { client, clock } = await session({ run: () => new Promise(() => {}) });
    await client.say((c) => c.run("long", {}, { txTimeoutMs: 200 }));
    await clock.advance(200);
    expect(shape(client.replies).at(-1)).toMatch(/^FAILURE .*TransactionTimedOut/);
  });

  test("has the old code before Bolt 5, and when it is the server's own", async () => {
    const old = await session(new Slow(), { version: "4.4" });
    await old.client.say((c) => c.run("long", {}, { txTimeoutMs: 200 }));
    await old.clock.advance(200);
    const own = await session(new Slow(), { limits: { transactionTimeoutMs: 200 } });
    await own.client.say((c) => c.run("long"));
    await own.clock.advance(200);
    for (const { client } of [old, own]) {
      expect(shape(client.replies).at(-1)).toBe("FAILURE Neo.ClientError.Transaction.TransactionTimedOut");
    }
  });

  test("of a transaction rolls it back while nothing runs, and fails the next request", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => c.begin({ txTimeoutMs: 50 }));
    await clock.advance(50);
    expect(backend.log).toEqual(["rollback"]);
    const replies = await client.say((c) => (c.run("q"), c.pull(), c.reset()));
    expect(shape(replies)).toEqual([
      "FAILURE Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
      "IGNORED",
      "SUCCESS",
    ]);
    expect(backend.log).toEqual(["rollback"]);
  });

  test.each([
    ["commit", "FAILURE Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"],
    ["rollback", "SUCCESS"],
  ] as const)("%s afterwards: %s", async (verb, answer) => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => c.begin({ txTimeoutMs: 50 }));
    await clock.advance(50);
    expect(shape(await client.say((c) => c[verb]()))).toEqual([answer]);
    expect(backend.log).toEqual(["rollback"]);
  });

  test("between two batches of a result", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.run("endless", {}, { txTimeoutMs: 50 }), c.pull({ n: 1 })));
    backend.go();
    await clock.settle();
    await clock.advance(50);
    expect(backend.log).toEqual(["run endless", "timeout", "rows closed"]);
    expect(shape(await client.say((c) => c.pull({ n: 1 })))[0]).toContain("TimedOut");
  });

  test("has no effect once COMMIT was requested, nor after the end", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.begin({ txTimeoutMs: 50 }), c.commit()));
    await clock.advance(100);
    backend.go();
    await clock.settle();
    await clock.advance(100);
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
    expect(backend.log).toEqual(["commit"]);
  });

  test.each([0, -5])("%i means none", async (txTimeoutMs) => {
    const backend = new Slow();
    const { client, clock } = await session(backend, { limits: { transactionTimeoutMs: 10 } });
    await client.say((c) => c.begin({ txTimeoutMs: Math.max(0, txTimeoutMs) }));
    await clock.advance(1000);
    expect(backend.log).toEqual([]);
  });

  test("and RESET at the same time roll back once", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.begin({ txTimeoutMs: 50 }), c.run("long")));
    clock.skip(50);
    client.connection.reset();
    client.flush();
    await clock.advance(0);
    expect(backend.log.filter((entry) => entry === "rollback")).toHaveLength(1);
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
  });
});

describe("timeouts that are the backend's", () => {
  test.each([
    [200, 200],
    [0, 0],
    [undefined, undefined],
  ])("of %s are passed on and not enforced", async (txTimeoutMs, seen) => {
    const backend = new Slow();
    const { client, clock } = await session(backend, {
      timeouts: "backend",
      limits: { transactionTimeoutMs: 10 },
    });
    await client.say((c) => c.run("long", {}, { txTimeoutMs }));
    await clock.advance(10_000);
    expect(backend.context?.timeoutMs).toBe(seen);
    expect(backend.log).toEqual(["run long"]);
  });
});

describe("a client that goes", () => {
  test.each([
    ["with GOODBYE", "goodbye"],
    ["by closing its side", "end"],
    ["without a word", "close"],
  ])("%s stops its query and rolls back", async (_, how) => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.begin(), c.run("long")));
    if (how === "goodbye") await client.say((c) => c.goodbye());
    else if (how === "end") client.duplex.sendEnd();
    else client.duplex.close();
    await clock.settle();
    expect(backend.log).toEqual(["run long", "connection-lost", "rollback"]);
    if (how !== "close") expect(client.duplex.ended).toBe(true);
  });

  test("closes the source of its result", async () => {
    const backend = new Slow();
    const { client, clock } = await session(backend);
    await client.say((c) => (c.run("endless"), c.pull({ n: 2 })));
    backend.go();
    await clock.settle();
    client.duplex.close(new Error("reset by peer"));
    await clock.settle();
    expect(backend.log.at(-1)).toBe("rows closed");
  });

  test("leaves no timer behind", async () => {
    const { client, clock } = await session(new Slow());
    await client.say((c) => c.run("long", {}, { txTimeoutMs: 1000 }));
    expect(clock.timers).toBeGreaterThan(0);
    client.duplex.close();
    await clock.settle();
    expect(clock.timers).toBe(0);
  });
});

describe("a server that closes", () => {
  test("lets idle clients go at once", async () => {
    let closed = false;
    const { client, server } = await session({ run: nothing, close: () => void (closed = true) });
    await server.close({ graceMs: 10_000 });
    expect(client.duplex.ended).toBe(true);
    expect(closed).toBe(true);
  });

  test("waits for what runs, and for an open transaction", async () => {
    const backend = new Slow();
    const { client, server, clock } = await session(backend);
    await client.say((c) => (c.begin(), c.run("q"), c.discard()));
    let closed = false;
    void server.close({ graceMs: 10_000 }).then(() => (closed = true));
    await clock.settle();
    backend.go();
    await clock.settle();
    expect(closed).toBe(false);
    await client.say((c) => c.commit());
    backend.go();
    await clock.settle();
    expect(shape(client.replies).at(-1)).toBe("SUCCESS");
    expect(closed).toBe(true);
  });

  test("interrupts it when the grace is over", async () => {
    const backend = new Slow();
    const { client, server, clock } = await session(backend);
    await client.say((c) => c.run("long"));
    const closed = server.close({ graceMs: 1000 });
    await clock.advance(1000);
    await closed;
    expect(backend.log).toEqual(["run long", "server-closing"]);
    expect(shape(client.replies).at(-1)).toBe("FAILURE Neo.TransientError.General.DatabaseUnavailable");
  });

  test("obeys the call whose grace ends first", async () => {
    const { client, server, clock } = await session(new Slow());
    await client.say((c) => c.run("long"));
    const closed = server.close({ graceMs: 60_000 });
    await clock.advance(10);
    expect(server.close({ graceMs: 100 })).toBe(closed);
    void server.close({ graceMs: 1000 });
    await clock.advance(99);
    expect(client.duplex.ended).toBe(false);
    await clock.advance(1);
    await closed;
    expect(clock.timers).toBe(0);
  });

  test("keeps the process until the backend is closed, even if that ignores its signal", async () => {
    let closed = false;
    const backend: Backend = { run: () => new Promise<never>(() => {}), close: () => void (closed = true) };
    const { client, server, clock } = await session(backend, { limits: { resetGraceMs: 300 } });
    await client.say((c) => c.run("for ever"));
    expect(clock.holds).toBe(false);
    const done = server.close({ graceMs: 100 });
    await clock.advance(100);
    client.duplex.close();
    await clock.settle();
    expect([closed, clock.holds]).toEqual([false, true]);
    await clock.advance(300);
    await done;
    expect([closed, clock.holds]).toEqual([true, false]);
  });

  test.each([NaN, -1, null])("refuses %s as graceMs, and stays open", async (graceMs) => {
    const { client, server } = await session({ run: nothing });
    await expect(server.close({ graceMs: graceMs as number })).rejects.toThrow("graceMs");
    expect(client.duplex.ended).toBe(false);
  });

  test("accepts no more connections", async () => {
    const { server, another } = await session({ run: nothing });
    await server.close();
    const late = another();
    expect(late.duplex.destroyed).toBe(true);
    expect(server.metrics.connectionsRefused).toBe(1);
    await expect(server.listen({ port: 0 })).rejects.toThrow("closed");
  });

  test("drops clients that do not read their last answers", async () => {
    const { client, server, clock } = await session(new Slow());
    client.duplex.reading = false;
    await client.say((c) => c.run("long"));
    const closed = server.close({ graceMs: 100 });
    await clock.advance(1000);
    await closed;
    expect(client.duplex.destroyed).toBe(true);
  });
});
