// All options of a driver: types, units, defaults and ranges. Knows what is allowed; opens nothing.
// docs/configuration.md repeats the defaults: change both.
import { ClientConnection } from "@bolt/protocol";
import { type AuthManager, type AuthSource, toAuthManager } from "./auth.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Codec, type TemporalForm, wireCodecs } from "./codecs.ts";
import {
  type ConnectionConfig,
  NOTIFICATIONS,
  type NotificationSettings,
} from "./connection/connection-options.ts";
import type { ServerInfo } from "./connection/dialogue.ts";
import { ConfigError, messageOf } from "./errors.ts";
import { guarded } from "./guarded.ts";
import type { Observer } from "./observer.ts";
import type { Balancer } from "./routing/balance.ts";
import { BOOKMARK_MANAGER, type BookmarkManager } from "./session/bookmarks.ts";
import type { RetryConfig, RetryPolicy } from "./session/retry.ts";
import type { Address } from "./transport/address.ts";
import { dial } from "./transport/node-transport.ts";
import { resolveTls, type TlsOptions, type TlsSettings } from "./transport/tls.ts";
import type { Dial } from "./transport/transport.ts";
import { type ParsedUri, parseUri } from "./transport/uri.ts";
import {
  between,
  type Checks,
  type Complete,
  count,
  either,
  list,
  methods,
  milliseconds,
  oneOf,
  show,
  type,
  validate,
} from "./validate.ts";

/** `{ pool }`: the limits apply to each server address. */
export interface PoolConfig {
  /** Most connections to one server, idle ones included; default 100. */
  readonly maxSize?: number | undefined;
  /** Idle connections to keep ready for each server, opened in the background; default 0. */
  readonly minIdle?: number | undefined;
  /** Age above which a connection is not reused, in milliseconds; default 3,600,000 (one hour). */
  readonly maxLifetimeMs?: number | undefined;
  /** Idle time after which a connection is closed, in milliseconds; default Infinity. */
  readonly idleTimeoutMs?: number | undefined;
  /** Idle time after which a connection is checked (by RESET) before use, in milliseconds; default Infinity: never. */
  readonly livenessCheckMs?: number | undefined;
  /** Record a stack trace for each acquisition, for `driver.holders()`; costs microseconds each; default false. */
  readonly trackHolders?: boolean | undefined;
}

/** `{ timeouts }`, in milliseconds; Infinity is no limit. */
export interface TimeoutConfig {
  /** Limit for establishing TCP and TLS; default 30,000. */
  readonly connectMs?: number | undefined;
  /** Limit for getting a connection: routing, waiting for a free one, connecting and login together; default 60,000. */
  readonly acquireMs?: number | undefined;
}

/** `{ routing }`: only for `neo4j` schemes. */
export interface RoutingConfig {
  /** Chooses among the servers that can do the work; default: the one with the fewest connections in use. */
  readonly balancer?: Balancer | undefined;
  /** How long after its expiry an unused table is forgotten, in milliseconds; default 30,000. */
  readonly purgeDelayMs?: number | undefined;
  /** Remember users' home databases, if all servers can route by themselves (5.8+); default true. */
  readonly homeDatabaseCache?: boolean | undefined;
}

/** Receives log entries; `console` is a Logger. Facts never contain secrets. */
export type Logger = {
  readonly [level in "debug" | "info" | "warn" | "error"]?:
    | ((message: string, facts: Readonly<Record<string, unknown>>) => void)
    | undefined;
};

/** Returns the servers to ask for the first routing table, in place of the URI's. */
export type Resolver = (seed: Address) => Iterable<string | Address> | Promise<Iterable<string | Address>>;

/** Decides by name, version and address whether a server is acceptable; if it throws, the server is refused too. */
export type VerifyServer = (server: ServerInfo) => boolean | Promise<boolean>;

/** The options of `driver(uri, auth, config)`. */
export interface DriverConfig {
  readonly pool?: PoolConfig | undefined;
  /** Encryption for schemes without `+s`; true is `{ trust: "system" }`. Default: what the scheme says. */
  readonly tls?: boolean | TlsOptions | undefined;
  readonly timeouts?: TimeoutConfig | undefined;
  readonly retry?: RetryConfig | undefined;
  readonly routing?: RoutingConfig | undefined;
  /** Integers as `"auto"` (number while it is safe, else bigint; default), always `"bigint"`, or `"number"` (the nearest). */
  readonly integers?: "auto" | "bigint" | "number" | undefined;
  /** `"wrap"` keeps floats apart from integers, as `Float` objects: for gateways and recorders. Default `"number"`. */
  readonly floats?: "number" | "wrap" | undefined;
  /** Dates and times as `"classes"` of this package (default), ISO `"string"`s, or `"Temporal"` objects of the runtime. */
  readonly temporal?: TemporalForm | undefined;
  /** Your own conversions, by type. */
  readonly codecs?: readonly Codec[] | undefined;
  /** Rows requested at once, -1 for all; default: 1000 at first, then adapted to the reader's pace. */
  readonly fetchSize?: number | undefined;
  /** The longest message to accept, in bytes; default 268,435,456 (256 MiB). */
  readonly maxMessageBytes?: number | undefined;
  readonly resolver?: Resolver | undefined;
  /** DNS: returns the IP addresses of a host name, best first. Called for each connection; default: the system's. */
  readonly lookup?: ((host: string) => Promise<readonly string[]>) | undefined;
  /** Opens byte streams; default: sockets where the runtime has them, else WebSocket. */
  readonly dial?: Dial | undefined;
  /**
   * Checks the server of each new connection. Called after login, before anything else is sent: only `true` keeps the
   * connection. Default: every server is accepted.
   */
  readonly verifyServer?: VerifyServer | undefined;
  readonly logger?: Logger | undefined;
  /** Sees every message, with secrets masked; a function is called to make one for each connection. */
  readonly observer?: Observer | undefined;
  /** The driver's name for itself; default `bolt-client/<version>`. */
  readonly userAgent?: string | undefined;
  /** Which notifications servers should omit (5.2+). */
  readonly notifications?: NotificationSettings | undefined;
  /** Tell servers which of the driver's functions are used, if they ask (5.4+); default false. */
  readonly telemetry?: boolean | undefined;
  /** Shared by all sessions and by `executeQuery`; default: one for `executeQuery` alone. */
  readonly bookmarkManager?: BookmarkManager | undefined;
  /** Bolt versions to offer, as `"5.4"` or `["5.8-5.0", "4.4"]`; default: all from 3 on. */
  readonly versions?: string | readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

/** The complete configuration of a driver: the user's options, the defaults, and what follows from them. */
export interface Config extends Pick<
  DriverConfig,
  "lookup" | "resolver" | "verifyServer" | "fetchSize" | "bookmarkManager"
> {
  readonly uri: ParsedUri;
  readonly auth: AuthManager;
  readonly tls: TlsSettings | undefined;
  readonly dial: Dial;
  readonly connection: ConnectionConfig;
  readonly pool: Complete<PoolConfig>;
  readonly timeouts: Complete<TimeoutConfig>;
  readonly retry: RetryPolicy;
  readonly routing: Complete<Omit<RoutingConfig, "balancer">> & Pick<RoutingConfig, "balancer">;
  readonly telemetry: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The version of this package, as servers log it. */
export const VERSION = "0.1.0";

const object = type("object");
const flag = type("boolean");
const call = type("function");
const duration = milliseconds();

/** The allowed options and their values. */
export const OPTIONS: Checks = {
  pool: {
    maxSize: count(1),
    minIdle: count(0),
    maxLifetimeMs: duration,
    idleTimeoutMs: duration,
    livenessCheckMs: duration,
    trackHolders: flag,
  },
  tls: either(flag, object),
  timeouts: { connectMs: duration, acquireMs: duration },
  retry: {
    maxTimeMs: duration,
    initialDelayMs: duration,
    factor: between(1),
    maxDelayMs: duration,
    jitter: between(0, 1),
    delay: call,
    retryable: call,
    onRetry: call,
    autoCommit: flag,
  },
  routing: { balancer: call, purgeDelayMs: duration, homeDatabaseCache: flag },
  integers: oneOf("auto", "bigint", "number"),
  floats: oneOf("number", "wrap"),
  temporal: oneOf("classes", "string", "Temporal"),
  codecs: list("objects"),
  fetchSize: count(1, -1),
  maxMessageBytes: count(1),
  resolver: call,
  lookup: call,
  dial: call,
  verifyServer: call,
  logger: methods(["debug", "info", "warn", "error"], "any of "),
  observer: either(call, methods(["sent", "received"], "any of ")),
  userAgent: type("string"),
  notifications: NOTIFICATIONS,
  telemetry: flag,
  bookmarkManager: BOOKMARK_MANAGER,
  versions: either(type("string"), list("strings")),
  clock: methods(["now", "setTimeout", "clearTimeout"]),
};

export const TLS_OPTIONS: Checks = {
  trust: oneOf("system", "any"),
  ca: either(type("string"), object),
  clientCertificate: either(object, call),
  pin: call,
  serverName: type("string"),
  options: object,
};

/** Checks everything and fills in the defaults. Throws ConfigError. */
export function resolveConfig(uri: string, auth?: AuthSource, config: DriverConfig = {}): Config {
  if (typeof uri !== "string") throw new ConfigError(`the URI must be a string, not ${show(uri)}`);
  validate(config, OPTIONS);
  if (typeof config.tls === "object") validate(config.tls, TLS_OPTIONS, "tls");
  const parsed = parseUri(uri);
  const pool = withDefaults(
    {
      maxSize: 100,
      minIdle: 0,
      maxLifetimeMs: 3_600_000,
      idleTimeoutMs: Infinity,
      livenessCheckMs: Infinity,
      trackHolders: false,
    },
    config.pool,
  );
  if (pool.minIdle > pool.maxSize)
    throw new ConfigError('"pool.minIdle" must not be more than "pool.maxSize"');
  const { clock = systemClock, userAgent = `bolt-client/${VERSION}`, versions } = config;
  const { integers, floats, maxMessageBytes, notifications, observer } = config;
  return {
    ...config,
    uri: parsed,
    auth: toAuthManager(auth),
    tls: resolveTls(parsed.scheme, parsed.encryption, config.tls),
    dial: config.dial ?? dial,
    pool,
    timeouts: withDefaults({ connectMs: 30_000, acquireMs: 60_000 }, config.timeouts),
    retry: withDefaults(
      {
        maxTimeMs: 30_000,
        initialDelayMs: 1000,
        factor: 2,
        maxDelayMs: Infinity,
        jitter: 0.2,
        autoCommit: true,
      },
      config.retry,
    ),
    routing: withDefaults({ purgeDelayMs: 30_000, homeDatabaseCache: true }, config.routing),
    logger: guardedLogger(config.logger ?? {}),
    telemetry: config.telemetry ?? false,
    clock,
    connection: {
      clock,
      userAgent,
      boltAgent: boltAgent(),
      notifications,
      versions: versions === undefined ? undefined : knownVersions([versions].flat()),
      integers,
      floats,
      maxMessageBytes,
      observer,
      ...wireCodecs(config.temporal ?? "classes", config.codecs ?? []),
    },
  };
}

function knownVersions(versions: readonly string[]): readonly string[] {
  try {
    // The protocol knows the versions, and says what is wrong with others.
    void new ClientConnection({ versions });
    return versions;
  } catch (cause) {
    throw new ConfigError(`"versions": ${messageOf(cause)}`, { cause });
  }
}

/** Wraps a logger so that its errors cost no connection. */
function guardedLogger(logger: Logger): Logger {
  const levels = (["debug", "info", "warn", "error"] as const).filter((level) => logger[level]);
  return Object.fromEntries(
    levels.map((level) => [
      level,
      guarded((message: string, facts: Readonly<Record<string, unknown>>) => logger[level]?.(message, facts)),
    ]),
  );
}

/** Undefined counts as absent, as everywhere: it must not hide a default. */
function withDefaults<T extends object, Given extends object>(
  defaults: T,
  given: Given | undefined,
): Given & T {
  const said = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) } as Given & T;
}

/** Spec: HELLO, bolt_agent. Leaves out what is unknown: servers want strings, never null. */
function boltAgent(): ConnectionConfig["boltAgent"] {
  const { process, navigator } = globalThis as {
    process?: { platform?: string; arch?: string; versions?: { node?: string } };
    navigator?: { userAgent?: string };
  };
  const runtime = navigator?.userAgent ?? (process?.versions?.node && `Node.js/${process.versions.node}`);
  return {
    product: `bolt-client/${VERSION}`,
    ...(process?.platform && { platform: `${process.platform} ${process.arch}` }),
    language: "JavaScript",
    ...(runtime && { languageDetails: runtime }),
  };
}
