// Every option with its default, and what the options amount to. Knows no connection.
import { SUPPORTED_VERSIONS, VersionRange } from "@bolt/protocol";
import { type Clock, systemClock } from "./clock.ts";
import { defaultLogger, type Logger, unthrowing } from "./logger.ts";
import { type Check, ConfigError, FROM_0, is, LIST, oneOf, resolve, type Rule } from "./option-checks.ts";
import type { Certificate, TlsOptions } from "./transport/tls-options.ts";
import { type BoltVersion, kindOf, type MessageObserver } from "./types.ts";
import type { Origins } from "./web/websocket-handshake.ts";

/** How `createServer` is told what to do otherwise. */
export interface ServerOptions {
  /** What the server calls itself. Java tools insist on a beginning of `Neo4j/`. */
  readonly agent?: string | undefined;
  /** Versions and ranges that are spoken, such as `["5.8-5.0", "4.4"]`. Default: all. */
  readonly versions?: readonly string[] | undefined;
  /** `host:port` under which clients reach this server, when it is not what they or their sockets say. */
  readonly advertisedAddress?: string | undefined;
  /** The name of the database of a client that names none. Default `"neo4j"`. */
  readonly defaultDatabase?: string | undefined;
  /** TLS on the same port. Default: none. */
  readonly tls?: TlsOptions | undefined;
  /** WebSocket on the same port. Default: from everywhere. */
  readonly webSocket?: false | { readonly origins?: Origins | undefined } | undefined;
  /** What plain HTTP gets on the same port. Default: addresses and version. */
  readonly discovery?: false | DiscoveryOptions | undefined;
  /** Answer the procedures by which clients before 4.3 ask for routes. Default true. */
  readonly routingProcedures?: boolean | undefined;
  readonly hints?: {
    /** Ask drivers to say which of their APIs is used (5.4+). Default false. */
    readonly telemetry?: boolean | undefined;
    /** Tell drivers that any server takes any query (5.8+). Default false. */
    readonly serverSideRouting?: boolean | undefined;
  };
  readonly limits?: Partial<Limits> | undefined;
  readonly logger?: Logger | undefined;
  /** Sees every message, as one of a client does; made for each connection when it is a function. */
  readonly observer?: MessageObserver | ((connectionId: string) => MessageObserver) | undefined;
  /**
   * Who ends transactions that run out of their time. `"backend"`: the server passes on what the client wants
   * and keeps no time itself. Default `"server"`.
   */
  readonly timeouts?: "server" | "backend" | undefined;
  /** Integers in parameters. Default `"auto"`: numbers while safe. */
  readonly integers?: "auto" | "bigint" | "number" | undefined;
  /** `"wrap"` keeps floats of parameters apart from integers: for gateways. Default `"number"`. */
  readonly floats?: "number" | "wrap" | undefined;
  readonly clock?: Clock | undefined;
}

/** The JSON document that HTTP clients get on the same port. */
export interface DiscoveryOptions {
  /** Single sign-on providers that Neo4j Browser offers, in its form. */
  readonly authProviders?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** More entries of the document. */
  readonly entries?: Readonly<Record<string, unknown>> | undefined;
}

/** All times in milliseconds; 0 is never for those of login, transaction, idleness, writing and keep-alive, and for `maxFailedLogins`. */
export interface Limits {
  /** Connections at a time; more are closed at once. */
  readonly maxConnections: number;
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** The same before the login. */
  readonly maxMessageBytesBeforeLogin: number;
  /** Lists and maps within each other, in what a client sends. */
  readonly maxDepth: number;
  /** From the first byte to the end of the login; applies again after LOGOFF. */
  readonly loginTimeoutMs: number;
  /** Requests that wait for their turn: reading from the socket stops here … */
  readonly maxQueuedRequests: number;
  /** … and goes on when so many are left. */
  readonly resumeQueuedRequests: number;
  /** Bytes of requests that wait for their turn behind a running one: reading stops here. */
  readonly maxQueuedBytes: number;
  /** Results of one transaction that are open at a time. */
  readonly maxOpenResults: number;
  /** Transactions and auto-commit queries at a time, of all connections. */
  readonly maxTransactions: number;
  /** For transactions whose client names no timeout. */
  readonly transactionTimeoutMs: number;
  /** A connection without any request for so long is closed. */
  readonly idleTimeoutMs: number;
  /** Bytes that wait for a client to read them: the rows stop here. */
  readonly writeHighWaterBytes: number;
  /** A client that reads nothing for so long while something waits is dropped. */
  readonly writeTimeoutMs: number;
  /** While a request runs, a sign of life is sent (Bolt 4.1+); the hint for clients is twice that. */
  readonly keepAliveMs: number;
  /** How long RESET waits for a backend that does not stop when its signal says so. */
  readonly resetGraceMs: number;
  /** Wrong passwords for a user from one address, before further tries are refused … */
  readonly maxFailedLogins: number;
  /** … for this long. */
  readonly failedLoginLockMs: number;
  /** A refused login is answered this much later. */
  readonly failedLoginDelayMs: number;
}

/** The limits in force unless `limits` says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  maxConnections: 20_000,
  maxMessageBytes: 64 * 1024 * 1024,
  maxMessageBytesBeforeLogin: 8192,
  maxDepth: 500,
  loginTimeoutMs: 30_000,
  maxQueuedRequests: 300,
  resumeQueuedRequests: 100,
  maxQueuedBytes: 4 * 1024 * 1024,
  maxOpenResults: 1000,
  maxTransactions: 10_000,
  transactionTimeoutMs: 0,
  idleTimeoutMs: 0,
  writeHighWaterBytes: 512 * 1024,
  writeTimeoutMs: 15 * 60_000,
  keepAliveMs: 60_000,
  resetGraceMs: 5000,
  maxFailedLogins: 3,
  failedLoginLockMs: 5000,
  failedLoginDelayMs: 100,
};

/** Limits of which 0 says that there is none, as Infinity does. */
const ZERO_IS_NEVER = [
  "maxQueuedRequests",
  "loginTimeoutMs",
  "transactionTimeoutMs",
  "idleTimeoutMs",
  "writeTimeoutMs",
  "keepAliveMs",
  "maxFailedLogins",
] as const;

/** Neo4j Browser, cypher-shell and the Java drivers want the beginning; the rest says the truth. */
export const DEFAULT_AGENT = "Neo4j/5.26.0 compatible (bolt-server/0.1.0)";

/** The options with every default filled in. */
export interface Config extends ServerOptions {
  readonly agent: string;
  readonly defaultDatabase: string;
  readonly webSocket: false | { readonly origins: Origins };
  readonly discovery: false | DiscoveryOptions;
  readonly hints: { readonly telemetry: boolean; readonly serverSideRouting: boolean };
  /** Infinity where there is none. */
  readonly limits: Limits;
  readonly logger: Required<Logger>;
  readonly clock: Clock;
}

const ORIGINS: Check = [
  `"*", a list or a function`,
  (value) => value === "*" || Array.isArray(value) || typeof value === "function",
];

// Made when it is wanted, so that a bundler can leave it out.
const rules = (): Record<keyof ServerOptions, Rule> => ({
  agent: [is("string"), DEFAULT_AGENT],
  versions: [LIST],
  advertisedAddress: [is("string")],
  defaultDatabase: [is("string"), "neo4j"],
  // Further ones are in it, which are Node's.
  tls: [is("object")],
  webSocket: [is("boolean", "object"), {}, { origins: [ORIGINS, "*"] }],
  discovery: [is("boolean", "object"), {}, { authProviders: [LIST, []], entries: [is("object")] }],
  routingProcedures: [is("boolean"), true],
  hints: [is("object"), {}, { telemetry: [is("boolean"), false], serverSideRouting: [is("boolean"), false] }],
  limits: [
    is("object"),
    {},
    Object.fromEntries(Object.entries(DEFAULT_LIMITS).map(([name, limit]) => [name, [FROM_0, limit]])),
  ],
  logger: [is("object", "function"), defaultLogger],
  observer: [is("object", "function")],
  timeouts: oneOf("server", "backend"),
  integers: oneOf("auto", "bigint", "number"),
  floats: oneOf("number", "wrap"),
  clock: [is("object"), systemClock],
});

export function resolveOptions(options: ServerOptions): Config {
  if (typeof options !== "object" || options === null) {
    throw new ConfigError(`the options: expected an object, got ${kindOf(options)}`);
  }
  const config = resolve(options, rules()) as unknown as Config;
  const { versions, tls, logger } = config;
  if (versions) checkVersions(versions);
  if (tls) checkTls(tls);
  const limits: { -readonly [K in keyof Limits]: number } = config.limits;
  for (const name of ZERO_IS_NEVER) limits[name] ||= Infinity;
  // Else reading would stop again as soon as it goes on.
  limits.resumeQueuedRequests = Math.min(limits.resumeQueuedRequests, limits.maxQueuedRequests - 1);
  return { ...config, logger: unthrowing(logger) };
}

/** A server without a certificate would fail at every handshake, in words that only clients read. */
export function checkTls(tls: TlsOptions): void {
  const { hosts = {}, SNICallback } = tls;
  checkCertificate("tls", tls, Object.keys(hosts).length > 0 || SNICallback !== undefined);
  for (const [name, certificate] of Object.entries(hosts)) {
    checkCertificate(`tls.hosts["${name}"]`, certificate, false);
  }
}

function checkCertificate(where: string, { cert, key, pfx }: Certificate, mayBeElsewhere: boolean): void {
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(`${where}: cert and key belong together`);
  }
  if (!mayBeElsewhere && !(cert ?? pfx)) throw new ConfigError(`${where}: expected cert and key, or pfx`);
}

function checkVersions(versions: readonly string[]): void {
  const ranges = versions.map((text) => VersionRange.parse(text));
  if (!SUPPORTED_VERSIONS.some((version) => ranges.some((range) => range.contains(version)))) {
    throw new ConfigError(`no Bolt version that this server speaks: ${versions.join(", ") || "none given"}`);
  }
}

/** The agent as clients of the version can read it: drivers of Bolt 3 and before take no words behind it. */
export function agentFor(agent: string, version: BoltVersion): string {
  return version.atLeast(4) ? agent : (/^\S+\/\d+(\.\d+)*/.exec(agent)?.[0] ?? agent);
}
