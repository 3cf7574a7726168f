// The scenarios for neo4j-driver 1.5 to 6 (npm). BOLT_DRIVER names the module, BOLT_MODULES the folder from which
// it is resolved. The functions at the end hide names and options that changed over the years.
import { createRequire } from "node:module";
import { check, checkSame, runAll, Skip, target } from "./report.mjs";
import { graph, spatial, temporal, uuids, values, vectors } from "./values.mjs";

const require = createRequire(`${process.env.BOLT_MODULES}/`);
const module = require(process.env.BOLT_DRIVER);
const neo4j = module.v1 ?? module; // 1.x
const classic = module.v1 !== undefined;
const first = classic && !neo4j.types.Date; // 1.5 and older

const { int } = neo4j;
const run = `js-${process.pid}-${Date.now()}`; // marks the nodes of this run
const ROWS = "UNWIND range(1, $n) AS n RETURN n";
const CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name";
const COUNT = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n";

const driver = connect(target.uri, target.password);

const scenarios = {
  connect: async () => {
    const { summary } = await withSession({}, (session) => session.run("RETURN 1 AS n"));
    const { agent, version, protocolVersion } = summary.server;
    const protocol = protocolVersion?.major
      ? `${protocolVersion.major}.${protocolVersion.minor}`
      : protocolVersion;
    return `${agent ?? version}${protocol ? `, Bolt ${protocol}` : ""}`;
  },

  "connect-routing": async () => {
    const routed = connect(target.routingUri, target.password);
    try {
      await withSession({}, (session) => session.run(CREATE, { run, name: "routed" }), routed);
      await withSession(
        { mode: "READ" },
        async (session) => checkSame(await count(session, "routed"), 1),
        routed,
      );
    } finally {
      await routed.close();
    }
  },

  "auto-commit": () =>
    withSession({}, async (session) => {
      checkSame((await session.run("RETURN 1 AS n")).records[0].get("n"), int(1));
      const { records } = await session.run("RETURN $x AS x", { x: "second" });
      checkSame([records[0].keys, records[0].get("x")], [["x"], "second"]);
    }),

  "explicit-commit": () =>
    withSession({}, async (session) => {
      const tx = await session.beginTransaction();
      await tx.run(CREATE, { run, name: "committed" });
      await tx.run(CREATE, { run, name: "committed" });
      await tx.commit();
      checkSame(await count(session, "committed"), 2);
    }),

  "explicit-rollback": () =>
    withSession({}, async (session) => {
      const tx = await session.beginTransaction();
      await tx.run(CREATE, { run, name: "rolled-back" });
      checkSame(await count(tx, "rolled-back"), 1);
      await tx.rollback();
      if (tx.close) {
        const closed = await session.beginTransaction();
        await closed.run(CREATE, { run, name: "rolled-back" });
        await closed.close();
      }
      checkSame(await count(session, "rolled-back"), 0);
    }),

  managed: () =>
    withSession({}, async (session) => {
      await write(session, (tx) => tx.run(CREATE, { run, name: "managed" }));
      checkSame(await read(session, (tx) => count(tx, "managed")), 1);
    }),

  "managed-retry": () =>
    withSession({}, async (session) => {
      if (first) throw new Skip("driver 1.5 begins again before it has rolled back");
      let tries = 0;
      await write(session, async (tx) => {
        await tx.run(CREATE, { run, name: "retried" });
        tries += 1;
        if (tries === 1)
          throw new neo4j.Neo4jError("once", "Neo.TransientError.Transaction.DeadlockDetected");
      });
      checkSame([tries, await count(session, "retried")], [2, 1]);
    }),

  "execute-query": async () => {
    if (!driver.executeQuery) throw new Skip("came with driver 5");
    const { keys, records } = await driver.executeQuery("RETURN $x AS x", { x: 1.5 });
    checkSame([keys, records[0].get("x")], [["x"], 1.5]);
  },

  "stream-100k": () =>
    withSession({}, async (session) => {
      let sum = 0;
      await forEach(
        session.run(ROWS, { n: int(target.rows) }),
        (record) => (sum += record.get("n").toNumber()),
      );
      checkSame(sum, (target.rows * (target.rows + 1)) / 2);
    }),

  "nested-results": () =>
    withSession({}, async (session) => {
      const tx = await session.beginTransaction();
      const outer = tx.run(ROWS, { n: int(3000) });
      const inner = async (x) => checkSame((await tx.run("RETURN $x AS x", { x })).records[0].get("x"), x);
      let rows = 0;
      if (iterable(outer)) {
        for await (const record of outer) if ((rows += 1) % 500 === 0) await inner(record.get("n"));
      } else {
        await Promise.all([forEach(outer, () => (rows += 1)), inner(int(500)), inner(int(1000))]);
      }
      await tx.commit();
      checkSame(rows, 3000);
    }),

  values: () => echo(values(neo4j)),
  "values-temporal": () => echo(temporal(neo4j, classic)),
  "values-spatial": () => echo(spatial(neo4j)),
  "values-vector": () => echo(vectors(neo4j), 6.0),
  "values-uuid": () => echo(uuids(neo4j), 6.1),
  "values-graph": () => withSession({}, (session) => graph(neo4j, session, run)),

  failure: () =>
    withSession({}, async (session) => {
      const error = await failed(session.run("THIS IS NOT CYPHER"));
      checkSame(error.code, "Neo.ClientError.Statement.SyntaxError");
      checkSame([error.name, error.retriable ?? false], ["Neo4jError", false]);
      checkSame((await session.run("RETURN 1 AS n")).records[0].get("n"), int(1));
      return error.gqlStatus && `gqlStatus ${error.gqlStatus}`;
    }),

  "failure-in-stream": () =>
    withSession({}, async (session) => {
      let rows = 0;
      const result = session.run("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x");
      const error = await failed(forEach(result, () => (rows += 1)));
      checkSame(error.code, "Neo.ClientError.Statement.ArithmeticError");
      checkSame(await count(session, "nobody"), 0);
      return `${rows} rows before it`;
    }),

  "failure-in-tx": async () => {
    await withSession({}, async (session) => {
      const tx = await session.beginTransaction();
      await tx.run(CREATE, { run, name: "failed" });
      const error = await failed(tx.run("THIS IS NOT CYPHER"));
      checkSame(error.code, "Neo.ClientError.Statement.SyntaxError");
      if (first) return; // there, the promises of a failed transaction never settle
      await failed(tx.run("RETURN 1 AS n"));
      await failed(tx.commit());
    });
    await withSession({}, async (session) => checkSame(await count(session, "failed"), 0));
  },

  bookmarks: async () => {
    let bookmarks;
    for (let n = 0; n < 3; n += 1) {
      await withSession({ bookmarks }, async (session) => {
        await write(session, (tx) => tx.run(CREATE, { run, name: "chained" }));
        bookmarks = session.lastBookmark?.() ?? session.lastBookmarks();
      });
      check(bookmarks?.length > 0, "no bookmark after a write");
    }
    const total = await withSession({ bookmarks, mode: "READ" }, (session) =>
      read(session, (tx) => count(tx, "chained")),
    );
    checkSame(total, 3);
    return String(bookmarks).slice(0, 40);
  },

  cancel: async () => {
    for (let n = 0; n < 5; n += 1) {
      const how = classic ? leaveByClosing : driver.executeQuery ? leaveTheLoop : unsubscribe;
      await how(10);
    }
    await withSession({}, async (session) => checkSame(await count(session, "nobody"), 0));
  },

  summary: () =>
    withSession({}, async (session) => {
      const { summary } = await session.run(CREATE, { run, name: "counted" });
      const { counters } = summary;
      const counter = (name) => counters[name]?.() ?? counters.updates()[name]; // methods in 1.x
      checkSame(["nodesCreated", "labelsAdded", "propertiesSet"].map(counter), [1, 1, 2]);
      checkSame(summary.queryType ?? summary.statementType, "rw");
      const explained = await session.run("EXPLAIN MATCH (n:Interop) RETURN n");
      check(explained.summary.plan?.operatorType, "EXPLAIN gave no plan");
      return explained.summary.plan.operatorType;
    }),

  parallel: async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const got = await Promise.all(
      numbers.map((n) => withSession({}, (session) => session.run("RETURN $x AS x", { x: int(n) }))),
    );
    checkSame(
      got.map(({ records }) => records[0].get("x").toNumber()),
      numbers,
    );
  },

  "wrong-password": async () => {
    const stranger = connect(target.uri, `not-${target.password}`);
    const error = await failed(withSession({}, (session) => session.run("RETURN 1 AS n"), stranger));
    await stranger.close();
    checkSame(error.code, "Neo.ClientError.Security.Unauthorized");
    checkSame(error.retriable ?? false, false);
    const friend = connect(target.uri, target.password);
    await withSession({}, (session) => session.run("RETURN 1 AS n"), friend);
    await friend.close();
  },
};

try {
  await runAll(scenarios);
  await withSession({}, (session) => session.run("MATCH (n:Interop {run: $run}) DETACH DELETE n", { run }));
} finally {
  await driver.close();
}

async function echo(values, since = 0) {
  if (!values) throw new Skip("not in this client");
  return withSession({}, async (session) => {
    const { summary } = await session.run("RETURN 1 AS n");
    const { major, minor } = summary.server.protocolVersion ?? {};
    if (since > 0 && Number(`${major}.${minor}`) < since) throw new Skip(`needs Bolt ${since.toFixed(1)}`);
    for (const [name, value] of Object.entries(values)) {
      const { records } = await session.run("RETURN $x AS x", { x: value });
      checkSame(withoutOffset(records[0].get("x")), withoutOffset(value), name);
    }
    return `${Object.keys(values).length} values`;
  });
}

/** A zoned date time may arrive with or without its offset, depending on the Bolt version. */
function withoutOffset(value) {
  return value?.timeZoneId ? { ...value, timeZoneOffsetSeconds: undefined } : value;
}

async function count(runner, name) {
  return (await runner.run(COUNT, { run, name })).records[0].get("n").toNumber();
}

async function failed(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

// ---- differences between driver versions

function connect(uri, password) {
  const scheme = classic ? uri.replace(/^neo4j:/, "bolt+routing:") : uri;
  // 1.x encrypts unless told otherwise; later versions follow the scheme.
  const config = classic ? { encrypted: false } : {};
  return neo4j.driver(scheme, neo4j.auth.basic(target.user, password), config);
}

async function withSession({ mode = "WRITE", bookmarks }, work, on = driver) {
  const session = classic
    ? on.session(neo4j.session[mode], bookmarks)
    : on.session({ defaultAccessMode: neo4j.session[mode], ...(bookmarks && { bookmarks }) });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function write(session, work) {
  return session.executeWrite ? session.executeWrite(work) : session.writeTransaction(work);
}

function read(session, work) {
  return session.executeRead ? session.executeRead(work) : session.readTransaction(work);
}

function forEach(result, onNext) {
  return new Promise((onCompleted, onError) => result.subscribe({ onNext, onCompleted, onError }));
}

/** Whether a result can be iterated, which came with driver 5. */
function iterable(result) {
  return Symbol.asyncIterator in result;
}

function leaveTheLoop(rows) {
  return withSession({}, async (session) => {
    let seen = 0;
    for await (const _ of session.run(ROWS, { n: int(target.rows) })) if ((seen += 1) === rows) break;
    checkSame((await session.run("RETURN 1 AS n")).records[0].get("n"), int(1));
  });
}

/** Discards the rest. 4.x can do so only in its reactive API: closing its session races with the next PULL. */
async function unsubscribe(rows) {
  const session = driver.rxSession();
  const result = session.run(ROWS, { n: int(target.rows) });
  await new Promise((resolve, reject) => {
    let seen = 0;
    const subscription = result.records().subscribe({
      next() {
        if ((seen += 1) < rows) return;
        subscription.unsubscribe();
        resolve();
      },
      error: reject,
    });
  });
  for (const last of [result.consume(), session.close()]) {
    await new Promise((complete, error) => last.subscribe({ complete, error }));
  }
}

/** Leaves a result by closing its session: the only way in 1.x, which asks for all rows at once. */
function leaveByClosing(rows) {
  return withSession({}, async (session) => {
    await new Promise((resolve, reject) => {
      let seen = 0;
      const onNext = () => (seen += 1) === rows && resolve();
      session.run(ROWS, { n: int(target.rows) }).subscribe({ onNext, onCompleted: resolve, onError: reject });
    });
  });
}
