// Requests and metadata in bytes, version by version.
import { describe, expect, test } from "vitest";
import { type ClientConnection, Failure, type Metadata } from "../src/index.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";
import { messages } from "./recordings.ts";

const sent = (version: string, verbs: (client: ClientConnection) => void): unknown[] => {
  const { client } = ConnectionPair.ready(version);
  verbs(client);
  return messages(client.bytesToSend()!).map(({ tag, fields }) => [tag, ...fields]);
};

const login = (version: string, hello: Parameters<ClientConnection["hello"]>[0]): unknown[] => {
  const pair = new ConnectionPair(version);
  pair.handshake();
  pair.client.hello(hello);
  pair.client.logon(TOKEN);
  return messages(pair.client.bytesToSend()!).map(({ tag, fields }) => [tag, ...fields]);
};

const BASIC = { scheme: "basic", principal: "neo4j", credentials: "secret" };
const HELLO = {
  userAgent: "wire/1.0",
  boltAgent: { product: "wire/1.0", platform: "any", languageDetails: undefined },
  routing: { address: "localhost:7687" },
  patchBolt: ["utc"],
};

test.each([
  ["2", [[0x01, "wire/1.0", BASIC]]],
  ["3", [[0x01, { user_agent: "wire/1.0", ...BASIC }]]],
  ["4.0", [[0x01, { user_agent: "wire/1.0", ...BASIC }]]],
  ["4.2", [[0x01, { user_agent: "wire/1.0", ...BASIC, routing: HELLO.routing }]]],
  ["4.4", [[0x01, { user_agent: "wire/1.0", ...BASIC, routing: HELLO.routing, patch_bolt: ["utc"] }]]],
  ["5.0", [[0x01, { user_agent: "wire/1.0", ...BASIC, routing: HELLO.routing }]]],
  [
    "5.2",
    [
      [0x01, { user_agent: "wire/1.0", routing: HELLO.routing }],
      [0x6a, BASIC],
    ],
  ],
  [
    "5.3",
    [
      [
        0x01,
        {
          user_agent: "wire/1.0",
          bolt_agent: { product: "wire/1.0", platform: "any" },
          routing: HELLO.routing,
        },
      ],
      [0x6a, BASIC],
    ],
  ],
])("login on Bolt %s", (version, expected) => {
  expect(login(version, HELLO)).toEqual(expected);
});

test("notification filters take the name of the version, and are refused before 5.2", () => {
  const filter = { notificationsMinimumSeverity: "WARNING", notificationsDisabledClassifications: ["HINT"] };
  const wire = { notifications_minimum_severity: "WARNING" };
  expect(sent("5.4", (client) => client.begin(filter))).toEqual([
    [0x11, { ...wire, notifications_disabled_categories: ["HINT"] }],
  ]);
  expect(sent("5.6", (client) => client.begin(filter))).toEqual([
    [0x11, { ...wire, notifications_disabled_classifications: ["HINT"] }],
  ]);
  expect(() => sent("5.1", (client) => client.begin(filter))).toThrow(
    "needs Bolt 5.2 or later; this connection speaks 5.1",
  );
});

test("all options of a transaction", () => {
  const extra = {
    bookmarks: ["a"],
    txTimeoutMs: 0.2,
    txMetadata: { job: 7 },
    mode: "r",
    db: "movies",
    impUser: "ann",
  } as const;
  const wire = {
    bookmarks: ["a"],
    tx_timeout: 1,
    tx_metadata: { job: 7 },
    mode: "r",
    db: "movies",
    imp_user: "ann",
  };
  expect(sent("4.4", (client) => client.run("RETURN 1", {}, extra))).toEqual([[0x10, "RETURN 1", {}, wire]]);
  expect(() => sent("4.3", (client) => client.begin(extra))).toThrow(
    "BEGIN with impUser needs Bolt 4.4 or later",
  );
  expect(() => sent("3", (client) => client.begin({ db: "movies" }))).toThrow("db needs Bolt 4.0 or later");
  expect(() => sent("2", (client) => client.run("RETURN 1", {}, { txTimeoutMs: 5 }))).toThrow(
    "txTimeoutMs needs Bolt 3 or later",
  );
  // Rounded up it is -0, and that would be a Float.
  expect(sent("4.4", (client) => client.begin({ txTimeoutMs: -0.4 }))).toEqual([[0x11, { tx_timeout: 0 }]]);
});

test("ROUTE in its two shapes", () => {
  const fields = { routing: { address: "a:1" }, bookmarks: ["b"], db: "movies" };
  expect(sent("4.3", (client) => client.route(fields))).toEqual([
    [0x66, { address: "a:1" }, ["b"], "movies"],
  ]);
  expect(sent("4.4", (client) => client.route(fields))).toEqual([
    [0x66, { address: "a:1" }, ["b"], { db: "movies" }],
  ]);
});

test("queries that control transactions on Bolt 1 and 2, and queries that only look so", () => {
  const asked = (query: string): unknown => {
    const pair = ConnectionPair.ready("1");
    pair.client.run(query);
    return pair.toServer().map((event) => event.type === "RequestReceived" && event.request.name);
  };
  for (const query of ["BEGIN", " begin ;", "\nBegin\t;\n"]) expect(asked(query)).toEqual(["BEGIN"]);
  // COMMIT where there is no transaction is for the engine to refuse.
  for (const query of ["BEGIN;;", "BEGIN x", "COMMIT", "BEGINNING"]) expect(asked(query)).toEqual(["RUN"]);
  const blanks = " ".repeat(1_000_000);
  expect(asked(`BEGIN${blanks}x`)).toEqual(["RUN"]);
  expect(asked(`BEGIN${blanks};${blanks}`)).toEqual(["BEGIN"]);
});

test("Bolt 1 and 2 send BEGIN as a query, with the newest bookmark for servers that know only one", () => {
  const bookmarks = ["neo4j:bookmark:v1:tx9", "neo4j:bookmark:v1:tx10", "neo4j:bookmark:v1:tx2"];
  expect(sent("1", (client) => client.begin({ bookmarks }))).toEqual([
    [0x10, "BEGIN", { bookmark: "neo4j:bookmark:v1:tx10", bookmarks }],
    [0x2f],
  ]);
  const pair = ConnectionPair.ready("1");
  pair.client.begin({ bookmarks });
  expect(pair.toServer()).toMatchObject([{ request: { name: "BEGIN", extra: { bookmarks } } }]);
});

describe("metadata", () => {
  const through = (version: string, metadata: Metadata): unknown => {
    const pair = ConnectionPair.ready(version);
    pair.client.run("RETURN 1");
    pair.client.pull();
    pair.toServer();
    pair.server.success({ fields: ["n"], tFirst: 3 });
    pair.serverEvents();
    pair.server.success(metadata);
    const bytes = pair.server.bytesToSend()!;
    return messages(bytes).at(-1)!.fields[0];
  };
  const notification = {
    code: "Neo.ClientNotification.Statement.CartesianProduct",
    title: "Cartesian product",
    description: "This builds a cartesian product",
    severity: "INFORMATION",
    category: "PERFORMANCE",
    position: { offset: 0, line: 1, column: 1 },
  };
  const stats = { "nodes-created": 1, "contains-updates": true };

  test.each([
    [
      "1",
      { type: "w", result_consumed_after: 5, stats: { "nodes-created": 1 }, notifications: [notification] },
    ],
    ["3", { type: "w", t_last: 5, stats: { "nodes-created": 1 }, notifications: [notification] }],
    ["4.4", { type: "w", t_last: 5, stats, db: "movies", notifications: [notification] }],
    [
      "5.6",
      {
        type: "w",
        t_last: 5,
        stats,
        db: "movies",
        statuses: [
          { gql_status: "02000", status_description: "note: no data" },
          {
            gql_status: "03N42",
            status_description: notification.description,
            neo4j_code: notification.code,
            title: notification.title,
            description: notification.description,
            diagnostic_record: {
              _severity: "INFORMATION",
              _classification: "PERFORMANCE",
              _position: notification.position,
            },
          },
        ],
      },
    ],
  ])("one summary in the words of Bolt %s", (version, expected) => {
    expect(
      through(version, {
        type: "w",
        tLast: 5,
        stats,
        db: "movies",
        hasMore: false,
        notifications: [notification],
      }),
    ).toEqual(expected);
  });

  test("statuses become notifications for clients before 5.6, and unknown keys pass", () => {
    const statuses = [
      { gqlStatus: "00000", statusDescription: "note: successful completion", diagnosticRecord: {} },
      {
        gqlStatus: "01N50",
        statusDescription: "warn: label not found",
        neo4jCode: "Neo.ClientNotification.Statement.UnknownLabelWarning",
        title: "no such label",
        description: "where is it?",
        diagnosticRecord: { _severity: "WARNING", _classification: "UNRECOGNIZED" },
      },
    ];
    expect(through("5.4", { statuses, extraordinary: 1 })).toEqual({
      extraordinary: 1,
      notifications: [
        {
          code: "Neo.ClientNotification.Statement.UnknownLabelWarning",
          title: "no such label",
          description: "where is it?",
          severity: "WARNING",
          category: "UNRECOGNIZED",
        },
      ],
    });
  });

  test("hints and timings of a wrong type count as missing", () => {
    const pair = new ConnectionPair("5.4");
    pair.handshake();
    pair.client.hello({ userAgent: "wire/1.0" });
    pair.toServer();
    pair.server.success({
      server: "Neo4j/5.26.0",
      hints: { recvTimeoutSeconds: "soon" as never, telemetryEnabled: true },
      tFirst: "now" as never,
    });
    expect(pair.toClient()).toMatchObject([
      { response: { metadata: { server: "Neo4j/5.26.0", hints: { telemetryEnabled: true } } } },
    ]);
  });
});

describe("failures", () => {
  const cause = new Failure("", "42I06: Invalid input", {
    gqlStatus: "42I06",
    description: "error: syntax error or access rule violation - invalid input",
    diagnosticRecord: { _classification: "CLIENT_ERROR" },
  });
  const failure = new Failure("Neo.ClientError.Statement.SyntaxError", "Invalid input", {
    gqlStatus: "42001",
    description: "error: syntax error or access rule violation - invalid syntax",
    diagnosticRecord: { _classification: "CLIENT_ERROR" },
    cause,
  });
  const exchange = (version: string): { wire: unknown; read: Failure } => {
    const pair = ConnectionPair.ready(version);
    pair.client.run("RETRUN 1");
    pair.toServer();
    pair.server.failure(failure);
    const bytes = pair.server.bytesToSend()!;
    pair.client.receive(bytes);
    const event = pair.client.nextEvent();
    if (event?.type !== "ResponseReceived" || !(event.response instanceof Failure))
      throw new Error("no failure");
    return { wire: messages(bytes)[0]!.fields[0], read: event.response };
  };

  test.each(["1", "4.4", "5.6"])("code and message on Bolt %s; the rest is filled in", (version) => {
    const { wire, read } = exchange(version);
    expect(wire).toEqual({ code: failure.code, message: failure.message });
    expect(read).toMatchObject({ code: failure.code, message: failure.message, gqlStatus: "50N42" });
    expect(read.cause).toBeUndefined();
    expect(read.diagnosticRecord).toEqual({ OPERATION: "", OPERATION_CODE: "0", CURRENT_SCHEMA: "/" });
  });

  test.each(["5.7", "6.1"])("GQL status, record and cause on Bolt %s", (version) => {
    const { wire, read } = exchange(version);
    const record = { _classification: "CLIENT_ERROR" };
    expect(wire).toEqual({
      neo4j_code: failure.code,
      message: failure.message,
      gql_status: "42001",
      description: failure.description,
      diagnostic_record: record,
      cause: {
        message: cause.message,
        gql_status: "42I06",
        description: cause.description,
        diagnostic_record: record,
      },
    });
    expect(read).toMatchObject({
      code: failure.code,
      gqlStatus: "42001",
      cause: { code: "", gqlStatus: "42I06", message: cause.message },
    });
    expect(read.diagnosticRecord).toEqual({
      OPERATION: "",
      OPERATION_CODE: "0",
      CURRENT_SCHEMA: "/",
      ...record,
    });
  });
});

test.each([
  ["1", "d10080"],
  ["4.4", "d10080"],
  ["5.0", "d080"],
  ["6.1", "d080"],
])(
  "a server writes the size 128 as Neo4j does on Bolt %s: clients before 5 take bytes for signed",
  (version, header) => {
    const pair = ConnectionPair.ready(version);
    pair.client.run("RETURN $x");
    pair.client.pull();
    pair.toServer();
    pair.server.success({ fields: ["x"] });
    pair.toServer();
    pair.server.record(["a".repeat(128)]);
    const bytes = Buffer.from(pair.server.bytesToSend()!).toString("hex");
    expect(bytes).toContain(`b17191${header}${"61".repeat(128)}`);
  },
);

test.each([
  ["4.3", {}],
  ["5.3", {}],
  ["5.4", { "telemetry.enabled": true }],
  ["5.8", { "telemetry.enabled": true, "ssr.enabled": true }],
])("hints that Bolt %s does not know are left out", (version, known) => {
  const pair = new ConnectionPair(version);
  pair.handshake();
  pair.client.hello({ userAgent: "wire/1.0" });
  pair.client.logon(TOKEN);
  pair.toServer();
  pair.server.success({ hints: { recvTimeoutSeconds: 9, telemetryEnabled: true, ssrEnabled: true } });
  const [success] = messages(pair.server.bytesToSend()!);
  expect(success!.fields[0]).toMatchObject({ hints: { "connection.recv_timeout_seconds": 9, ...known } });
  expect(Object.keys((success!.fields[0] as { hints: object }).hints)).toHaveLength(
    1 + Object.keys(known).length,
  );
});
