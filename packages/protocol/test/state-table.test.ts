import { MessageWriter } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import {
  AuthToken,
  Failure,
  LocalProtocolError,
  RemoteProtocolError,
  type RequestName,
  type State,
  STATE_TABLES,
} from "../src/index.ts";
import { writeRequest } from "../src/request-writer.ts";
import {
  AckFailure,
  Begin,
  Commit,
  Discard,
  Goodbye,
  Hello,
  Logoff,
  Logon,
  Pull,
  type Request,
  Reset,
  Rollback,
  Route,
  Run,
  Telemetry,
} from "../src/requests.ts";
import { ConnectionPair, TOKEN } from "./connection-pair.ts";

/** Ways into each state, by the client's verbs; the server answers everything with success, `fail` with FAILURE. */
type Way = (pair: ConnectionPair) => void;

const answer = (pair: ConnectionPair): void => {
  pair.toServer();
  while (pair.server.pending > 0) {
    pair.server.success({ fields: ["n"] });
    pair.serverEvents();
  }
  pair.toClient();
};
const does =
  (...verbs: ((pair: ConnectionPair) => unknown)[]): Way =>
  (pair) => {
    for (const verb of verbs) {
      verb(pair);
      answer(pair);
    }
  };
const run = (pair: ConnectionPair): unknown => pair.client.run("RETURN 1 AS n");
const begin = (pair: ConnectionPair): unknown => pair.client.begin();

const fail: Way = (pair) => {
  run(pair);
  pair.toServer();
  pair.server.failure(new Failure("Neo.ClientError.Statement.SyntaxError", "wrong"));
  pair.toClient();
};

const WAYS: Partial<Record<State, Way>> = {
  READY: () => {},
  STREAMING: does(run),
  TX_READY: does(begin),
  TX_STREAMING: does(begin, run),
  FAILED: fail,
};

const REQUESTS: Record<RequestName, () => Request> = {
  HELLO: () =>
    new Hello({ userAgent: "test/1.0", boltAgent: { product: "test/1.0" }, auth: new AuthToken(TOKEN) }),
  LOGON: () => new Logon(new AuthToken(TOKEN)),
  LOGOFF: () => new Logoff(),
  GOODBYE: () => new Goodbye(),
  RESET: () => new Reset(),
  ACK_FAILURE: () => new AckFailure(),
  RUN: () => new Run("RETURN 1 AS n", {}, {}),
  PULL: () => new Pull(-1),
  DISCARD: () => new Discard(-1),
  BEGIN: () => new Begin({}),
  COMMIT: () => new Commit(),
  ROLLBACK: () => new Rollback(),
  ROUTE: () => new Route({}),
  TELEMETRY: () => new Telemetry(0),
};

// What the server does, written out for each version and state: the state after success, "ignored", or nothing for a
// violation. As the specification's tables say, but as the servers behave where these differ.
type Row = Partial<Record<RequestName, State | "ignored">>;

const READY_3: Row = { RUN: "STREAMING", BEGIN: "TX_READY", RESET: "READY", GOODBYE: "DEFUNCT" };
const IGNORED_3: Row = {
  RUN: "ignored",
  PULL: "ignored",
  DISCARD: "ignored",
  COMMIT: "ignored",
  ROLLBACK: "ignored",
  BEGIN: "ignored",
  RESET: "READY",
  GOODBYE: "DEFUNCT",
};
const TX_READY: Row = {
  RUN: "TX_STREAMING",
  COMMIT: "READY",
  ROLLBACK: "READY",
  RESET: "READY",
  GOODBYE: "DEFUNCT",
};
const STREAMING: Row = { PULL: "READY", DISCARD: "READY", RESET: "READY", GOODBYE: "DEFUNCT" };
const TX_STREAMING_3: Row = { PULL: "TX_READY", DISCARD: "TX_READY", RESET: "READY", GOODBYE: "DEFUNCT" };
const TX_STREAMING_4: Row = { ...TX_STREAMING_3, RUN: "TX_STREAMING", COMMIT: "READY", ROLLBACK: "READY" };

const EXPECTED: Record<string, Partial<Record<State, Row>>> = {
  "3": { READY: READY_3, STREAMING, TX_READY, TX_STREAMING: TX_STREAMING_3, FAILED: IGNORED_3 },
  "4.0": { READY: READY_3, STREAMING, TX_READY, TX_STREAMING: TX_STREAMING_4, FAILED: IGNORED_3 },
  "4.4": {
    READY: { ...READY_3, ROUTE: "READY" },
    STREAMING,
    TX_READY,
    TX_STREAMING: TX_STREAMING_4,
    FAILED: { ...IGNORED_3, ROUTE: "ignored" },
  },
  "5.0": {
    READY: { ...READY_3, ROUTE: "READY" },
    STREAMING,
    TX_READY,
    TX_STREAMING: TX_STREAMING_4,
    FAILED: { ...IGNORED_3, ROUTE: "ignored" },
  },
  "5.1": {
    READY: { ...READY_3, ROUTE: "READY", LOGOFF: "AUTHENTICATION" },
    STREAMING,
    TX_READY,
    TX_STREAMING: TX_STREAMING_4,
    FAILED: { ...IGNORED_3, ROUTE: "ignored", LOGOFF: "ignored" },
  },
  "6.1": {
    READY: { ...READY_3, ROUTE: "READY", LOGOFF: "AUTHENTICATION", TELEMETRY: "READY" },
    STREAMING,
    TX_READY,
    TX_STREAMING: TX_STREAMING_4,
    FAILED: { ...IGNORED_3, ROUTE: "ignored", LOGOFF: "ignored", TELEMETRY: "ignored" },
  },
};

/** A client may not rely on a Neo4j server ignoring these. */
const NOT_BY_CLIENT: ReadonlySet<RequestName> = new Set(["BEGIN", "LOGOFF"]);

const verb = (pair: ConnectionPair, name: RequestName): unknown => {
  const { client } = pair;
  switch (name) {
    case "HELLO":
      return client.hello({ userAgent: "test/1.0" });
    case "LOGON":
      return client.logon(TOKEN);
    case "LOGOFF":
      return client.logoff();
    case "GOODBYE":
      return client.goodbye();
    case "RESET":
      return client.reset();
    case "ACK_FAILURE":
      return client.ackFailure();
    case "RUN":
      return client.run("RETURN 1 AS n");
    case "PULL":
      return client.pull();
    case "DISCARD":
      return client.discard();
    case "BEGIN":
      return client.begin();
    case "COMMIT":
      return client.commit();
    case "ROLLBACK":
      return client.rollback();
    case "ROUTE":
      return client.route();
    case "TELEMETRY":
      return client.telemetry(0);
  }
};

const cells = Object.entries(EXPECTED).flatMap(([version, states]) =>
  Object.entries(states).flatMap(([state, row]) =>
    (Object.keys(REQUESTS) as RequestName[]).map((name) => ({
      version,
      state: state as State,
      name,
      expected: row[name],
    })),
  ),
);

const inState = (version: string, state: State): ConnectionPair => {
  const pair = ConnectionPair.ready(version);
  WAYS[state]!(pair);
  expect([pair.client.state, pair.server.state]).toEqual([state, state]);
  return pair;
};

describe("server", () => {
  test.each(cells)("Bolt $version: $name in $state", ({ version, state, name, expected }) => {
    const pair = inState(version, state);
    const writer = new MessageWriter();
    writeRequest(writer, REQUESTS[name](), pair.client.version!);
    pair.server.receive(writer.bytesToSend()!);
    if (expected === undefined) {
      expect(() => pair.serverEvents()).toThrow(RemoteProtocolError);
      expect(pair.server.state).toBe("DEFUNCT");
      return;
    }
    const events = pair.serverEvents();
    if (expected === "ignored") {
      expect(events).toEqual([]);
      expect(pair.server.state).toBe(state);
      return;
    }
    expect(events).toMatchObject([{ type: "RequestReceived", request: { name } }]);
    if (name !== "GOODBYE") pair.server.success();
    expect(pair.server.state).toBe(expected);
  });
});

describe("client", () => {
  test.each(cells)("Bolt $version: $name in $state", ({ version, state, name, expected }) => {
    const pair = inState(version, state);
    const { client } = pair;
    if (expected === undefined || (expected === "ignored" && NOT_BY_CLIENT.has(name))) {
      expect(client.can(name)).toBe(false);
      expect(() => verb(pair, name)).toThrow(LocalProtocolError);
      expect(client.bytesToSend(), "nothing is sent").toBeUndefined();
      expect(client.state, "nothing has changed").toBe(state);
      expect(client.pending).toBe(0);
      return;
    }
    expect(client.can(name)).toBe(true);
    verb(pair, name);
    expect(client.bytesToSend()).toBeDefined();
    if (name === "GOODBYE") expect(client.state).toBe("DEFUNCT");
    else {
      pair.server.receive(new Uint8Array());
      expect(client.pending).toBe(1);
    }
  });
});

describe("before the login", () => {
  const states: [string, State, Way, Row][] = [
    ["4.4", "CONNECTED", () => {}, { HELLO: "READY", GOODBYE: "DEFUNCT" }],
    ["5.4", "NEGOTIATION", () => {}, { HELLO: "AUTHENTICATION", GOODBYE: "DEFUNCT" }],
    [
      "5.4",
      "AUTHENTICATION",
      does((pair) => pair.client.hello({ userAgent: "test/1.0" })),
      { LOGON: "READY", GOODBYE: "DEFUNCT" },
    ],
  ];
  const early = states.flatMap(([version, state, way, row]) =>
    (Object.keys(REQUESTS) as RequestName[]).map((name) => ({
      version,
      state,
      way,
      name,
      expected: row[name],
    })),
  );

  test.each(early)("Bolt $version: $name in $state", ({ version, state, way, name, expected }) => {
    const pair = new ConnectionPair(version);
    pair.handshake();
    way(pair);
    expect(pair.server.state).toBe(state);
    const writer = new MessageWriter();
    writeRequest(writer, REQUESTS[name](), pair.client.version!);
    pair.server.receive(writer.bytesToSend()!);
    if (expected === undefined) {
      expect(() => pair.serverEvents()).toThrow(RemoteProtocolError);
      expect(pair.server.state).toBe("DEFUNCT");
      return;
    }
    expect(pair.serverEvents()).toMatchObject([{ type: "RequestReceived", request: { name } }]);
    if (name !== "GOODBYE") pair.server.success();
    expect(pair.server.state).toBe(expected);
  });
});

test("the tables, on which every connection runs, cannot be changed", () => {
  for (const table of Object.values(STATE_TABLES)) {
    expect(Object.isFrozen(table)).toBe(true);
    for (const reactions of Object.values(table)) {
      expect(Object.isFrozen(reactions)).toBe(true);
      for (const reaction of Object.values(reactions)) expect(Object.isFrozen(reaction)).toBe(true);
    }
  }
  expect(Object.isFrozen(STATE_TABLES)).toBe(true);
});
