// Every option with its default, and the configuration that results. Knows no connection.
import { SUPPORTED_VERSIONS, VersionRange, type BoltVersion, type MessageObserver } from "@bolt/protocol";
import { type Clock, systemClock } from "./clock.ts";
import { defaultLogger, type Logger, unthrowing } from "./logger.ts";
import {
  type Check,
  ConfigError,
  FROM_0,
  is,
  kindOf,
  LIST,
  oneOf,
  resolve,
  type Rule,
} from "./option-checks.ts";
import type { Certificate, TlsOptions } from "./transport/tls-options.ts";
import type { Origins } from "./web/websocket-handshake.ts";

/** Options of `createServer`. */
export interface ServerOptions {
  /** What the server calls itself. Java tools require the prefix `Neo4j/`. */
  readonly agent?: string | undefined;
  /** Versions and ranges to speak, such as `["5.8-5.0", "4.4"]`. Default: all. */
  readonly versions?: readonly string[] | undefined;
  /** `host:port` of this server, for clients that do not say how they reach it. Default: the HTTP host or socket's. */
  readonly advertisedAddress?: string | undefined;
  /** The database of a client that names none. Default `"neo4j"`. */
  readonly defaultDatabase?: string | undefined;
  /** TLS on the same port. Default: none. */
  readonly tls?: TlsOptions | undefined;
  /** WebSocket on the same port. Default: from all origins. */
  readonly webSocket?: false | { readonly origins?: Origins | undefined } | undefined;
  /** What plain HTTP gets on the same port. Default: addresses and version. */
  readonly discovery?: false | DiscoveryOptions | undefined;
  /** Whether to answer the procedures by which clients before 4.3 ask for routes. Default true. */
  readonly routingProcedures?: boolean | undefined;
  readonly hints?: {
    /** Ask drivers to report which of their APIs is used (5.4+). Default false. */
    readonly telemetry?: boolean | undefined;
    /** Tell drivers that any server takes any query (5.8+). Default false. */
    readonly serverSideRouting?: boolean | undefined;
  };
  readonly limits?: Partial<Limits> | undefined;
  readonly logger?: Logger | undefined;
  /** Sees every message, like a client's observer; a function is called to make one for each connection. */
  readonly observer?: MessageObserver | ((connectionId: string) => MessageObserver) | undefined;
  /**
   * What ends transactions that exceed their timeout. `"backend"`: the server passes on the client's timeout and
   * does not enforce any. Default `"server"`.
   */
  readonly timeouts?: "server" | "backend" | undefined;
  /** Integers in parameters. Default `"auto"`: numbers while safe. */
  readonly integers?: "auto" | "bigint" | "number" | undefined;
  /** Floats in parameters. `"wrap"` keeps them apart from integers, for gateways. Default `"number"`. */
  readonly floats?: "number" | "wrap" | undefined;
  readonly clock?: Clock | undefined;
}

/** The JSON document that HTTP clients get on the same port. */
export interface DiscoveryOptions {
  /** Single sign-on providers that Neo4j Browser offers, in its form. */
  readonly authProviders?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Further entries of the document. */
  readonly entries?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * All times are in milliseconds. 0 means no limit for `loginTimeoutMs`, `transactionTimeoutMs`, `idleTimeoutMs`,
 * `writeTimeoutMs`, `keepAliveMs`, `maxQueuedRequests` and `maxFailedLogins`.
 */
export interface Limits {
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** Bytes of one message before the login. */
  readonly maxMessageBytesBeforeLogin: number;
  /** Levels of nested lists and maps in what a client sends. */
  readonly maxDepth: number;
  /** From connecting to the end of the login; applies again after LOGOFF. */
  readonly loginTimeoutMs: number;
  /** Reading from the socket stops when this many requests wait for their turn … */
  readonly maxQueuedRequests: number;
  /** … and resumes when only this many are left. */
  readonly resumeQueuedRequests: number;
  /** Reading also stops when more than this many bytes have arrived while requests wait. */
  readonly maxQueuedBytes: number;
  /** Open results of one transaction at a time. */
  readonly maxOpenResults: number;
  /** Transactions and auto-commit queries at a time, across all connections. */
  readonly maxTransactions: number;
  /** The timeout of transactions whose client names none. */
  readonly transactionTimeoutMs: number;
  /** A connection that sends nothing for this long is closed, unless a request is running. */
  readonly idleTimeoutMs: number;
  /** Rows stop when more than this many bytes wait for the client to read them. */
  readonly writeHighWaterBytes: number;
  /** A client that reads nothing for this long while rows are stopped is dropped. */
  readonly writeTimeoutMs: number;
  /** How often a NOOP is sent while a request runs (Bolt 4.1+). The timeout that clients are told is twice that. */
  readonly keepAliveMs: number;
  /** How long RESET, and the end of `close()`, wait for a backend that ignores its signal. */
  readonly resetGraceMs: number;
  /** Failed logins of a user from one address before further attempts are refused … */
  readonly maxFailedLogins: number;
  /** … for this long. */
  readonly failedLoginLockMs: number;
  /** How much later a refused login is answered. */
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

/** Limits for which 0 means none, as Infinity does. */
const ZERO_IS_NEVER = [
  "maxQueuedRequests",
  "loginTimeoutMs",
  "transactionTimeoutMs",
  "idleTimeoutMs",
  "writeTimeoutMs",
  "keepAliveMs",
  "maxFailedLogins",
] as const;

/** Neo4j Browser, cypher-shell and the Java drivers require the beginning; the rest names the real server. */
export const DEFAULT_AGENT = "Neo4j/5.26.0 compatible (bolt-server/0.1.0)";

/** The options with every default filled in. */
export interface Config extends ServerOptions {
  readonly agent: string;
  readonly defaultDatabase: string;
  readonly webSocket: false | { readonly origins: Origins };
  readonly discovery: false | DiscoveryOptions;
  readonly hints: { readonly telemetry: boolean; readonly serverSideRouting: boolean };
  /** Infinity where there is no limit. */
  readonly limits: Limits;
  readonly logger: Required<Logger>;
  readonly clock: Clock;
}

const ORIGINS: Check = [
  `"*", a list or a function`,
  (value) => value === "*" || Array.isArray(value) || typeof value === "function",
];

// Made when needed, so that a bundler can leave it out.
const rules = (): Record<keyof ServerOptions, Rule> => ({
  agent: [is("string"), DEFAULT_AGENT],
  versions: [LIST],
  advertisedAddress: [is("string")],
  defaultDatabase: [is("string"), "neo4j"],
  // Not checked by name: Node's options may be in it, too.
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
  // Otherwise reading would stop again as soon as it resumes.
  limits.resumeQueuedRequests = Math.min(limits.resumeQueuedRequests, limits.maxQueuedRequests - 1);
  return { ...config, logger: unthrowing(logger) };
}

/** Throws ConfigError without a certificate: every handshake would fail, and only clients would see why. */
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

/** The agent as clients of the version can parse it: drivers up to Bolt 3 accept nothing after the version number. */
export function agentFor(agent: string, version: BoltVersion): string {
  return version.atLeast(4) ? agent : (/^\S+\/\d+(\.\d+)*/.exec(agent)?.[0] ?? agent);
}
