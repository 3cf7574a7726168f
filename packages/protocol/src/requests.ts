// The requests of every version, in the order of the specification: their fields in camelCase, their tags
// and the versions that have them. Knows nothing of bytes; the wire keys live in request-writer.ts.
import type { BoltVersion } from "@bolt/framing";
import { AuthToken } from "./auth-token.ts";
import type { RequestName } from "./server-state.ts";

/** The first version that has the message; BEGIN, COMMIT and ROLLBACK are RUN texts before 3. */
const SINCE: Readonly<Partial<Record<RequestName, readonly [major: number, minor: number]>>> = {
  ROUTE: [4, 3],
  LOGON: [5, 1],
  LOGOFF: [5, 1],
  TELEMETRY: [5, 4],
};

/** The version that the message needs, as text, when this one does not have it. */
export function missingIn(version: BoltVersion, request: RequestName): string | undefined {
  if (request === "ACK_FAILURE") return version.atLeast(3) ? "1 or 2" : undefined;
  const since = SINCE[request];
  return since && !version.atLeast(...since) ? `${since.join(".")} or later` : undefined;
}

/** How many fields the message has in the version. */
export function fieldCount(request: RequestName, version: BoltVersion): number {
  switch (request) {
    case "HELLO":
      return version.atLeast(3) ? 1 : 2;
    case "RUN":
      return version.atLeast(3) ? 3 : 2;
    case "PULL":
    case "DISCARD":
      return version.atLeast(4) ? 1 : 0;
    case "ROUTE":
      return 3;
    case "BEGIN":
    case "LOGON":
    case "TELEMETRY":
      return 1;
    default:
      return 0;
  }
}

/** The name that the version's specification uses for the message. */
export function wireName(request: RequestName, version: BoltVersion | undefined): string {
  if (request === "HELLO" && version && !version.atLeast(3)) return "INIT";
  if ((request === "PULL" || request === "DISCARD") && version && !version.atLeast(4))
    return `${request}_ALL`;
  return request;
}

/** The driver on the connection. Spec: HELLO `bolt_agent`, 5.3+. */
export interface BoltAgent {
  /** `name/version` of the library. */
  readonly product: string;
  readonly platform?: string | undefined;
  readonly language?: string | undefined;
  readonly languageDetails?: string | undefined;
}

/** Which notifications a server should leave out, 5.2+. */
export interface NotificationFilter {
  /** `WARNING`, `INFORMATION` or `OFF`. */
  readonly notificationsMinimumSeverity?: string | undefined;
  /** `HINT`, `DEPRECATION` …; called categories on the wire up to 5.4. */
  readonly notificationsDisabledClassifications?: readonly string[] | undefined;
}

export interface HelloFields extends NotificationFilter {
  readonly userAgent: string;
  /** 5.3+. */
  readonly boltAgent?: BoltAgent | undefined;
  /** 4.1+: undefined for no server-side routing, else the routing context. */
  readonly routing?: Readonly<Record<string, string>> | undefined;
  /** 4.3 and 4.4: `["utc"]` asks for date-times in UTC. */
  readonly patchBolt?: readonly string[] | undefined;
  /** Up to 5.0 the login is part of this message. */
  readonly auth?: AuthToken | undefined;
}

/** HELLO; INIT on Bolt 1 and 2. */
export class Hello implements HelloFields {
  declare readonly name: "HELLO";
  readonly userAgent: string;
  readonly boltAgent: BoltAgent | undefined;
  readonly routing: Readonly<Record<string, string>> | undefined;
  readonly patchBolt: readonly string[] | undefined;
  readonly notificationsMinimumSeverity: string | undefined;
  readonly notificationsDisabledClassifications: readonly string[] | undefined;
  readonly auth: AuthToken | undefined;

  constructor(fields: HelloFields) {
    this.userAgent = fields.userAgent;
    this.boltAgent = fields.boltAgent;
    this.routing = fields.routing;
    this.patchBolt = fields.patchBolt;
    this.notificationsMinimumSeverity = fields.notificationsMinimumSeverity;
    this.notificationsDisabledClassifications = fields.notificationsDisabledClassifications;
    this.auth = fields.auth;
  }
}

/** LOGON, 5.1+. */
export class Logon {
  declare readonly name: "LOGON";
  readonly auth: AuthToken;
  constructor(auth: AuthToken) {
    this.auth = auth;
  }
}

/** LOGOFF, 5.1+. */
export class Logoff {
  declare readonly name: "LOGOFF";
}

/** GOODBYE, 3+: never answered. */
export class Goodbye {
  declare readonly name: "GOODBYE";
}

/** RESET: interrupts what runs and rolls back what is open. */
export class Reset {
  declare readonly name: "RESET";
}

/** ACK_FAILURE, 1 and 2. */
export class AckFailure {
  declare readonly name: "ACK_FAILURE";
}

/** Options of an auto-commit RUN or of BEGIN. Spec: `extra`, 3+. */
export interface TransactionExtra extends NotificationFilter {
  readonly bookmarks?: readonly string[] | undefined;
  /** Milliseconds; 0 is no timeout, undefined the server's own. Rounded up to whole milliseconds. */
  readonly txTimeoutMs?: number | undefined;
  readonly txMetadata?: Readonly<Record<string, unknown>> | undefined;
  /** Access mode: read or write (the default). Bolt 1 and 2 cannot express it. */
  readonly mode?: "r" | "w" | undefined;
  /** 4.0+; undefined is the home database. */
  readonly db?: string | undefined;
  /** 4.4+. */
  readonly impUser?: string | undefined;
}

/** RUN. */
export class Run {
  declare readonly name: "RUN";
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly extra: TransactionExtra;
  constructor(query: string, parameters: Readonly<Record<string, unknown>>, extra: TransactionExtra) {
    this.query = query;
    this.parameters = parameters;
    this.extra = extra;
  }
}

/** Which records: `n` (-1 for all) of the result `qid` (undefined or -1 for that of the last RUN). */
export interface StreamFields {
  readonly n: number;
  readonly qid: number | undefined;
}

/** PULL; PULL_ALL up to 3. */
export class Pull implements StreamFields {
  declare readonly name: "PULL";
  readonly n: number;
  readonly qid: number | undefined;
  constructor(n: number, qid?: number) {
    this.n = n;
    this.qid = qid;
  }
}

/** DISCARD; DISCARD_ALL up to 3. */
export class Discard implements StreamFields {
  declare readonly name: "DISCARD";
  readonly n: number;
  readonly qid: number | undefined;
  constructor(n: number, qid?: number) {
    this.n = n;
    this.qid = qid;
  }
}

/** BEGIN; a RUN text on Bolt 1 and 2. */
export class Begin {
  declare readonly name: "BEGIN";
  readonly extra: TransactionExtra;
  constructor(extra: TransactionExtra) {
    this.extra = extra;
  }
}

/** COMMIT; a RUN text on Bolt 1 and 2. */
export class Commit {
  declare readonly name: "COMMIT";
}

/** ROLLBACK; a RUN text on Bolt 1 and 2. */
export class Rollback {
  declare readonly name: "ROLLBACK";
}

/** Which API of a driver was called: 0 managed transaction, 1 explicit, 2 auto-commit, 3 executeQuery. */
export class Telemetry {
  declare readonly name: "TELEMETRY";
  readonly api: number;
  constructor(api: number) {
    this.api = api;
  }
}

/** What ROUTE asks for. Spec: message specification, ROUTE. */
export interface RouteFields {
  /** `address` as the user gave it, and the URI's query entries. */
  readonly routing?: Readonly<Record<string, string>> | undefined;
  readonly bookmarks?: readonly string[] | undefined;
  /** Undefined is the home database. */
  readonly db?: string | undefined;
  /** 4.4+. */
  readonly impUser?: string | undefined;
}

/** ROUTE, 4.3+. */
export class Route {
  declare readonly name: "ROUTE";
  readonly routing: Readonly<Record<string, string>>;
  readonly bookmarks: readonly string[];
  readonly db: string | undefined;
  readonly impUser: string | undefined;
  constructor(fields: RouteFields) {
    this.routing = fields.routing ?? {};
    this.bookmarks = fields.bookmarks ?? [];
    this.db = fields.db;
    this.impUser = fields.impUser;
  }
}

/** Every message that a client may send; told apart by `name`. */
export type Request =
  | Hello
  | Logon
  | Logoff
  | Goodbye
  | Reset
  | AckFailure
  | Run
  | Pull
  | Discard
  | Begin
  | Commit
  | Rollback
  | Telemetry
  | Route;

/** Every request: its class, its name and its tag. */
const REQUESTS: readonly (readonly [type: { readonly prototype: object }, name: RequestName, tag: number])[] =
  [
    [Hello, "HELLO", 0x01],
    [Goodbye, "GOODBYE", 0x02],
    [AckFailure, "ACK_FAILURE", 0x0e],
    [Reset, "RESET", 0x0f],
    [Run, "RUN", 0x10],
    [Begin, "BEGIN", 0x11],
    [Commit, "COMMIT", 0x12],
    [Rollback, "ROLLBACK", 0x13],
    [Discard, "DISCARD", 0x2f],
    [Pull, "PULL", 0x3f],
    [Telemetry, "TELEMETRY", 0x54],
    [Route, "ROUTE", 0x66],
    [Logon, "LOGON", 0x6a],
    [Logoff, "LOGOFF", 0x6b],
  ];

/** Tag bytes of the request messages. Spec: Bolt message specification. */
export const REQUEST_TAGS: Readonly<Record<RequestName, number>> = Object.fromEntries(
  REQUESTS.map(([, name, tag]) => [name, tag]),
) as Record<RequestName, number>;

// Names sit on the prototypes: a request costs no slot for its name, and printing still shows the class.
for (const [type, name] of REQUESTS) Object.defineProperty(type.prototype, "name", { value: name });
