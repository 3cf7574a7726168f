// The whole state machine of a Bolt server as data, one table per protocol generation. Both roles run on
// it: the server to judge what came, the client to judge what may be sent. It knows no role and no bytes.
import type { BoltVersion } from "@bolt/framing";

/** Spec: server state specification. CONNECTED is the first state up to 5.0, NEGOTIATION from 5.1 on. */
export type State =
  | "DISCONNECTED"
  | "CONNECTED"
  | "NEGOTIATION"
  | "AUTHENTICATION"
  | "READY"
  | "STREAMING"
  | "TX_READY"
  | "TX_STREAMING"
  | "FAILED"
  | "INTERRUPTED"
  | "DEFUNCT";

/** Requests by their name in the specification. HELLO is INIT, PULL is PULL_ALL on the versions that say so. */
export type RequestName =
  | "HELLO"
  | "LOGON"
  | "LOGOFF"
  | "GOODBYE"
  | "RESET"
  | "ACK_FAILURE"
  | "RUN"
  | "PULL"
  | "DISCARD"
  | "BEGIN"
  | "COMMIT"
  | "ROLLBACK"
  | "ROUTE"
  | "TELEMETRY";

/** Where a request leads. In TX_STREAMING the end of a result leads to TX_READY only once none is open. */
export interface Transition {
  readonly success: State;
  /** After SUCCESS with `has_more`: true. */
  readonly hasMore?: State;
  readonly failure: State;
}

/**
 * `IGNORED`: answered by IGNORED, and the state stays. `TOLERATED`: the same on our server, but a Neo4j server may
 * close the connection, so a client does not send it.
 */
export type Reaction = Transition | "IGNORED" | "TOLERATED";

/** What is not in the table is a violation: FAILURE, then the connection is closed. */
export type StateTable = Readonly<Partial<Record<State, Readonly<Partial<Record<RequestName, Reaction>>>>>>;

const to = (success: State, failure: State = "FAILED"): Transition => Object.freeze({ success, failure });
const stream = (open: State, end: State): Transition =>
  Object.freeze({ success: end, hasMore: open, failure: "FAILED" });

/**
 * Every connection of the program runs on the same tables, which are exported. They are made by functions, so that
 * bundlers see that they have no side effect.
 */
function frozen(make: () => StateTable): StateTable {
  const table = make();
  for (const reactions of Object.values(table)) Object.freeze(reactions);
  return Object.freeze(table);
}

const GOODBYE = /* @__PURE__ */ to("DEFUNCT", "DEFUNCT");
const RESET = /* @__PURE__ */ to("READY", "DEFUNCT");
/** Allowed from the login on, in every state. */
const ALWAYS = { RESET, GOODBYE } as const;

const IGNORING = {
  RUN: "IGNORED",
  PULL: "IGNORED",
  DISCARD: "IGNORED",
  COMMIT: "IGNORED",
  ROLLBACK: "IGNORED",
} as const;
const INTERRUPTED = { ...IGNORING, BEGIN: "IGNORED", ...ALWAYS } as const;

/** Bolt 1 and 2. BEGIN, COMMIT and ROLLBACK are RUN texts there, here under the names of the later messages. */
const V1: StateTable = /* @__PURE__ */ frozen(() => ({
  CONNECTED: { HELLO: to("READY", "DEFUNCT"), GOODBYE },
  READY: { RUN: to("STREAMING"), BEGIN: to("TX_READY"), ...ALWAYS },
  STREAMING: { PULL: to("READY"), DISCARD: to("READY"), ...ALWAYS },
  TX_READY: { RUN: to("TX_STREAMING"), COMMIT: to("READY"), ROLLBACK: to("READY"), ...ALWAYS },
  TX_STREAMING: { PULL: to("TX_READY"), DISCARD: to("TX_READY"), ...ALWAYS },
  FAILED: { ...IGNORING, BEGIN: "IGNORED", ACK_FAILURE: to("READY"), ...ALWAYS },
  INTERRUPTED: { ...INTERRUPTED, ACK_FAILURE: "IGNORED" },
}));

/** Bolt 3: one open result at a time. */
const V3: StateTable = /* @__PURE__ */ frozen(() => ({
  ...V1,
  FAILED: { ...IGNORING, BEGIN: "TOLERATED", ...ALWAYS },
  INTERRUPTED,
}));

/** Bolt 4.0 to 5.0: results in batches, several open in a transaction; ROUTE from 4.3 on. */
const V4: StateTable = /* @__PURE__ */ frozen(() => ({
  CONNECTED: { HELLO: to("READY", "DEFUNCT"), GOODBYE },
  READY: { RUN: to("STREAMING"), BEGIN: to("TX_READY"), ROUTE: to("READY"), ...ALWAYS },
  STREAMING: { PULL: stream("STREAMING", "READY"), DISCARD: stream("STREAMING", "READY"), ...ALWAYS },
  TX_READY: { RUN: to("TX_STREAMING"), COMMIT: to("READY"), ROLLBACK: to("READY"), ...ALWAYS },
  TX_STREAMING: {
    RUN: to("TX_STREAMING"),
    PULL: stream("TX_STREAMING", "TX_READY"),
    DISCARD: stream("TX_STREAMING", "TX_READY"),
    // The specification has neither; every server takes both and drops what is open, and drivers rely on it.
    COMMIT: to("READY"),
    ROLLBACK: to("READY"),
    ...ALWAYS,
  },
  FAILED: { ...IGNORING, BEGIN: "TOLERATED", ROUTE: "IGNORED", ...ALWAYS },
  INTERRUPTED: { ...INTERRUPTED, ROUTE: "IGNORED" },
}));

/** Bolt 5.1 to 6.1: login apart from HELLO; TELEMETRY from 5.4 on. RESET never leads past a login. */
const V5: StateTable = /* @__PURE__ */ frozen(() => ({
  NEGOTIATION: { HELLO: to("AUTHENTICATION", "DEFUNCT"), GOODBYE },
  AUTHENTICATION: { LOGON: to("READY", "DEFUNCT"), GOODBYE },
  READY: { ...V4.READY, LOGOFF: to("AUTHENTICATION"), TELEMETRY: to("READY") },
  STREAMING: V4.STREAMING!,
  TX_READY: V4.TX_READY!,
  TX_STREAMING: V4.TX_STREAMING!,
  FAILED: { ...V4.FAILED, LOGOFF: "TOLERATED", TELEMETRY: "IGNORED" },
  INTERRUPTED: { ...V4.INTERRUPTED, LOGOFF: "IGNORED", LOGON: "IGNORED", TELEMETRY: "IGNORED" },
}));

/** One table per generation, by the first version that it holds for. */
export const STATE_TABLES: Readonly<Record<"1" | "3" | "4.0" | "5.1", StateTable>> =
  /* @__PURE__ */ Object.freeze({ "1": V1, "3": V3, "4.0": V4, "5.1": V5 });

/** The table of a version. */
export function stateTable(version: BoltVersion): StateTable {
  if (version.atLeast(5, 1)) return V5;
  if (version.atLeast(4)) return V4;
  return version.atLeast(3) ? V3 : V1;
}

/** The state once the handshake is done. */
export function initialState(version: BoltVersion): State {
  return version.atLeast(5, 1) ? "NEGOTIATION" : "CONNECTED";
}

/** The state in which a connection is before it has logged in, or after it has logged off. */
export function isBeforeLogin(state: State): boolean {
  return (
    state === "DISCONNECTED" || state === "CONNECTED" || state === "NEGOTIATION" || state === "AUTHENTICATION"
  );
}
