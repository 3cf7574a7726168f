// Corner cases that the longer tests miss: most were found by breaking a line of code and seeing no test fail.
import { MessageWriter, Structure } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import { AuthToken, Failure, LocalProtocolError, UUID } from "../src/index.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";

/** Sends what only a wayward server would. */
function says(pair: ConnectionPair, ...messages: Structure[]): void {
  const writer = new MessageWriter();
  for (const message of messages) writer.write(message);
  pair.client.receive(writer.bytesToSend()!);
}

test("noop() is an empty chunk, a sign of life and nothing else", () => {
  const { client, server } = ConnectionPair.ready("5.4");
  server.noop();
  const bytes = server.bytesToSend();
  expect(bytes).toEqual(Uint8Array.of(0, 0));
  client.receive(bytes!);
  expect(client.nextEvent()).toBeUndefined();
  expect(client.noops).toBe(1);
});

test.each(["3", "4.4", "5.0", "5.1", "6.1"])(
  "expired credentials are told by the login, Bolt %s",
  (version) => {
    const pair = new ConnectionPair(version);
    pair.handshake();
    pair.client.hello({ userAgent: "pair/1.0" });
    pair.client.logon(TOKEN);
    pair.toServer();
    while (pair.server.pending > 0) {
      pair.server.success({ credentialsExpired: true });
      pair.serverEvents();
    }
    const login = pair.toClient().find((event) => "request" in event && event.request.name === "LOGON");
    expect(login).toMatchObject({ response: { metadata: { credentialsExpired: true } } });
  },
);

test.each(["4.3", "4.4", "6.1"])("a routing table keeps the name of its database, Bolt %s", (version) => {
  const pair = ConnectionPair.ready(version);
  for (const rt of [
    { ttl: 5, servers: [{ addresses: ["a:1"], role: "READ" }], db: "films" },
    { ttl: 5, servers: [] },
  ]) {
    pair.client.route();
    pair.toServer();
    pair.server.success({ rt });
    const [answer] = pair.toClient();
    expect(answer).toHaveProperty("response.metadata.rt", rt);
  }
});

describe("how much is asked for", () => {
  test.each([0, -2, 1.5, NaN, Infinity, 2 ** 53])("%d is refused", (n) => {
    const { client } = ConnectionPair.ready("5.4");
    client.run("RETURN 1");
    client.bytesToSend();
    expect(() => client.pull({ n })).toThrow(LocalProtocolError);
    expect(() => client.discard({ n })).toThrow(LocalProtocolError);
    expect(client.bytesToSend()).toBeUndefined();
  });
});

test("rows without columns are delivered as rows", () => {
  const pair = ConnectionPair.ready("5.4");
  pair.client.run("CALL nothing()");
  pair.client.pull();
  pair.toServer();
  pair.server.success({ fields: [] });
  pair.serverEvents();
  pair.server.record([]);
  pair.server.record([]);
  pair.server.success();
  expect(pair.toClient()).toMatchObject([{}, { records: [[], []] }, {}]);
});

test("an auto-commit result pulled as 0 is not taken for an earlier result 0", () => {
  const pair = ConnectionPair.ready("5.4");
  const rows = (fields: string[]): unknown => {
    pair.client.run("RETURN 1");
    pair.client.pull({ qid: 0 });
    pair.toServer();
    pair.server.success({ fields });
    pair.serverEvents();
    pair.server.record(fields);
    pair.server.success();
    return pair.toClient()[1];
  };
  pair.client.begin();
  pair.toServer();
  pair.server.success();
  pair.toClient();
  expect(rows(["a", "b"])).toMatchObject({ records: [["a", "b"]] });
  pair.client.commit();
  pair.toServer();
  pair.server.success();
  pair.toClient();
  expect(rows(["a"])).toMatchObject({ records: [["a"]] });
});

describe("the outcome of a result of which nothing was pulled", () => {
  test.each([
    [["n"], [-1], "02N42"],
    [["n"], [2, -1], "00000"],
    [[], [-1], "00001"],
  ])("columns %o, discarded %o: %s, as Neo4j has it", (fields, batches, gqlStatus) => {
    const pair = ConnectionPair.ready("5.8");
    pair.client.run("RETURN 1");
    pair.toServer();
    pair.server.success({ fields });
    let last = pair.toClient().at(-1);
    for (const n of batches) {
      pair.client.discard({ n });
      pair.toServer();
      pair.server.success({ hasMore: n > 0 });
      last = pair.toClient().at(-1);
    }
    expect(last).toHaveProperty("response.metadata.statuses.0.gqlStatus", gqlStatus);
  });
});

test("metadata that a server sends under our own names is dropped", () => {
  const pair = ConnectionPair.ready("5.4");
  pair.client.run("RETURN 1");
  pair.client.pull();
  pair.client.bytesToSend();
  says(
    pair,
    new Structure(0x70, [{ fields: ["a"], tFirst: "soon", connectionId: 5 }]),
    new Structure(0x70, [{ hasMore: true, more: 1 }]),
  );
  expect(pair.clientEvents()).toMatchObject([
    { response: { metadata: { fields: ["a"] } } },
    { response: { metadata: { more: 1 } } },
  ]);
  expect([pair.client.state, pair.client.pending]).toEqual(["READY", 0]);
});

test("thousands of requests after a RESET that has to wait", { timeout: 2000 }, () => {
  const pair = new ConnectionPair("5.4");
  pair.handshake();
  pair.client.hello({ userAgent: "flood/1.0" });
  pair.toServer();
  const writer = new MessageWriter();
  writer.write(new Structure(0x0f, []));
  pair.server.receive(writer.bytesToSend()!);
  for (let i = 0; i < 20_000; i++) {
    pair.server.receive(Uint8Array.of(0, 2, 0xb0, 0x0f, 0, 0));
    expect(pair.server.nextEvent()).toBeUndefined();
  }
  expect(pair.server.pending).toBe(20_002);
  pair.server.success();
  expect(() => pair.server.nextEvent()).toThrow("Message RESET cannot be handled");
});

test("IGNORED with metadata, as the first specification had it", () => {
  const pair = ConnectionPair.ready("1");
  pair.client.run("RETRUN 1");
  pair.client.pull();
  pair.client.bytesToSend();
  says(
    pair,
    new Structure(0x7f, [{ code: "Neo.ClientError.Statement.SyntaxError", message: "no" }]),
    new Structure(0x7e, [{}]),
  );
  expect(pair.clientEvents()).toMatchObject([
    { response: { name: "FAILURE" } },
    { response: { name: "IGNORED" } },
  ]);
  expect(pair.client.state).toBe("FAILED");
});

test("an ACK_FAILURE that fails leaves the state FAILED", () => {
  const pair = ConnectionPair.ready("1");
  pair.client.run("RETRUN 1");
  for (const verb of ["ackFailure", "ackFailure"] as const) {
    pair.toServer();
    pair.server.failure(new Failure("Neo.ClientError.Statement.SyntaxError", "no"));
    pair.toClient();
    expect([pair.client.state, pair.client.can("ACK_FAILURE"), pair.client.can("PULL")]).toEqual([
      "FAILED",
      true,
      true,
    ]);
    pair.client[verb]();
  }
});

test.each([
  ["off", "OFF"],
  ["Warning", "WARNING"],
])("a least severity in any case is one of three words: %s", (sent, received) => {
  const pair = ConnectionPair.ready("5.4");
  pair.client.begin({ notificationsMinimumSeverity: sent });
  const [event] = pair.toServer();
  expect(event).toHaveProperty("request.extra.notificationsMinimumSeverity", received);
});

test("an unknown minimum severity is refused", () => {
  const pair = ConnectionPair.ready("5.4");
  pair.client.begin({ notificationsMinimumSeverity: "LOUD" });
  expect(pair.toServer()).toEqual([]);
  const [answer] = pair.toClient();
  expect(answer).toHaveProperty("response.code", "Neo.ClientError.Request.Invalid");
  expect(pair.server.state).toBe("FAILED");
});

describe("a value that counts as missing", () => {
  const asked = (pair: ConnectionPair, tag: number, ...fields: unknown[]): unknown => {
    const writer = new MessageWriter();
    writer.write(new Structure(tag, fields));
    pair.server.receive(writer.bytesToSend()!);
    return pair.serverEvents()[0];
  };

  test.each(["3", "4.4", "5.8", "6.1"])("a bookmark of null is none, Bolt %s", (version) => {
    const extra = { bookmarks: [null, "b1", null] };
    const taken = { request: { extra: { bookmarks: ["b1"] } } };
    expect(asked(ConnectionPair.ready(version), 0x11, extra)).toMatchObject(taken);
    expect(asked(ConnectionPair.ready(version), 0x10, "RETURN 1", {}, extra)).toMatchObject(taken);
  });

  test("nor one of ROUTE", () => {
    const route = asked(ConnectionPair.ready("4.4"), 0x66, {}, [null], {});
    expect(route).toHaveProperty("request.bookmarks", []);
  });

  test.each(["3", "5.0", "6.1"])("a client without a name is let in, Bolt %s", (version) => {
    const pair = new ConnectionPair(version);
    pair.handshake();
    const hello = asked(pair, 0x01, { user_agent: "", scheme: "none", bolt_agent: { product: "x" } });
    expect(hello).toHaveProperty("request.userAgent", "");
  });
});

describe("a login without a scheme", () => {
  const login = (auth: object): ConnectionPair => {
    const pair = new ConnectionPair("5.8");
    pair.handshake();
    pair.client.hello({ userAgent: "pair/1.0" });
    pair.toServer();
    pair.server.success();
    const writer = new MessageWriter();
    writer.write(new Structure(0x6a, [auth]));
    pair.server.receive(writer.bytesToSend()!);
    return pair;
  };

  test("is accepted when it is empty: drivers without credentials send that", () => {
    const [logon] = login({}).serverEvents();
    expect(logon).toHaveProperty("request.auth.scheme", "none");
  });

  test.each([{ principal: "ann" }, { credentials: "secret" }])("is refused with %o", (auth) => {
    const pair = login(auth);
    expect(() => pair.serverEvents()).toThrow("missing key `scheme`");
    expect(pair.server.state).toBe("DEFUNCT");
  });

  test("null counts as missing", () => {
    const nothing = { scheme: null, principal: null, credentials: null, realm: null };
    const [logon] = login(nothing).serverEvents();
    expect(logon).toHaveProperty("request.auth", new AuthToken({ scheme: "none" }));
  });

  test.each(["scheme", "principal", "credentials", "realm"])("%s must be a string", (key) => {
    const pair = login({ scheme: "basic", principal: "ann", credentials: "secret", [key]: 7 });
    expect(() => pair.serverEvents()).toThrow(`the value of key \`${key}\` must be a string`);
  });
});

test("a RESET that had to wait for a LOGON interrupts nothing after it", () => {
  const pair = new ConnectionPair("5.4");
  const { client, server } = pair;
  pair.handshake();
  client.hello({ userAgent: "pair/1.0" });
  client.logon(TOKEN);
  pair.toServer();
  server.success();
  pair.serverEvents();
  server.receive(Uint8Array.from(Buffer.from("0002b00f0000", "hex")));
  expect(pair.serverEvents()).toEqual([]);
  server.success();
  expect(pair.serverEvents()).toMatchObject([{ request: { name: "RESET" } }]);
  pair.toClient();
  server.success();
  server.bytesToSend(); // dropped: our client has sent no RESET
  client.run("RETURN 1");
  expect(pair.toServer()).toMatchObject([{ request: { name: "RUN" } }]);
  expect(pair.serverEvents(), "nothing interrupts it").toEqual([]);
});

test("the rows of each PULL are made by its own reader", () => {
  const pair = ConnectionPair.ready("5.4");
  const { client, server } = pair;
  client.run("RETURN 1 AS n");
  client.pull({ rows: (unpacker, width) => ({ first: unpacker.read(), width }) });
  client.run("RETURN 2 AS n, 3 AS m");
  client.pull({ rows: (unpacker) => `second ${String(unpacker.read())} ${String(unpacker.read())}` });
  client.run("RETURN 4 AS n");
  client.pull();
  pair.toServer();
  for (const row of [[1], [2, 3], [4]]) {
    server.success({ fields: row.map(String) });
    pair.serverEvents();
    server.record(row);
    server.success();
    pair.serverEvents();
  }
  const records = pair.toClient().flatMap((event) => (event.type === "RecordReceived" ? event.records : []));
  expect(records).toEqual([{ first: 1, width: 1 }, "second 2 3", [4]]);
});

describe("a UUID", () => {
  const uuid = UUID.parse("550e8400-e29b-41d4-a716-446655440000");
  /** RUN with the parameter, even if a client of the version would refuse to send it. */
  const asked = (version: string): ConnectionPair => {
    const pair = ConnectionPair.ready(version);
    const writer = new MessageWriter();
    writer.write(new Structure(0x10, ["RETURN $id", { id: uuid }, {}]));
    pair.server.receive(writer.bytesToSend()!);
    return pair;
  };

  test("is a parameter from 6.1 on", () => {
    expect(asked("6.1").serverEvents()).toMatchObject([{ request: { parameters: { id: uuid } } }]);
  });

  test("is a reserved marker before 6.1, which servers refuse", () => {
    const pair = asked("6.0");
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.server.state).toBe("FAILED");
  });
});
