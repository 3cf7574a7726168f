// The context of one unit of work, as the backend gets it: what the client asked for, and the signal.
import type { TransactionExtra } from "@bolt/protocol";
import type { Client, Context, NotificationFilter } from "../backend.ts";
import type { Config } from "../config.ts";
import type { Interruption } from "./interruption.ts";

/** Its signal costs nothing until it is used. */
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

  /** `filter` and the server's own timeout hold where the client's RUN or BEGIN said nothing. */
  constructor(
    principal: unknown,
    client: Client,
    extra: TransactionExtra,
    filter: NotificationFilter,
    { timeouts, limits }: Pick<Config, "timeouts" | "limits">,
  ) {
    const ours = timeouts === "server";
    const timeoutMs = extra.txTimeoutMs ?? (ours ? limits.transactionTimeoutMs : Infinity);
    this.principal = principal;
    this.client = client;
    this.database = extra.db || undefined;
    this.accessMode = extra.mode === "r" ? "read" : "write";
    this.bookmarks = extra.bookmarks ?? [];
    this.metadata = extra.txMetadata ?? {};
    // A negative number is no timeout, nor is 0, which only a backend that enforces timeouts gets to see.
    this.timeoutMs = timeoutMs > (ours ? 0 : -1) && timeoutMs < Infinity ? timeoutMs : undefined;
    this.impersonatedUser = extra.impUser;
    this.notificationFilter = {
      minimumSeverity: extra.notificationsMinimumSeverity ?? filter.minimumSeverity,
      disabledClassifications: extra.notificationsDisabledClassifications ?? filter.disabledClassifications,
    };
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
