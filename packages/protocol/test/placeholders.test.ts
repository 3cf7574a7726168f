// Values that the connection's version has no form for: what the client gets, and how it learns of it. The maps,
// the code and the order of statuses are those of Neo4j 2026.08.1.
import { describe, expect, test } from "vitest";
import { Failure, type Metadata, PackError, UnsupportedType, UUID, Vector } from "../src/index.ts";
import { ConnectionPair } from "./connection-pair.ts";

const UUID_TEXT = "550e8400-e29b-41d4-a716-446655440000";
const vector = new Vector("int8", [1, 2, 3]);
const uuid = UUID.parse(UUID_TEXT);
const told = (originalType: string) => ({ originalType, reason: "UNKNOWN_TYPE" });
const CODE = "Neo.ClientNotification.Request.UnsupportedType";

interface Read {
  readonly rows: readonly unknown[];
  readonly metadata: { readonly notifications?: unknown[]; readonly statuses?: unknown[] };
}

/** Runs one query that gives the rows; returns what the client sees of them and of the last SUCCESS. */
function read(version: string, rows: readonly (readonly unknown[])[], said: Metadata = {}): Read {
  const pair = ConnectionPair.ready(version);
  pair.client.run("RETURN …");
  pair.client.pull();
  pair.toServer();
  pair.server.success({ fields: ["x"] });
  pair.serverEvents();
  for (const row of rows) pair.server.record(row);
  pair.server.success(said);
  const events = pair.toClient();
  return {
    rows: events.flatMap((event) => (event.type === "RecordReceived" ? event.records : [])),
    metadata: (events.at(-1) as unknown as { response: { metadata: Read["metadata"] } }).response.metadata,
  };
}

describe("types of 6.x", () => {
  test.each(["1", "3", "4.0", "4.4", "5.0", "5.4", "5.6", "5.8"])("are maps in %s", (version) => {
    const values = [
      vector,
      [new Vector("float32", [1.5]), { deep: new Vector("float64", []) }],
      new Vector("int64", [1n]),
      uuid,
      new UnsupportedType("QUATERNION", "7.0"),
    ];
    const { rows, metadata } = read(
      version,
      values.map((value) => [value]),
    );
    expect(rows).toEqual([
      [told("VECTOR(3, INTEGER8)")],
      [[told("VECTOR(1, FLOAT32)"), { deep: told("VECTOR(0, FLOAT64)") }]],
      [told("VECTOR(1, INTEGER64)")],
      [told("UUID")],
      [told("QUATERNION")],
    ]);
    const remarks = version < "5.6" ? metadata.notifications : metadata.statuses;
    const remark =
      version < "5.6"
        ? { code: CODE, severity: "WARNING", category: "UNSUPPORTED" }
        : { neo4jCode: CODE, gqlStatus: "01N83", statusDescription: expect.stringContaining("`VECTOR`") };
    expect(remarks).toMatchObject(version < "5.6" ? [remark] : [remark, { gqlStatus: "00000" }]);
  });

  test("a UUID has a structure in its place in 6.0, without a remark", () => {
    const { rows, metadata } = read("6.0", [[uuid], [vector]]);
    expect(rows).toEqual([[new UnsupportedType("UUID", "6.1")], [vector]]);
    expect(metadata.statuses).toMatchObject([{ gqlStatus: "00000" }]);
  });

  test("are themselves in 6.1", () => {
    const { rows, metadata } = read("6.1", [[uuid], [vector], [new UnsupportedType("QUATERNION", "7.0")]]);
    expect(rows).toEqual([[uuid], [vector], [new UnsupportedType("QUATERNION", "7.0")]]);
    expect(metadata.statuses).toMatchObject([{ gqlStatus: "00000" }]);
  });

  test("the warning comes after 02 and other warnings, before the success, whatever other statuses there are", () => {
    const status = (gqlStatus: string) => ({ gqlStatus, statusDescription: "", diagnosticRecord: {} });
    const statuses = ["02N42", "01N52", "00001", "03N90"].map(status);
    const { metadata } = read("5.8", [[uuid]], { statuses });
    expect(metadata.statuses).toMatchObject(
      ["02N42", "01N52", "01N83", "00001", "03N90"].map((gqlStatus) => ({ gqlStatus })),
    );
    expect(read("5.4", [[uuid]], { statuses }).metadata.notifications).toHaveLength(1);
    const other = { code: "a.b", title: "", description: "", severity: "WARNING" };
    expect(read("5.4", [[uuid]], { notifications: [other] }).metadata.notifications).toMatchObject([
      { code: "a.b" },
      { code: CODE },
    ]);
  });

  test("there is none without a replaced value", () => {
    expect(read("5.8", [[1]]).metadata.statuses).toMatchObject([{ gqlStatus: "00000" }]);
    expect(read("5.4", [[1]]).metadata.notifications).toBeUndefined();
  });
});

test("the warning belongs to the result that had the value, and comes once, at its end", () => {
  const { client, server, ...pair } = open("5.8");
  const reply = (metadata: Metadata) => {
    server.success(metadata);
    pair.serverEvents();
    return pair.toClient().at(-1) as unknown as { response: { metadata: Read["metadata"] } };
  };
  client.begin();
  pair.toServer();
  reply({});
  for (let i = 0; i < 2; i++) {
    client.run("RETURN …");
    pair.toServer();
    reply({ fields: ["x"] });
  }
  client.pull({ n: 1, qid: 0 });
  pair.toServer();
  server.record([vector]);
  expect(reply({ hasMore: true }).response.metadata.statuses).toBeUndefined();
  client.pull({ qid: 1 });
  pair.toServer();
  server.record([1]);
  expect(reply({}).response.metadata.statuses).toMatchObject([{ gqlStatus: "00000" }]);
  client.pull({ qid: 0 });
  pair.toServer();
  expect(reply({}).response.metadata.statuses).toMatchObject([
    { gqlStatus: "01N83" },
    { gqlStatus: "00000" },
  ]);
});

test("a row that cannot be sent leaves no warning to a later result", () => {
  const { client, server, ...pair } = open("4.4");
  client.run("RETURN …");
  client.pull();
  pair.toServer();
  server.success({ fields: ["x", "y"] });
  pair.serverEvents();
  expect(() => server.record([vector, () => 1])).toThrow(PackError);
  server.failure(new Failure("Neo.ClientError.Request.Invalid", "no"));
  client.reset();
  pair.toServer();
  server.success();
  client.run("RETURN …");
  client.pull();
  pair.toServer();
  server.success({ fields: ["x"] });
  pair.serverEvents();
  server.record([1]);
  server.success({});
  expect(pair.toClient().at(-1)).not.toHaveProperty("response.metadata.notifications");
});

test("a server's own writers take precedence", () => {
  const writers = new Map<Function, (packer: { write(value: unknown): void }, value: never) => void>([
    [Vector, (packer, value: Vector) => packer.write([...value.data])],
  ]);
  const pair = ConnectionPair.ready("5.8", {}, { writers });
  pair.client.run("RETURN …");
  pair.client.pull();
  pair.toServer();
  pair.server.success({ fields: ["x", "y"] });
  pair.serverEvents();
  pair.server.record([vector, uuid]);
  expect(pair.toClient().at(-1)).toMatchObject({ records: [[[1, 2, 3], told("UUID")]] });
});

/** A pair that is READY, with its methods bound. */
function open(version: string) {
  const pair = ConnectionPair.ready(version);
  return {
    client: pair.client,
    server: pair.server,
    toServer: () => pair.toServer(),
    toClient: () => pair.toClient(),
    serverEvents: () => pair.serverEvents(),
  };
}
