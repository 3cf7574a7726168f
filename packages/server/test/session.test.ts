// Queries, transactions and their endings, over every version.
import { type ClientConnection, Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import {
  type Backend,
  type Context,
  failure,
  type Interruption,
  type Query,
  type QueryResult,
  type Transaction,
  type TransactionOptions,
  withPlainTransactions,
} from "../src/index.ts";
import { failureOf, meet, metadata, session, shape, VERSIONS } from "./test-client.ts";

const nothing = (): QueryResult => ({ keys: [] });
const transaction: Transaction = { run: nothing, commit: () => {}, rollback: () => {} };

const greeting: Backend = {
  run: ({ parameters }) => ({ keys: ["greeting"], records: [[`hello ${String(parameters["name"])}`]] }),
};

describe.each(VERSIONS)("Bolt %s", (version) => {
  test("a query", async () => {
    const { client } = await session(greeting, { version });
    const [run, pull] = await client.say((c) => {
      c.run("RETURN $name", { name: "Ann" });
      c.pull();
    });
    expect(metadata(run)["fields"]).toEqual(["greeting"]);
    expect(pull?.records).toEqual([["hello Ann"]]);
    expect(metadata(pull)["type"]).toBe("r");
  });

  test("a transaction", async () => {
    const calls: string[] = [];
    const backend: Backend = {
      run: () => ({ keys: [] }),
      begin: () => ({
        run: ({ query }) => {
          calls.push(query);
          return { keys: ["n"], records: [[1], [2]] };
        },
        commit: () => {
          calls.push("commit");
          return { bookmark: "bm:1" };
        },
        rollback: () => void calls.push("rollback"),
      }),
    };
    const { client } = await session(backend, { version });
    const replies = await client.say((c) => {
      c.begin();
      c.run("one");
      c.pull();
      c.commit();
    });
    expect(shape(replies)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"]);
    expect(metadata(replies[3])["bookmark"]).toBe("bm:1");
    await client.say((c) => {
      c.begin();
      c.run("two");
      c.discard();
      c.rollback();
    });
    expect(calls).toEqual(["one", "commit", "two", "rollback"]);
  });

  test("a failure, what follows it, and RESET", async () => {
    const backend: Backend = {
      run: () => {
        throw new Failure("Neo.ClientError.Statement.SyntaxError", "not Cypher", { gqlStatus: "42001" });
      },
    };
    const { client } = await session(backend, { version });
    const replies = await client.say((c) => {
      c.run("nonsense");
      c.pull();
    });
    expect(shape(replies)).toEqual(["FAILURE Neo.ClientError.Statement.SyntaxError", "IGNORED"]);
    expect(failureOf(replies[0]).message).toBe("not Cypher");
    expect(shape(await client.say((c) => c.reset()))).toEqual(["SUCCESS"]);
    expect(client.connection.state).toBe("READY");
  });
});

test("the context of an auto-commit query", async () => {
  let seen: Context | undefined;
  const backend: Backend<string> = {
    authenticate: ({ principal }) => principal,
    impersonate: (user, principal) => `${user} by ${principal}`,
    run: (_, context) => {
      seen = context;
      return { keys: [] };
    },
  };
  const { client } = meet(backend, { version: "5.8" });
  await client.login({ scheme: "basic", principal: "ann", credentials: "x" });
  await client.say((c) => {
    c.run(
      "q",
      {},
      { db: "movies", mode: "r", bookmarks: ["a"], txMetadata: { job: 7 }, txTimeoutMs: 99, impUser: "bob" },
    );
  });
  expect(seen).toMatchObject({
    principal: "bob by ann",
    database: "movies",
    accessMode: "read",
    bookmarks: ["a"],
    metadata: { job: 7 },
    timeoutMs: 99,
    impersonatedUser: "bob",
    client: { version: "5.8", userAgent: "test/1.0", connectionId: "bolt-1", remoteAddress: "10.0.0.1:5000" },
  });
  expect(seen?.signal.aborted).toBe(false);
});

describe("impersonation", () => {
  const asBob = { impUser: "bob" };
  const requests: [string, (c: ClientConnection) => void][] = [
    ["RUN", (c) => c.run("q", {}, asBob)],
    ["BEGIN", (c) => c.begin(asBob)],
    ["ROUTE", (c) => c.route(asBob)],
  ];
  /** What the backend was asked to do, and by whom. */
  const asked = async (impersonate: Backend<string>["impersonate"], talk: (c: ClientConnection) => void) => {
    const seen: string[] = [];
    const run = (_: unknown, { principal }: Context<string>) => (seen.push(principal), nothing());
    const { client } = meet({
      authenticate: ({ principal }) => principal,
      ...(impersonate && { impersonate }),
      run,
      begin: (_, { principal }) => (seen.push(principal), { ...transaction, run }),
      route: (_, { principal }) => (seen.push(principal), { routers: [], readers: [], writers: [] }),
    } satisfies Backend<string>);
    await client.login({ scheme: "basic", principal: "ann", credentials: "x" });
    return { seen, client, replies: shape(await client.say(talk)) };
  };

  test.each(requests)("by %s fails when the backend has no method for it", async (_, talk) => {
    const { seen, replies } = await asked(undefined, talk);
    expect([seen, replies]).toEqual([[], ["FAILURE Neo.ClientError.Statement.ArgumentError"]]);
  });

  test.each(requests)("by %s may be refused, with the server's failure or the backend's", async (_, talk) => {
    for (const no of [undefined, null, false] as const) {
      const { seen, replies } = await asked(() => no, talk);
      expect([seen, replies]).toEqual([[], ["FAILURE Neo.ClientError.Security.Forbidden"]]);
    }
    const { seen, replies } = await asked(() => Promise.reject(failure("unauthorized", "no")), talk);
    expect([seen, replies]).toEqual([[], ["FAILURE Neo.ClientError.Security.Unauthorized"]]);
  });

  test.each(requests)("by %s sets the principal, for this work and no other", async (_, talk) => {
    const { seen, client } = await asked(
      (user, principal) => Promise.resolve(`${user} by ${principal}`),
      talk,
    );
    expect(seen).toEqual(["bob by ann"]);
    await client.say((c) => (c.reset(), c.run("mine")));
    expect(seen).toEqual(["bob by ann", "ann"]);
  });

  test("of a user with an empty name is asked for, too, rather than skipped", async () => {
    const { seen } = await asked(
      (user, principal) => `"${user}" by ${principal}`,
      (c) => c.run("q", {}, { impUser: "" }),
    );
    expect(seen).toEqual(['"" by ann']);
  });

  test("is asked for once in a transaction", async () => {
    const users: string[] = [];
    const { seen } = await asked(
      (user) => (users.push(user), user),
      (c) => (c.begin(asBob), c.run("q"), c.pull()),
    );
    expect([users, seen]).toEqual([["bob"], ["bob", "bob"]]);
  });

  test("that is decided after a RESET has no effect", async () => {
    let decide: (user: string) => void = () => {};
    const { seen, client } = await asked(
      () => new Promise<string>((resolve) => (decide = resolve)),
      (c) => (c.run("q", {}, asBob), c.reset()),
    );
    decide("bob");
    expect(shape(await client.say((c) => c.run("mine")))).toEqual(["SUCCESS"]);
    expect(seen).toEqual(["ann"]);
  });
});

test("a transaction is begun with its options, and all of its queries share one context", async () => {
  const contexts = new Set<Context>();
  let options: TransactionOptions | undefined;
  const { client } = await session({
    run: nothing,
    begin: (asked, context) => {
      options = asked;
      contexts.add(context);
      return { ...transaction, run: (_, inner) => (contexts.add(inner), nothing()) };
    },
  });
  await client.say((c) => {
    c.begin({ db: "movies", bookmarks: ["b1"] });
    c.run("one");
    c.pull();
    c.run("two");
    c.pull();
    c.commit();
  });
  expect(options).toMatchObject({ database: "movies", bookmarks: ["b1"], accessMode: "write" });
  expect(contexts.size).toBe(1);
});

test("an instance of a class is a backend", async () => {
  class Engine {
    readonly #name = "engine";
    run(): QueryResult {
      return { keys: ["name"], records: [[this.#name]] };
    }
  }
  const { client } = await session(new Engine());
  const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
  expect(pull?.records).toEqual([["engine"]]);
});

test("without begin, explicit transactions are refused with an explanation", async () => {
  const { client } = await session({ run: nothing });
  const replies = await client.say((c) => (c.begin(), c.run("q"), c.pull()));
  expect(shape(replies)).toEqual([
    "FAILURE Neo.ClientError.Statement.UnsupportedOperationError",
    "IGNORED",
    "IGNORED",
  ]);
  expect(failureOf(replies[0]).message).toContain("no explicit transactions");
});

test("withPlainTransactions gives such a backend a sequence of queries", async () => {
  const queries: string[] = [];
  const backend = withPlainTransactions({ run: ({ query }) => (queries.push(query), { keys: [] }) });
  const { client } = await session(backend);
  const replies = await client.say((c) => (c.begin(), c.run("q"), c.pull(), c.commit()));
  expect(shape(replies)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"]);
  expect(queries).toEqual(["q"]);
});

test("several results of a transaction are open side by side", async () => {
  const { client } = await session({
    run: nothing,
    begin: () => ({
      ...transaction,
      run: ({ query }) => ({ keys: ["q"], records: [[`${query}1`], [`${query}2`], [`${query}3`]] }),
    }),
  });
  const opened = await client.say((c) => (c.begin(), c.run("a"), c.run("b")));
  expect(opened.slice(1).map((reply) => metadata(reply)["qid"])).toEqual([0, 1]);
  const pulled = await client.say((c) => (c.pull({ n: 2, qid: 0 }), c.pull({ n: 1 })));
  expect(pulled.map(({ records }) => records)).toEqual([[["a1"], ["a2"]], [["b1"]]]);
  const rest = await client.say((c) => (c.discard({ n: -1, qid: 1 }), c.pull({ n: -1, qid: 0 }), c.commit()));
  expect(shape(rest)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
  expect(rest[1]?.records).toEqual([["a3"]]);
});

test("COMMIT drops results that are open, after they have closed", async () => {
  const order: string[] = [];
  async function* rows(): AsyncGenerator<number[]> {
    try {
      for (let i = 0; ; i++) yield [i];
    } finally {
      await Promise.resolve();
      order.push("closed");
    }
  }
  const { client } = await session({
    run: nothing,
    begin: () => ({
      ...transaction,
      run: () => ({ keys: ["i"], records: rows() }),
      commit: () => void order.push("commit"),
    }),
  });
  await client.say((c) => (c.begin(), c.run("q"), c.pull({ n: 2 })));
  expect(shape(await client.say((c) => c.commit()))).toEqual(["SUCCESS"]);
  expect(order).toEqual(["closed", "commit"]);
});

test("a failed commit is reported, and not followed by a rollback", async () => {
  const calls: string[] = [];
  const { client } = await session({
    run: nothing,
    begin: () => ({
      run: nothing,
      commit: () => {
        calls.push("commit");
        throw failure("deadlock", "try again");
      },
      rollback: () => void calls.push("rollback"),
    }),
  });
  const replies = await client.say((c) => (c.begin(), c.commit(), c.reset()));
  expect(shape(replies)).toEqual([
    "SUCCESS",
    "FAILURE Neo.TransientError.Transaction.DeadlockDetected",
    "SUCCESS",
  ]);
  expect(calls).toEqual(["commit"]);
});

test("a failure inside a transaction rolls it back at once, exactly once", async () => {
  let rollbacks = 0;
  let signal: AbortSignal | undefined;
  const { client } = await session({
    run: nothing,
    begin: (_, context) => {
      ({ signal } = context);
      return {
        ...transaction,
        run: ({ query }) => {
          if (query === "bad") throw failure("syntaxError", "bad");
          return nothing();
        },
        rollback: () => void rollbacks++,
      };
    },
  });
  await client.say((c) => (c.begin(), c.run("bad"), c.pull()));
  expect(rollbacks).toBe(1);
  expect((signal?.reason as Interruption | undefined)?.reason).toBe("failed");
  expect(shape(await client.say((c) => (c.reset(), c.begin(), c.rollback())))).toEqual([
    "SUCCESS",
    "SUCCESS",
    "SUCCESS",
  ]);
  expect(rollbacks).toBe(2);
});

test("what the protocol refuses by itself inside a transaction rolls it back too", async () => {
  let rollbacks = 0;
  const { client } = await session({
    run: nothing,
    begin: () => ({ ...transaction, rollback: () => void rollbacks++ }),
  });
  const replies = await client.say((c) => (c.begin(), c.run("q"), c.pull({ n: -1, qid: 7 })));
  expect(shape(replies).at(-1)).toBe("FAILURE Neo.ClientError.Request.InvalidFormat");
  expect(rollbacks).toBe(1);
});

describe("errors that are not for clients", () => {
  test("go to the log under an id, which is all that the client gets", async () => {
    const { client, log, server } = await session({
      run: () => {
        throw new Error("password of the database is hunter2");
      },
    });
    const events: (string | undefined)[] = [];
    server.on("failure", ({ errorId }) => events.push(errorId));
    const [run] = await client.say((c) => c.run("q"));
    const { code, message, gqlStatus } = failureOf(run);
    expect(code).toBe("Neo.DatabaseError.General.UnknownError");
    expect(gqlStatus).toBe("50N42");
    expect(message).not.toContain("hunter2");
    expect(log).toEqual(["error: the backend failed"]);
    expect(message).toContain(events[0]);
  });

  test.each<[string, unknown]>([
    ["no result at all", undefined],
    ["keys that are no strings", { keys: [1] }],
    ["records that cannot be iterated", { keys: ["a"], records: 5 }],
  ])("%s", async (_, result) => {
    const { client, log } = await session({ run: () => result as QueryResult });
    const replies = await client.say((c) => (c.run("q"), c.pull()));
    expect(shape(replies)).toEqual(["FAILURE Neo.DatabaseError.General.UnknownError", "IGNORED"]);
    expect(log).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ["a row of the wrong width", [1, 2]],
    ["a row that is no array", { a: 1 }],
  ])("%s", async (_, row) => {
    const { client } = await session({ run: () => ({ keys: ["a"], records: [[0], row as unknown[]] }) });
    const replies = await client.say((c) => (c.run("q"), c.pull()));
    expect(shape(replies)).toEqual(["SUCCESS", "FAILURE Neo.DatabaseError.General.UnknownError"]);
    expect(replies[1]?.records).toEqual([[0]]);
  });

  test("a value that this client's version cannot carry is reported with its path, also to the operator", async () => {
    const { client, log } = await session({
      run: () => ({ keys: ["a"], records: [[{ deep: [Symbol("x")] }]] }),
    });
    const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
    expect(failureOf(pull).code).toBe("Neo.ClientError.Request.Invalid");
    expect(failureOf(pull).message).toContain("deep");
    expect(log).toEqual(["warn: a result cannot be sent"]);
    expect(shape(await client.say((c) => (c.reset(), c.run("q"))))).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("a summary that cannot be sent", async () => {
    const summary = { plan: { operatorType: "X", args: { f: (() => 1) as never } } };
    const { client } = await session({ run: () => ({ keys: [], summary }) });
    const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
    expect(failureOf(pull).code).toBe("Neo.ClientError.Request.Invalid");
  });

  test("an error of a database driver keeps its code", async () => {
    const error = Object.assign(new Error("there is a lock"), {
      code: "Neo.TransientError.Transaction.DeadlockDetected",
    });
    const { client } = await session({ run: () => Promise.reject(error) });
    const [run] = await client.say((c) => c.run("q"));
    expect(failureOf(run)).toMatchObject({ code: error.code, message: "there is a lock" });
  });
});

test.each(["1", "2"])(
  "a transaction that has failed may be rolled back all the same, Bolt %s",
  async (version) => {
    const { client } = await session(
      {
        run: nothing,
        begin: () => ({ ...transaction, run: () => Promise.reject(failure("syntaxError", "no")) }),
      },
      { version },
    );
    await client.say((c) => (c.begin(), c.run("nonsense"), c.pull()));
    const replies = await client.say((c) => (c.ackFailure(), c.run("ROLLBACK"), c.pull()));
    expect(shape(replies)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
    const [commit] = await client.say((c) => c.run("COMMIT"));
    expect(failureOf(commit).code).toBe("Neo.ClientError.Statement.SemanticError");
  },
);

describe.each(["1", "2"])("after a failure in a transaction whose client carries on, Bolt %s", (version) => {
  const MARKED = "FAILURE Neo.ClientError.Transaction.TransactionMarkedAsFailed";

  async function failed() {
    const queries: string[] = [];
    const run = ({ query }: Query): QueryResult => {
      if (query === "bad") throw failure("syntaxError", "no");
      queries.push(query);
      return nothing();
    };
    const { client } = await session({ run, begin: () => ({ ...transaction, run }) }, { version });
    await client.say((c) => (c.begin(), c.run("bad"), c.pull()));
    await client.say((c) => c.ackFailure());
    return { client, queries };
  }

  test("no query is committed by itself, and COMMIT fails", async () => {
    const { client, queries } = await failed();
    for (const query of ["write", "COMMIT"]) {
      expect(shape(await client.say((c) => (c.run(query), c.pull())))).toEqual([MARKED, "IGNORED"]);
      await client.say((c) => c.ackFailure());
    }
    expect(queries).toEqual([]);
    // COMMIT has ended the transaction.
    expect(shape(await client.say((c) => (c.run("write"), c.pull())))).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test.each<[string, (c: ClientConnection) => void]>([
    ["ROLLBACK", (c) => (c.run("ROLLBACK"), c.pull())],
    ["RESET", (c) => c.reset()],
    ["another transaction", (c) => (c.begin(), c.commit())],
  ])("%s ends it", async (_, end) => {
    const { client, queries } = await failed();
    await client.say(end);
    expect(shape(await client.say((c) => (c.run("write"), c.pull())))).toEqual(["SUCCESS", "SUCCESS"]);
    expect(queries).toEqual(["write"]);
  });
});

test("TELEMETRY is accepted with a known API", async () => {
  const { client } = await session({ run: nothing });
  expect(shape(await client.say((c) => c.telemetry(3)))).toEqual(["SUCCESS"]);
  expect(shape(await client.say((c) => (c.telemetry(99), c.reset())))).toEqual([
    "FAILURE Neo.ClientError.Request.Invalid",
    "SUCCESS",
  ]);
});
