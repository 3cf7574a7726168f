// The responses: SUCCESS with its metadata in camelCase, IGNORED, and FAILURE (failure.ts). A RECORD is
// a bare array of values and has no class: it would cost an object for each row.
import type { Dictionary, Value } from "@bolt/framing";
import type { Failure } from "./failure.ts";
import type { GqlStatusObject, Notification } from "./notifications.ts";

/** Tag bytes of the response messages. Spec: Bolt message specification. */
export const SUCCESS = 0x70;
export const RECORD = 0x71;
export const IGNORED = 0x7e;
export const FAILURE = 0x7f;

/** Advice of a server to its client. Spec: HELLO's SUCCESS, `hints`, 4.3+. */
export interface Hints {
  /** Seconds without a byte, while a response is awaited, after which the connection counts as dead. */
  readonly recvTimeoutSeconds?: number;
  readonly telemetryEnabled?: boolean;
  /** Server-side routing. */
  readonly ssrEnabled?: boolean;
}

/** The servers of one role in a routing table. */
export interface RoutingServers {
  /** `host:port`. */
  readonly addresses: readonly string[];
  /** `ROUTE`, `READ` or `WRITE`. */
  readonly role: string;
}

/** Spec: ROUTE's SUCCESS, `rt`. */
export interface RoutingTable {
  /** Seconds. */
  readonly ttl: number | bigint;
  readonly servers: readonly RoutingServers[];
  /** 4.4+: the database that the table is for, resolved when none was named. */
  readonly db?: string;
}

/** Everything that a SUCCESS may say; unknown keys keep their names. */
export interface Metadata {
  readonly [key: string]: unknown;
  readonly server?: string;
  readonly connectionId?: string;
  readonly hints?: Hints;
  readonly patchBolt?: readonly string[];
  readonly protocolVersion?: string;
  readonly credentialsExpired?: boolean;
  readonly advertisedAddress?: string;
  /** RUN: names of the columns. */
  readonly fields?: readonly string[];
  readonly qid?: number;
  /** Milliseconds until the result was available. */
  readonly tFirst?: number | bigint;
  /** Milliseconds until the result was consumed. */
  readonly tLast?: number | bigint;
  readonly db?: string;
  readonly hasMore?: boolean;
  readonly bookmark?: string;
  /** `r`, `rw`, `w` or `s`. */
  readonly type?: string;
  /** Counters under their wire names, such as `nodes-created`. */
  readonly stats?: Readonly<Record<string, Value>>;
  readonly plan?: Dictionary;
  readonly profile?: Dictionary;
  readonly notifications?: readonly Notification[];
  readonly statuses?: readonly GqlStatusObject[];
  readonly rt?: RoutingTable;
}

/** SUCCESS. */
export class Success {
  declare readonly name: "SUCCESS";
  readonly metadata: Metadata;
  constructor(metadata: Metadata) {
    this.metadata = metadata;
  }
}

/** IGNORED: the request was not processed, because an earlier one failed or a RESET came. */
export class Ignored {
  declare readonly name: "IGNORED";
}

Object.defineProperty(Success.prototype, "name", { value: "SUCCESS" });
Object.defineProperty(Ignored.prototype, "name", { value: "IGNORED" });

/** The message that ends a request. */
export type Response = Success | Failure | Ignored;
