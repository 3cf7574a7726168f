// "Nothing was sent, nothing has changed": what a caller may do after a verb of either side was refused.
import { describe, expect, test } from "vitest";
import { LocalProtocolError, PackError, SUPPORTED_VERSIONS } from "../src/index.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";

const UNPACKABLE = () => 1;

const started = (version: string): ConnectionPair => {
  const pair = new ConnectionPair(version);
  pair.handshake();
  return pair;
};

describe("client", () => {
  test.each(SUPPORTED_VERSIONS.map(String))(
    "LOGON with a token that cannot be packed, Bolt %s",
    (version) => {
      const pair = started(version);
      const { client } = pair;
      client.hello({ userAgent: "again/1.0" });
      const before = [client.state, client.pending];
      expect(() => client.logon({ ...TOKEN, credentials: "\ud800" })).toThrow(PackError);
      expect([client.state, client.pending]).toEqual(before);
      expect([client.can("LOGON"), client.can("RUN")]).toEqual([true, false]);
      client.logon(TOKEN);
      for (const event of pair.toServer()) {
        expect(event).toMatchObject({ request: { name: "HELLO", userAgent: "again/1.0" } });
        pair.server.success();
      }
    },
  );

  test("a HELLO that waits for its LOGON ends with the connection", () => {
    for (const end of ["goodbye", "receiveEof"] as const) {
      const pair = started("4.4");
      const { client } = pair;
      client.hello({ userAgent: "gone/1.0" });
      client[end]();
      pair.clientEvents();
      client.bytesToSend();
      expect(client.can("LOGON")).toBe(false);
      expect(() => client.logon(TOKEN)).toThrow(LocalProtocolError);
      expect(client.bytesToSend()).toBeUndefined();
    }
  });

  test("a timeout that is no number of milliseconds", () => {
    for (const txTimeoutMs of [NaN, Infinity, 2 ** 60, 5n, "5", null]) {
      const { client } = ConnectionPair.ready("5.4");
      const extra = { txTimeoutMs: txTimeoutMs as number };
      expect(() => client.run("RETURN 1", {}, extra)).toThrow(`takes txTimeoutMs = milliseconds, got`);
      expect(() => client.begin(extra)).toThrow(LocalProtocolError);
      expect([client.state, client.pending, client.bytesToSend()]).toEqual(["READY", 0, undefined]);
    }
  });

  test("parameters that are no dictionary", () => {
    const { client } = ConnectionPair.ready("5.4");
    for (const parameters of [null, 5, "x", []]) {
      expect(() => client.run("RETURN 1", parameters as never)).toThrow(
        "RUN takes parameters = a dictionary",
      );
      expect([client.state, client.pending, client.bytesToSend()]).toEqual(["READY", 0, undefined]);
    }
    client.run("RETURN $x", new Map([["x", 1]]) as never);
    expect(client.pending).toBe(1);
  });

  test("a DISCARD of some records before 4.0; a PULL of some is all of them there", () => {
    const { client } = ConnectionPair.ready("3");
    client.run("RETURN 1");
    expect(() => client.discard({ n: 5 })).toThrow("DISCARD of 5 records needs Bolt 4.0 or later");
    expect(client.pull({ n: 5 })).toMatchObject({ n: -1 });
  });

  test("a query that is not a string", () => {
    const { client } = ConnectionPair.ready("5.4");
    for (const query of [42, { text: "RETURN 1" }, undefined, Symbol("q")]) {
      expect(() => client.run(query as unknown as string)).toThrow("as String");
      expect([client.pending, client.bytesToSend()]).toEqual([0, undefined]);
    }
    client.run("RETURN 1");
    expect(client.bytesToSend()).toHaveLength(17);
  });

  test("a notification filter in the HELLO of a version that has none", () => {
    const { client } = started("5.1");
    expect(() => client.hello({ userAgent: "f/1.0", notificationsMinimumSeverity: "OFF" })).toThrow(
      "HELLO with notificationsMinimumSeverity needs Bolt 5.2 or later; this connection speaks 5.1",
    );
    client.hello({ userAgent: "f/1.0" });
  });
});

describe("server", () => {
  test("SUCCESS that cannot be packed opens no result", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.begin();
    client.run("RETURN 1 AS n");
    client.pull();
    pair.toServer();
    server.success();
    pair.serverEvents();
    expect(() => server.success({ fields: ["n"], extra: UNPACKABLE })).toThrow(PackError);
    server.success({ fields: ["n"] });
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "PULL" }, qid: 0 }]);
    expect(() => server.success({ extra: UNPACKABLE })).toThrow(PackError);
    server.success();
    pair.toClient();
    expect([client.state, server.state]).toEqual(["TX_READY", "TX_READY"]);
  });

  test("SUCCESS that cannot be packed does not lose what is known of the result", () => {
    const pair = ConnectionPair.ready("5.6");
    const { client, server } = pair;
    client.run("RETURN 1 AS n");
    client.pull();
    pair.toServer();
    server.success({ fields: ["n"] });
    pair.serverEvents();
    server.record([1]);
    expect(() => server.success({ extra: UNPACKABLE })).toThrow(PackError);
    server.success();
    expect(pair.toClient().at(-1)).toMatchObject({
      response: { metadata: { statuses: [{ gqlStatus: "00000" }] } },
    });
  });

  test("hasMore where the state table has no such transition", () => {
    for (const version of ["3", "5.4"]) {
      const pair = ConnectionPair.ready(version);
      const { client, server } = pair;
      client.run("RETURN 1 AS n");
      client.pull();
      pair.toServer();
      expect(() => server.success({ fields: ["n"], hasMore: true })).toThrow(
        `SUCCESS with hasMore is no answer to RUN in Bolt ${version}`,
      );
      expect([server.state, server.bytesToSend()]).toEqual(["READY", undefined]);
      server.success({ fields: ["n"] });
      pair.serverEvents();
      if (version === "3") expect(() => server.success({ hasMore: true })).toThrow("no answer to PULL_ALL");
      server.success();
      pair.toClient();
      expect([client.state, server.state]).toEqual(["READY", "READY"]);
    }
  });
});
