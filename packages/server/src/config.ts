// Every option with its default, and what the options amount to. Knows no connection.
import { BoltError, SUPPORTED_VERSIONS, VersionRange } from "@bolt/protocol";
import { type Clock, systemClock } from "./clock.ts";
import { defaultLogger, type Logger, unthrowing } from "./logger.ts";
import { wrongOption } from "./option-checks.ts";
import type { Certificate, TlsOptions } from "./transport/tls-options.ts";
import type { BoltVersion, MessageObserver } from "./types.ts";
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

/** All times in milliseconds, 0 for never. */
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

/** Infinity says the same of these, but hints and timers of Node do not take it. */
const ZERO_IS_NEVER: ReadonlySet<string> = new Set<keyof Limits>([
  "loginTimeoutMs",
  "transactionTimeoutMs",
  "idleTimeoutMs",
  "writeTimeoutMs",
  "keepAliveMs",
]);

/** Neo4j Browser, cypher-shell and the Java drivers want the beginning; the rest says the truth. */
export const DEFAULT_AGENT = "Neo4j/5.26.0 compatible (bolt-server/0.1.0)";

/** The options with every default filled in. */
export interface Config {
  readonly agent: string;
  readonly versions: readonly string[] | undefined;
  readonly advertisedAddress: string | undefined;
  readonly defaultDatabase: string;
  readonly tls: TlsOptions | undefined;
  readonly webSocket: false | { readonly origins: Origins };
  readonly discovery: false | DiscoveryOptions;
  readonly routingProcedures: boolean;
  readonly telemetry: boolean;
  readonly serverSideRouting: boolean;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly observer: ServerOptions["observer"];
  readonly timeouts: "server" | "backend";
  readonly integers: "auto" | "bigint" | "number";
  readonly floats: "number" | "wrap";
  readonly clock: Clock;
}

/** An option makes no sense. Code `CONFIG_ERROR`. */
export class ConfigError extends BoltError {
  constructor(message: string) {
    super("CONFIG_ERROR", message);
  }
}

export function resolveOptions(options: ServerOptions): Config {
  const wrong = wrongOption(options);
  if (wrong !== undefined) throw new ConfigError(wrong);
  const limits: Record<string, unknown> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (!(name in DEFAULT_LIMITS)) throw new ConfigError(`unknown limit: ${name}`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0)) {
      throw new ConfigError(`limit ${name}: expected a number from 0 on, got ${String(value)}`);
    }
    limits[name] = value === Infinity && ZERO_IS_NEVER.has(name) ? 0 : value;
  }
  checkVersions(options.versions);
  if (options.tls) checkTls(options.tls);
  return {
    agent: options.agent ?? DEFAULT_AGENT,
    versions: options.versions,
    advertisedAddress: options.advertisedAddress,
    defaultDatabase: options.defaultDatabase ?? "neo4j",
    tls: options.tls,
    webSocket: options.webSocket === false ? false : { origins: options.webSocket?.origins ?? "*" },
    discovery: options.discovery ?? {},
    routingProcedures: options.routingProcedures ?? true,
    telemetry: options.hints?.telemetry ?? false,
    serverSideRouting: options.hints?.serverSideRouting ?? false,
    limits: limits as unknown as Limits,
    logger: unthrowing(options.logger ?? defaultLogger),
    observer: options.observer,
    timeouts: options.timeouts ?? "server",
    integers: options.integers ?? "auto",
    floats: options.floats ?? "number",
    clock: options.clock ?? systemClock,
  };
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

function checkVersions(versions: readonly string[] | undefined): void {
  if (versions === undefined) return;
  const ranges = versions.map((text) => VersionRange.parse(text));
  if (!SUPPORTED_VERSIONS.some((version) => ranges.some((range) => range.contains(version)))) {
    throw new ConfigError(`no Bolt version that this server speaks: ${versions.join(", ") || "none given"}`);
  }
}

/** The agent as clients of the version can read it: drivers of Bolt 3 and before take no words behind it. */
export function agentFor(agent: string, version: BoltVersion): string {
  return version.atLeast(4) ? agent : (/^\S+\/\d+(\.\d+)*/.exec(agent)?.[0] ?? agent);
}
