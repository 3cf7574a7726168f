// What the last SUCCESS of a result says, version by version.
import type { GqlStatusObject, Notification } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import type { Backend, Summary } from "../src/index.ts";
import { metadata, session } from "./test-client.ts";

async function summaryOf(
  summary: Summary | (() => Summary),
  version: string,
  keys = ["a"],
  hello = {},
  records: unknown[][] = keys.length > 0 ? [keys.map(() => 1)] : [],
) {
  const { client, clock, another } = await session({ run: () => ({ keys, records, summary }) }, { version });
  const speaker = Object.keys(hello).length > 0 ? another(version) : client;
  if (speaker !== client) await speaker.login({ scheme: "none" }, hello);
  const [run] = await speaker.say((c) => c.run("q"));
  clock.skip(25);
  const [pull] = await speaker.say((c) => c.pull());
  return { run: metadata(run), pull: metadata(pull) };
}

describe("counters", () => {
  const counters = { nodesCreated: 2, propertiesSet: 0, relationshipsDeleted: 1 };

  test("are hyphenated, without those that are zero", async () => {
    const { pull } = await summaryOf({ counters }, "5.4");
    expect(pull.stats).toEqual({ "nodes-created": 2, "relationships-deleted": 1, "contains-updates": true });
    expect(pull.type).toBe("rw");
  });

  test("say contains-updates from 4.4 on", async () => {
    expect((await summaryOf({ counters }, "4.3")).pull.stats).toEqual({
      "nodes-created": 2,
      "relationships-deleted": 1,
    });
  });

  test("make a query without columns a write", async () => {
    expect((await summaryOf({ counters }, "5.4", [])).pull.type).toBe("w");
  });

  test("are not there when nothing was changed", async () => {
    const { pull } = await summaryOf({ counters: { nodesCreated: 0 } }, "5.4");
    expect(pull.stats).toBeUndefined();
    expect(pull.type).toBe("r");
  });

  test("of the system stand apart", async () => {
    const { pull } = await summaryOf({ counters: { systemUpdates: 1 }, type: "s" }, "5.4");
    expect(pull.stats).toEqual({ "system-updates": 1, "contains-system-updates": true });
    expect(pull.type).toBe("s");
  });
});

test("times are measured", async () => {
  expect((await summaryOf({}, "5.4")).pull).toMatchObject({ tLast: 25 });
  expect((await summaryOf({}, "1")).run).toMatchObject({ tFirst: 0 });
});

test.each([
  ["1", undefined],
  ["3", undefined],
  ["4.0", "neo4j"],
  ["5.8", "neo4j"],
])("the database is told on %s", async (version, db) => {
  const { run, pull } = await summaryOf({}, version);
  expect(pull.db).toBe(db);
  expect(run.db).toBe(version === "5.8" ? "neo4j" : undefined);
});

test.each([
  ["1", undefined],
  ["3", "bm:1"],
  ["6.1", "bm:1"],
])("the bookmark of an auto-commit query on %s", async (version, bookmark) => {
  expect((await summaryOf({ bookmark: "bm:1" }, version)).pull.bookmark).toBe(bookmark);
});

test("extra metadata is sent unchanged, and overrides nothing", async () => {
  const { pull } = await summaryOf(
    { type: "r", extra: { planning_time: 0.5, hasMore: true, type: "w" } },
    "4.4",
  );
  expect(pull).toMatchObject({ planning_time: 0.5, type: "r" });
  expect(pull.hasMore).toBeUndefined();
});

test("the home database may be another one: clients of 5.8 that name none are told", async () => {
  const backend: Backend = {
    run: () => ({ keys: [], database: "movies" }),
    begin: () => ({ database: "films", run: () => ({ keys: [] }), commit: () => {}, rollback: () => {} }),
  };
  const { client } = await session(backend, { version: "5.8" });
  const [run] = await client.say((c) => (c.run("q"), c.pull()));
  expect(metadata(run).db).toBe("movies");
  const [begin] = await client.say((c) => (c.begin(), c.rollback()));
  expect(metadata(begin).db).toBe("films");
  const [named] = await client.say((c) => c.begin({ db: "x" }));
  expect(metadata(named).db).toBeUndefined();
});

test("a plan is sent as a tree, a summary may be a function", async () => {
  const plan = {
    operatorType: "ProduceResults",
    identifiers: ["n"],
    children: [{ operatorType: "AllNodesScan" }],
  };
  const { pull } = await summaryOf(() => ({ plan }), "5.4");
  expect(pull.plan).toEqual({
    operatorType: "ProduceResults",
    identifiers: ["n"],
    args: {},
    children: [{ operatorType: "AllNodesScan", identifiers: [], args: {}, children: [] }],
  });
});

test("the figures of a profile are integers, except the ratio: a float even when it is whole", async () => {
  const { client } = await session(
    {
      run: () => ({
        keys: [],
        summary: { profile: { operatorType: "X", rows: 1, pageCacheHitRatio: 1 } },
      }),
    },
    { version: "5.4" },
  );
  const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
  expect(metadata(pull).profile).toMatchObject({ rows: 1, pageCacheHitRatio: 1 });
  expect(Buffer.concat(client.duplex.writes).toString("hex")).toContain("3ff0000000000000");
});

describe("remarks", () => {
  const notification: Notification = {
    code: "Neo.ClientNotification.Statement.CartesianProduct",
    title: "a cartesian product",
    description: "it is slow",
    severity: "INFORMATION",
    category: "PERFORMANCE",
    position: { offset: 0, line: 1, column: 1 },
  };
  const status: GqlStatusObject = {
    gqlStatus: "03N90",
    statusDescription: "info: cartesian product",
    neo4jCode: notification.code,
    title: notification.title,
    description: notification.description,
    diagnosticRecord: { _severity: "INFORMATION", _classification: "PERFORMANCE" },
  };

  test("are notifications up to 5.4", async () => {
    const { pull } = await summaryOf({ notifications: [notification] }, "5.4");
    expect(pull.notifications).toEqual([notification]);
    expect(pull.statuses).toBeUndefined();
  });

  test("are statuses from 5.6 on, beside the outcome", async () => {
    const { pull } = await summaryOf({ notifications: [notification] }, "5.6");
    expect(pull.notifications).toBeUndefined();
    expect(pull.statuses?.map(({ gqlStatus }) => gqlStatus)).toEqual(["00000", "03N42"]);
  });

  test("given as statuses are completed by the outcome, and translated for older clients", async () => {
    const { pull } = await summaryOf({ statuses: [status] }, "5.8");
    expect(pull.statuses?.map(({ gqlStatus }) => gqlStatus)).toEqual(["03N90", "00000"]);
    const old = await summaryOf({ statuses: [status] }, "5.4");
    expect(old.pull.notifications).toMatchObject([{ code: notification.code, severity: "INFORMATION" }]);
  });

  test("are the outcome alone when there are none", async () => {
    expect((await summaryOf({}, "5.6")).pull.statuses?.map(({ gqlStatus }) => gqlStatus)).toEqual(["00000"]);
    expect((await summaryOf({}, "5.6", [])).pull.statuses?.map(({ gqlStatus }) => gqlStatus)).toEqual([
      "00001",
    ]);
  });

  test("say that a query which was only explained has no result, as Neo4j does", async () => {
    const plan = { operatorType: "ProduceResults" };
    const codes = async (said: Summary, records: unknown[][] = []): Promise<unknown> => {
      const { pull } = await summaryOf({ plan, ...said }, "5.8", ["a"], {}, records);
      return pull.statuses?.map(({ gqlStatus }) => gqlStatus);
    };
    expect(await codes({})).toEqual(["00001"]);
    expect(await codes({ statuses: [status] })).toEqual(["03N90", "00001"]);
    // With rows, the plan is a profile without numbers.
    expect(await codes({}, [[1]])).toEqual(["00000"]);
  });

  test.each([
    [-1, [[1]], "02N42"],
    [5, [[1]], "00000"],
    [5, [], "02000"],
  ])("say of a discarded result what was seen of it: %d of %j, %s", async (n, records, outcome) => {
    const run = () => ({ keys: ["a"], records, summary: { statuses: [status] } });
    const { client } = await session({ run }, { version: "5.8" });
    await client.say((c) => c.run("q"));
    const [discard] = await client.say((c) => c.discard({ n }));
    const codes = metadata(discard).statuses?.map(({ gqlStatus }) => gqlStatus);
    expect(codes?.toSorted()).toEqual([outcome, "03N90"].toSorted());
  });

  test.each([
    { notificationsMinimumSeverity: "OFF" },
    { notificationsMinimumSeverity: "WARNING" },
    { notificationsDisabledClassifications: ["PERFORMANCE"] },
  ])("are left out as the client wishes: %o", async (hello) => {
    expect(
      (await summaryOf({ notifications: [notification] }, "5.4", ["a"], hello)).pull.notifications,
    ).toBeUndefined();
    const { pull } = await summaryOf({ statuses: [status] }, "5.8", ["a"], hello);
    expect(pull.statuses?.map(({ gqlStatus }) => gqlStatus)).toEqual(["00000"]);
  });
});
