// What sessions, transactions and the driver share: the settings of a piece of work, and what its errors become.
// Knows no queue and no state.
import { type AuthToken, type AuthTokenInit, BoltError, LocalProtocolError } from "@bolt/protocol";
import type { BookmarkManager } from "./bookmarks.ts";
import type { Acquired } from "./chain.ts";
import type { Config } from "../config.ts";
import type { Connection } from "../connection/connection.ts";
import type { NotificationSettings } from "../connection/connection-options.ts";
import { ConfigError, messageOf, ServerFailure, UnsupportedError } from "../errors.ts";
import type { AccessMode, ConnectionProvider } from "../pool/provider.ts";
import type { Sleepers } from "./retry.ts";
import type { ResultConfig } from "../result/row-mapper.ts";

/** Values for the `$names` in a query; see the type table in the README. */
// oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would refuse interfaces, which have no index signature
export type Parameters = Readonly<Record<string, any>>;

/** What the server is told about a transaction or an auto-commit query. */
export interface TransactionConfig {
  /** The server ends it after this, in milliseconds; 0 for never. Default: the server's own setting. Bolt 3+. */
  readonly timeoutMs?: number | undefined;
  /** Shown by the server in its lists and logs. Bolt 3+. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Aborts what is waited for; a running query is interrupted at the server, its transaction rolled back. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a query in a transaction. Its signal ends the whole transaction: a server cannot undo half of one. */
export interface TransactionQueryConfig<Row = unknown> extends ResultConfig<Row> {
  readonly signal?: AbortSignal | undefined;
}

/** Of an auto-commit query. */
export interface QueryConfig<Row = unknown> extends TransactionConfig, ResultConfig<Row> {}

/** `driver.session(config)`. */
export interface SessionConfig {
  /** Default: the user's home database. Bolt 4.0+. */
  readonly database?: string | undefined;
  /** For `run`, `pipeline` and `beginTransaction`; default `"write"`. */
  readonly mode?: AccessMode | undefined;
  /** What the first transaction has to wait for: a list, or a single one. */
  readonly bookmarks?: Iterable<string> | undefined;
  /** Shares bookmarks with other sessions; default: none, the session chains its own work only. */
  readonly bookmarkManager?: BookmarkManager | undefined;
  /** Do the work as this user, if the driver's user may. Bolt 4.4+. */
  readonly impersonatedUser?: string | undefined;
  /** Log in as somebody else. Bolt 5.1+. */
  readonly auth?: AuthToken | AuthTokenInit | undefined;
  /** Rows asked for at once, -1 for all; default: the driver's. */
  readonly fetchSize?: number | undefined;
  /** Which remarks the server leaves out; default: the driver's. Bolt 5.2+. */
  readonly notifications?: NotificationSettings | undefined;
  /**
   * Managed transactions wait for the server's answer to BEGIN before the work function is called. Default
   * false: BEGIN travels with the first query, which saves a round trip.
   */
  readonly eagerBegin?: boolean | undefined;
}

/** What a driver gives its sessions. */
export interface Core {
  readonly config: Config;
  readonly provider: ConnectionProvider;
  /** Whom the driver's end has to wake. */
  readonly sleepers: Sleepers;
}

/** Spec: TELEMETRY. */
export const API = { managed: 0, explicit: 1, autoCommit: 2, executeQuery: 3 } as const;
export type Api = (typeof API)[keyof typeof API];

/** Hands a FAILURE to the provider first; a promise when the provider has to think. */
export function judge(
  { provider }: Core,
  { connection, request }: Acquired,
  error: unknown,
): void | Promise<void> {
  if (error instanceof ServerFailure) return provider.onServerFailure(connection, error, request);
}

/** What a verb threw, in the words of the driver's user. */
export function unsendable(error: unknown, connection: Connection): BoltError {
  const server = connection.server.address;
  if (error instanceof LocalProtocolError) {
    return new UnsupportedError(error.message, {
      server,
      version: connection.version.toString(),
      cause: error,
    });
  }
  if (error instanceof BoltError) return error;
  return new ConfigError(messageOf(error), { server, cause: error });
}
