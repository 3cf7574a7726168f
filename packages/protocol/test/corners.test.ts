// Corners of a dialogue that the long tests pass by: each was found by breaking its line and seeing no test fail.
import { MessageWriter, Structure } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import { LocalProtocolError } from "../src/index.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";

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

test("rows without columns are rows", () => {
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

test("IGNORED with metadata, as the first specification had it", () => {
  const pair = ConnectionPair.ready("1");
  pair.client.run("RETRUN 1");
  pair.client.pull();
  pair.client.bytesToSend();
  const writer = new MessageWriter();
  writer.write(new Structure(0x7f, [{ code: "Neo.ClientError.Statement.SyntaxError", message: "no" }]));
  writer.write(new Structure(0x7e, [{}]));
  pair.client.receive(writer.bytesToSend()!);
  expect(pair.clientEvents()).toMatchObject([
    { response: { name: "FAILURE" } },
    { response: { name: "IGNORED" } },
  ]);
  expect(pair.client.state).toBe("FAILED");
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

test("another least severity is a request that cannot be taken", () => {
  const pair = ConnectionPair.ready("5.4");
  pair.client.begin({ notificationsMinimumSeverity: "LOUD" });
  expect(pair.toServer()).toEqual([]);
  const [answer] = pair.toClient();
  expect(answer).toHaveProperty("response.code", "Neo.ClientError.Request.Invalid");
  expect(pair.server.state).toBe("FAILED");
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

  test("is none, when it says nothing else: so drivers begin that were given none", () => {
    const [logon] = login({}).serverEvents();
    expect(logon).toHaveProperty("request.auth.scheme", "none");
  });

  test.each([{ principal: "ann" }, { credentials: "secret" }])("is refused with %o", (auth) => {
    const pair = login(auth);
    expect(() => pair.serverEvents()).toThrow("missing key `scheme`");
    expect(pair.server.state).toBe("DEFUNCT");
  });
});
