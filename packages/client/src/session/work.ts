// Shared by sessions, transactions and the driver: the settings of a piece of work, and the handling of its errors.
// Knows no queue and no state.
import { type AuthToken, type AuthTokenInit, BoltError, LocalProtocolError } from "@bolt/protocol";
import type { Config } from "../config.ts";
import type { NotificationSettings } from "../connection/connection-options.ts";
import type { Connection } from "../connection/connection.ts";
import { ConfigError, messageOf, UnsupportedError } from "../errors.ts";
import type { AccessMode, Provider } from "../pool/provider.ts";
import type { ResultConfig } from "../result/row-mapper.ts";
import type { BookmarkManager } from "./bookmarks.ts";
import type { Sleepers } from "./retry.ts";

/** Values for the `$names` in a query; see the type table in the README. */
// oxlint-disable-next-line typescript/no-explicit-any -- `unknown` would refuse interfaces, which have no index signature
export type Parameters = Readonly<Record<string, any>>;

/** Settings of a transaction or an auto-commit query. */
export interface TransactionConfig {
  /** Time after which the server ends it, in milliseconds; 0: never. Default: the server's own setting. Bolt 3+. */
  readonly timeoutMs?: number | undefined;
  /** Shown by the server in its lists and logs. Bolt 3+. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Aborts any wait; a running query is interrupted at the server and its transaction rolled back. */
  readonly signal?: AbortSignal | undefined;
}

/** Settings of a query in a transaction. Its signal ends the whole transaction: a server cannot undo half of one. */
export interface TransactionQueryConfig<Row = unknown> extends ResultConfig<Row> {
  readonly signal?: AbortSignal | undefined;
}

/** Settings of an auto-commit query. */
export interface QueryConfig<Row = unknown> extends TransactionConfig, ResultConfig<Row> {}

/** Settings of `driver.session(config)`. */
export interface SessionConfig {
  /** Default: the user's home database. Bolt 4.0+. */
  readonly database?: string | undefined;
  /** For `run`, `pipeline` and `beginTransaction`; default `"write"`. */
  readonly mode?: AccessMode | undefined;
  /** Bookmarks that the first transaction waits for: a list, or a single one. */
  readonly bookmarks?: Iterable<string> | undefined;
  /** Shares bookmarks with other sessions; default: none, the session chains only its own work. */
  readonly bookmarkManager?: BookmarkManager | undefined;
  /** Do the work as this user, if the driver's user is allowed to. Bolt 4.4+. */
  readonly impersonatedUser?: string | undefined;
  /** Log in as another user. Bolt 5.1+. */
  readonly auth?: AuthToken | AuthTokenInit | undefined;
  /** Rows requested at once, -1 for all; default: the driver's. */
  readonly fetchSize?: number | undefined;
  /** Which notifications the server should omit; default: the driver's. Bolt 5.2+. */
  readonly notifications?: NotificationSettings | undefined;
  /**
   * Managed transactions wait for the server's answer to BEGIN before they call the work function. Default
   * false: BEGIN is sent with the first query, which saves a round trip.
   */
  readonly eagerBegin?: boolean | undefined;
}

/** What a driver shares with its sessions. */
export interface Shared {
  readonly config: Config;
  readonly provider: Provider;
  /** Pauses between attempts, which closing the driver ends. */
  readonly sleepers: Sleepers;
}

/** Spec: TELEMETRY. */
export const API = { managed: 0, explicit: 1, autoCommit: 2, executeQuery: 3 } as const;
export type Api = (typeof API)[keyof typeof API];

/** Turns what a verb of the protocol threw into an error for the driver's user. */
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
