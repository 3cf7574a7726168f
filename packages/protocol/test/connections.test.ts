import { MessageReader, MessageWriter } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import {
  ClientConnection,
  Failure,
  HandshakeError,
  LocalProtocolError,
  RemoteProtocolError,
  ServerConnection,
  SUPPORTED_VERSIONS,
} from "../src/index.ts";
import { writeRequest } from "../src/request-writer.ts";
import { Pull } from "../src/requests.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";

// A new version is tested here as soon as it is supported.
const VERSIONS = SUPPORTED_VERSIONS.map(String);
const names = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe.each(VERSIONS)("Bolt %s", (version) => {
  test("handshake, login, a query, a failure and its RESET, a transaction, goodbye", () => {
    const pair = ConnectionPair.ready(version);
    const { client, server } = pair;
    expect(`${client.version}`).toBe(version);
    expect([client.state, server.state]).toEqual(["READY", "READY"]);

    client.run("UNWIND [1, 2] AS n RETURN n", { x: 1 });
    client.pull();
    expect(pair.toServer()).toMatchObject([{ request: { name: "RUN", parameters: { x: 1 } }, qid: 0 }]);
    server.success({ fields: ["n"], tFirst: 1 });
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "PULL", n: -1 }, qid: 0 }]);
    server.record([1]);
    server.record([2]);
    server.success({ type: "r", tLast: 2 });
    expect(pair.toClient()).toMatchObject([
      { type: "ResponseReceived", response: { metadata: { fields: ["n"], tFirst: 1 } } },
      { type: "RecordReceived", records: [[1], [2]] },
      { type: "ResponseReceived", response: { metadata: { type: "r", tLast: 2 } } },
    ]);
    expect(client.state).toBe("READY");

    client.run("RETRUN 1");
    client.pull();
    pair.toServer();
    server.failure(new Failure("Neo.ClientError.Statement.SyntaxError", "what is RETRUN?"));
    expect(pair.serverEvents(), "the PULL is answered without asking").toEqual([]);
    const [failed, ignored] = pair.toClient();
    expect(failed).toMatchObject({
      response: {
        code: "Neo.ClientError.Statement.SyntaxError",
        message: "what is RETRUN?",
        gqlStatus: "50N42",
      },
    });
    expect(ignored).toMatchObject({ response: { name: "IGNORED" } });
    expect([client.state, server.state]).toEqual(["FAILED", "FAILED"]);
    client.reset();
    pair.toServer();
    server.success();
    pair.toClient();
    expect([client.state, server.state]).toEqual(["READY", "READY"]);

    client.begin();
    expect(pair.toServer()).toMatchObject([{ request: { name: "BEGIN" } }]);
    server.success();
    pair.serverEvents();
    expect(pair.toClient()).toHaveLength(1);
    expect([client.state, server.state]).toEqual(["TX_READY", "TX_READY"]);
    client.run("CREATE ()");
    client.discard();
    pair.toServer();
    server.success({ fields: [] });
    pair.serverEvents();
    server.success({ type: "w", stats: { "nodes-created": 1 } });
    expect(pair.toClient().at(-1)).toMatchObject({
      response: { metadata: { stats: { "nodes-created": 1 } } },
    });
    client.commit();
    expect(pair.toServer()).toMatchObject([{ request: { name: "COMMIT" } }]);
    server.success({ bookmark: "neo4j:bookmark:v1:tx7" });
    pair.serverEvents();
    expect(pair.toClient()).toMatchObject([
      { response: { metadata: { bookmark: "neo4j:bookmark:v1:tx7" } } },
    ]);
    expect([client.state, server.state, client.pending, server.pending]).toEqual(["READY", "READY", 0, 0]);

    client.goodbye();
    expect(client.state).toBe("DEFUNCT");
    expect(pair.toServer()).toMatchObject(Number(version) < 3 ? [] : [{ request: { name: "GOODBYE" } }]);
  });

  test("a RESET jumps ahead of what is queued; the running request is still answered in its place", () => {
    const pair = ConnectionPair.ready(version);
    const { client, server } = pair;
    client.run("CALL slow()");
    client.pull();
    expect(names(pair.toServer())).toEqual(["RequestReceived"]);
    client.reset();
    expect(names(pair.toServer())).toEqual(["Interrupted"]);
    expect(server.state).toBe("INTERRUPTED");
    server.failure(new Failure("Neo.TransientError.Transaction.Terminated", "reset"));
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "RESET" } }]);
    server.success();
    expect(pair.toClient().map((event) => event.type === "ResponseReceived" && event.response.name)).toEqual([
      "FAILURE",
      "IGNORED",
      "SUCCESS",
    ]);
    expect([client.state, server.state]).toEqual(["READY", "READY"]);
  });

  test("each answer refers to the request that its verb returned, which is pending until then", () => {
    const pair = new ConnectionPair(version);
    pair.handshake();
    const { client, server } = pair;
    const requests = [client.hello({ userAgent: "same/1.0" }), client.logon(TOKEN), client.begin()];
    expect(client.pending).toBe(3);
    pair.toServer();
    while (server.pending > 0) {
      server.success();
      pair.serverEvents();
    }
    const answers = pair.toClient().map((event) => event.type === "ResponseReceived" && event.request);
    expect(answers).toHaveLength(3);
    for (const [at, request] of requests.entries()) expect(answers[at]).toBe(request);
    expect(client.pending).toBe(0);
  });

  test("the loss of the connection names every request that was not answered", () => {
    const pair = new ConnectionPair(version);
    pair.handshake();
    const { client } = pair;
    const requests = [client.hello({ userAgent: "same/1.0" }), client.logon(TOKEN), client.run("RETURN 1")];
    client.receiveEof();
    const [lost] = pair.clientEvents();
    expect(lost).toMatchObject({ type: "ConnectionLost", pending: requests.map(({ name }) => ({ name })) });
  });

  test("GOODBYE is the last event, even when a request is running", () => {
    if (Number(version) < 3) return;
    const pair = ConnectionPair.ready(version);
    const { client, server } = pair;
    client.run("CALL slow()");
    pair.toServer();
    client.goodbye();
    expect(pair.toServer()).toMatchObject([{ request: { name: "GOODBYE" } }]);
    expect(server.state).toBe("DEFUNCT");
    server.receive(Uint8Array.of(0, 2, 0xb0, 0x0f, 0, 0, 0, 9));
    server.receiveEof();
    expect([pair.serverEvents(), server.bytesToSend()]).toEqual([[], undefined]);
  });

  test("of two RESETs the first is IGNORED", () => {
    const pair = ConnectionPair.ready(version);
    const { client, server } = pair;
    client.run("CALL slow()");
    pair.toServer();
    client.reset();
    client.reset();
    expect(names(pair.toServer())).toEqual(["Interrupted"]);
    server.ignored();
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "RESET" } }]);
    server.success();
    expect(pair.toClient().map((event) => event.type === "ResponseReceived" && event.response.name)).toEqual([
      "IGNORED",
      "IGNORED",
      "SUCCESS",
    ]);
    expect([client.state, server.state, client.pending]).toEqual(["READY", "READY", 0]);
  });
});

describe("results in a transaction", () => {
  test("several are open at once, each with its qid", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.begin();
    client.run("UNWIND range(1, 9) AS a RETURN a");
    client.pull({ n: 2 });
    pair.toServer();
    server.success();
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "RUN" }, qid: 0 }]);
    server.success({ fields: ["a"] });
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "PULL", n: 2 }, qid: 0 }]);
    server.record([1]);
    server.record([2]);
    server.success({ hasMore: true });
    expect(pair.toClient()).toMatchObject([
      {},
      { response: { metadata: { qid: 0 } } },
      {},
      { response: { metadata: { hasMore: true } } },
    ]);

    client.run("RETURN 1 AS b");
    client.pull();
    pair.toServer();
    server.success({ fields: ["b"] });
    expect(pair.serverEvents()).toMatchObject([{ request: { name: "PULL" }, qid: 1 }]);
    server.success();
    pair.toClient();
    expect([client.state, server.state]).toEqual(["TX_STREAMING", "TX_STREAMING"]);

    client.pull({ n: -1, qid: 0 });
    expect(pair.toServer()).toMatchObject([{ request: { name: "PULL", qid: 0 }, qid: 0 }]);
    server.success();
    pair.toClient();
    expect([client.state, server.state]).toEqual(["TX_READY", "TX_READY"]);

    client.rollback();
    pair.toServer();
    server.success();
    pair.toClient();
    client.begin();
    client.run("RETURN 1");
    pair.toServer();
    server.success();
    expect(pair.serverEvents(), "ids begin anew").toMatchObject([{ qid: 0 }]);
  });

  test("an unknown qid is refused without asking the engine", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.run("RETURN 1 AS n");
    client.pull({ qid: 7 });
    pair.toServer();
    server.success({ fields: ["n"] });
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.toClient().at(-1)).toMatchObject({
      response: { code: "Neo.ClientError.Request.InvalidFormat", message: "No such statement: 7" },
    });
    expect(server.state).toBe("FAILED");
  });

  test.each(["4.0", "5.0", "6.1"])(
    "a result that has ended is one too, and the last one of all: %s",
    (version) => {
      for (const [qid, refused] of [
        [0, "No such statement: 0"],
        [undefined, "No such statement: -1"],
        [5, "No such statement: 5"],
      ] as const) {
        const pair = ConnectionPair.ready(version);
        const { client, server } = pair;
        for (const verb of ["begin", "run", "pull"] as const) {
          client[verb]("RETURN 1 AS n");
          pair.toServer();
          server.success(verb === "run" ? { fields: ["n"] } : {});
          pair.toClient();
        }
        expect(server.state).toBe("TX_READY");
        // Our client would refuse to.
        const writer = new MessageWriter();
        writeRequest(writer, new Pull(-1, qid), server.version!);
        server.receive(writer.bytesToSend()!);
        expect(pair.serverEvents()).toEqual([]);
        const answers = new MessageReader();
        answers.receive(server.bytesToSend()!);
        expect(JSON.stringify(answers.next())).toContain(refused);
        expect(server.state).toBe("FAILED");
        client.reset();
        expect(pair.toServer()).toMatchObject([{ request: { name: "RESET" } }]);
      }
    },
  );
});

describe("what a peer may not do", () => {
  test("a RECORD of the wrong width is refused, the good ones before it are handed out", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.run("RETURN 1 AS a, 2 AS b");
    client.pull();
    pair.toServer();
    server.success({ fields: ["a", "b"] });
    pair.serverEvents();
    server.record([1, 2]);
    server.record([1]);
    client.receive(server.bytesToSend()!);
    expect(client.nextEvent()).toMatchObject({ type: "ResponseReceived" });
    expect(client.nextEvent()).toMatchObject({ records: [[1, 2]] });
    expect(() => client.nextEvent()).toThrow(RemoteProtocolError);
    expect(client.state).toBe("DEFUNCT");
    expect(client.nextEvent()).toBeUndefined();
  });

  test("records are not checked against the columns of an earlier result", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    for (const fields of [["a", "b"], undefined]) {
      client.run("RETURN 1");
      client.pull();
      pair.toServer();
      server.success(fields && { fields });
      pair.serverEvents();
      server.record(fields ?? [1]);
      server.success();
      expect(pair.toClient()).toMatchObject([{}, { records: [fields ?? [1]] }, {}]);
    }
  });

  test("an answer to no request never becomes the answer to the next one", () => {
    const pair = ConnectionPair.ready("5.4");
    pair.client.receive(Uint8Array.from(Buffer.from("0002b07e0000", "hex")));
    expect(() => pair.client.nextEvent()).toThrow("unexpected IGNORED while nothing was awaited");
  });

  test("RESET after a LOGOFF, or a LOGON being checked, does not lead past the login", () => {
    for (const verb of ["logoff", "logon"] as const) {
      const pair = ConnectionPair.ready("5.4");
      const { client, server } = pair;
      client.logoff();
      if (verb === "logon") {
        pair.toServer();
        server.success();
        pair.toClient();
        client.logon(TOKEN);
      }
      pair.toServer();
      server.receive(Uint8Array.from(Buffer.from("0002b00f0000", "hex")));
      expect(pair.serverEvents(), "no jumping ahead").toEqual([]);
      if (verb === "logoff") {
        server.success();
        expect(() => server.nextEvent()).toThrow(
          "RESET cannot be handled by a session in the AUTHENTICATION state",
        );
      } else {
        server.failure(new Failure("Neo.ClientError.Security.Unauthorized", "no"));
        expect(server.state).toBe("DEFUNCT");
        expect(server.nextEvent()).toBeUndefined();
      }
      expect(server.state).toBe("DEFUNCT");
    }
  });

  test("parameters that cannot be read get a FAILURE, and RESET recovers from it", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    server.receive(
      Uint8Array.from(
        Buffer.from("0018b3108e52455455524e202478204153206ea18178b17b01a000000006b13fa1816eff0000", "hex"),
      ),
    );
    expect(pair.serverEvents()).toEqual([]);
    expect(server.state).toBe("FAILED");
    expect(server.bytesToSend()).toBeDefined();
    client.reset();
    expect(pair.toServer()).toMatchObject([{ request: { name: "RESET" } }]);
    server.success();
    expect(server.state).toBe("READY");
  });

  test("a message above the limit before the login ends the connection with a FAILURE", () => {
    const server = new ServerConnection();
    server.receive(Uint8Array.from(Buffer.from("6060b01700000405000000000000000000000000", "hex")));
    server.nextEvent();
    server.bytesToSend();
    server.receive(new Uint8Array(9000).fill(0x81, 2).fill(0x23, 0, 2));
    expect(() => server.nextEvent()).toThrow(RemoteProtocolError);
    expect(server.state).toBe("DEFUNCT");
    expect(server.bytesToSend()).toBeDefined();
  });

  test("a long request after a new login may come while the login is being checked", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.logoff();
    client.logon(TOKEN);
    client.run("RETURN $text", { text: "x".repeat(100_000) });
    const bytes = client.bytesToSend()!;
    const asked: unknown[] = [];
    for (let at = 0; at < bytes.length || server.pending > 0; at += 40_000) {
      server.receive(bytes.slice(at, at + 40_000));
      for (const event of pair.serverEvents())
        asked.push(event.type === "RequestReceived" && event.request.name);
      server.success(); // one piece after the request
    }
    expect(asked).toEqual(["LOGOFF", "LOGON", "RUN"]);
    expect(server.state).toBe("STREAMING");
  });

  test("the end of the stream is reported, with the requests left unanswered", () => {
    const pair = ConnectionPair.ready("5.4");
    pair.client.run("RETURN 1");
    pair.client.pull();
    pair.client.receive(Uint8Array.of(0, 5, 0xb1));
    pair.client.receiveEof();
    expect(pair.clientEvents()).toMatchObject([
      {
        type: "ConnectionLost",
        pending: [{ name: "RUN" }, { name: "PULL" }],
        error: { code: "REMOTE_PROTOCOL_ERROR" },
      },
    ]);
    expect(pair.client.state).toBe("DEFUNCT");
    pair.toServer();
    pair.server.receiveEof();
    expect(pair.serverEvents()).toMatchObject([{ type: "ConnectionLost", pending: [{ name: "RUN" }] }]);
  });

  test.each(["client", "server"] as const)(
    "the end before the handshake is done breaks it off: %s",
    (role) => {
      const connection = new ConnectionPair("5.4")[role];
      connection.receiveEof();
      expect(() => connection.nextEvent()).toThrow(HandshakeError);
      expect(connection.state).toBe("DEFUNCT");
    },
  );

  test("a client that sends everything at once is answered in one piece", () => {
    const client = new ClientConnection({ versions: ["4.4"] });
    const server = new ServerConnection();
    const said = [client.bytesToSend()!];
    client.receive(Uint8Array.of(0, 0, 4, 4));
    client.nextEvent();
    client.hello({ userAgent: "eager/1.0" });
    client.logon(TOKEN);
    said.push(client.bytesToSend()!);
    server.receive(Uint8Array.from(said.flatMap((bytes) => [...bytes])));
    while (server.nextEvent()?.type === "VersionNegotiated");
    server.success();
    expect(server.queuedBytes).toBe(11);
    expect([...server.bytesToSend()!]).toEqual([0, 0, 4, 4, 0, 3, 0xb1, 0x70, 0xa0, 0, 0]);
    expect(server.bytesToSend()).toBeUndefined();
  });

  test("nothing is sent to a client that has gone", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.run("RETURN 1");
    client.pull();
    pair.toServer();
    server.receiveEof();
    expect(pair.serverEvents()).toMatchObject([{ type: "ConnectionLost", pending: [{ name: "RUN" }] }]);
    for (const verb of ["success", "ignored", "noop"] as const) {
      expect(() => server[verb]()).toThrow(LocalProtocolError);
    }
    expect([server.state, server.pending, server.bytesToSend()]).toEqual(["DEFUNCT", 0, undefined]);
    expect(pair.serverEvents()).toEqual([]);
  });
});

describe("pipelining", () => {
  test("a verb is refused when outstanding requests may lead to a state that forbids it", () => {
    const { client } = ConnectionPair.ready("5.4");
    client.run("RETURN 1");
    client.pull({ n: 1000 });
    expect(() => client.run("RETURN 2")).toThrow("RUN is not allowed in state STREAMING");
    expect(() => client.pull()).toThrow("PULL is not allowed in state READY");
    client.reset();
    client.run("RETURN 2");
    client.pull();
    client.run("RETURN 3");
    expect(client.pending).toBe(6);
  });

  test("a server that holds rows back although all were asked for can be asked again", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.run("RETURN 1");
    client.pull();
    pair.toServer();
    server.success();
    pair.serverEvents();
    server.success({ hasMore: true });
    pair.toClient();
    expect([client.state, client.can("RUN"), client.can("PULL")]).toEqual(["STREAMING", false, true]);
  });

  test("50,000 results in batches, in one go, cost no more each than a single one", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    client.begin();
    for (let i = 0; i < 50_000; i++) {
      client.run("RETURN 1");
      client.pull({ n: 1000 });
    }
    server.receive(client.bytesToSend()!);
    while (server.nextEvent()) server.success();
    expect(pair.toClient()).toHaveLength(100_001);
    expect([client.pending, client.state]).toEqual([0, "TX_READY"]);
  });

  test("100,000 queries in one go are answered in order", () => {
    const pair = ConnectionPair.ready("5.4");
    const { client, server } = pair;
    const count = 100_000;
    for (let i = 0; i < count; i++) {
      client.run("RETURN $i", { i });
      client.discard();
    }
    server.receive(client.bytesToSend()!);
    let last = -1;
    for (let event = server.nextEvent(); event; event = server.nextEvent()) {
      if (event.type !== "RequestReceived") continue;
      if (event.request.name === "RUN") expect(event.request.parameters["i"]).toBe(++last);
      server.success();
    }
    expect(last).toBe(count - 1);
    expect(pair.toClient()).toHaveLength(2 * count);
    expect(client.pending).toBe(0);
  });
});
