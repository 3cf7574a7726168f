// The context of one unit of work, as the backend gets it: what the client asked for, and the signal.
import type { TransactionExtra } from "@bolt/protocol";
import type { Client, Context, NotificationFilter, TransactionOptions } from "../backend.ts";
import type { Config } from "../config.ts";
import type { Interruption } from "./interruption.ts";

/** Its signal costs nothing until somebody looks at it. */
export class WorkContext implements Context {
  readonly principal: unknown;
  readonly client: Client;
  readonly database: string | undefined;
  readonly accessMode: "read" | "write";
  readonly bookmarks: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number | undefined;
  readonly impersonatedUser: string | undefined;
  readonly notificationFilter: NotificationFilter;
  #controller: AbortController | undefined;
  #interruption: Interruption | undefined;

  constructor(principal: unknown, client: Client, options: TransactionOptions) {
    this.principal = principal;
    this.client = client;
    this.database = options.database;
    this.accessMode = options.accessMode;
    this.bookmarks = options.bookmarks;
    this.metadata = options.metadata;
    this.timeoutMs = options.timeoutMs;
    this.impersonatedUser = options.impersonatedUser;
    this.notificationFilter = options.notificationFilter;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#interruption) this.#controller.abort(this.#interruption);
    }
    return this.#controller.signal;
  }

  abort(interruption: Interruption): void {
    this.#interruption ??= interruption;
    this.#controller?.abort(this.#interruption);
  }
}

/** What a client said in RUN or BEGIN. `filter` and the server's own timeout hold where it said nothing. */
export function optionsOf(
  extra: TransactionExtra,
  filter: NotificationFilter,
  { timeouts, limits }: Pick<Config, "timeouts" | "limits">,
): TransactionOptions {
  const ours = timeouts === "server";
  // 0 is no timeout, and so is nonsense such as a negative one.
  const timeoutMs = extra.txTimeoutMs ?? (ours ? limits.transactionTimeoutMs : -1);
  return {
    database: extra.db || undefined,
    accessMode: extra.mode === "r" ? "read" : "write",
    bookmarks: extra.bookmarks ?? [],
    metadata: extra.txMetadata ?? {},
    timeoutMs: timeoutMs > 0 || (timeoutMs === 0 && !ours) ? timeoutMs : undefined,
    impersonatedUser: extra.impUser,
    notificationFilter: {
      minimumSeverity: extra.notificationsMinimumSeverity ?? filter.minimumSeverity,
      disabledClassifications: extra.notificationsDisabledClassifications ?? filter.disabledClassifications,
    },
  };
}
