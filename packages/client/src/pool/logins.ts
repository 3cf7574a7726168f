// Who is logged in on pooled connections, and who should be: asks the auth manager, compares, queues LOGOFF and
// LOGON (5.1+). Knows tokens and entries of the pool; takes and gives no connection.
import type { AuthToken } from "@bolt/protocol";
import { sameToken, toToken } from "../auth.ts";
import type { Config } from "../config.ts";
import { Deadline } from "../deadline.ts";
import { TimeoutError } from "../errors.ts";
import type { ServerFailure } from "../errors.ts";
import type { AcquireRequest } from "./provider.ts";
import type { Entry } from "./server-pool.ts";

export class Logins {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  /** The request's token, if it can be had without waiting. */
  peek(request: AcquireRequest): AuthToken | undefined {
    const { auth, clock } = this.#config;
    const token = request.auth ?? auth.peek?.(clock);
    return token && toToken(token);
  }

  /** The request's token. */
  get(request: AcquireRequest, deadline: Deadline): AuthToken | Promise<AuthToken> {
    const known = this.peek(request);
    if (known) return known;
    deadline.doing = "waiting for the auth manager";
    // An async function, so that a manager that throws is one that rejects.
    const { auth, clock } = this.#config;
    return deadline.race((async () => toToken(await auth.getToken(clock)))());
  }

  /** A server refused `token`: the auth manager may have another one, so that the failure can be retried. */
  async refused(failure: ServerFailure, token: AuthToken, request: AcquireRequest): Promise<void> {
    const { auth, clock, logger, timeouts } = this.#config;
    // A session's own login is the session's affair.
    if (!failure.isSecurity || request.auth) return;
    const afterMs = timeouts.acquireMs;
    const error = (): TimeoutError => new TimeoutError("the auth manager does not answer", { afterMs });
    const deadline = new Deadline({ clock, afterMs, signal: request.signal, error });
    try {
      const answer = (async () => auth.handleSecurityFailure(token, failure.code))();
      if (await deadline.race(answer)) failure.retryable = true;
    } catch (reason) {
      // The failure is what the user has to see.
      logger.warn?.("the auth manager failed", { error: reason });
    } finally {
      deadline.end();
    }
  }
}

/** Whether this connection can serve this login: after LOGOFF and LOGON (5.1+), or as it is. */
export function canLogIn(entry: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return entry.connection.supports(5, 1) || isLoggedIn(entry, token, request);
}

/** Queues LOGOFF and LOGON in front of the next request, unless the right login is there and good. */
export function logIn(entry: Entry, token: AuthToken, request: AcquireRequest): void {
  if (isLoggedIn(entry, token, request)) return;
  entry.connection.logon(token);
  entry.loginExpired = false;
}

function isLoggedIn({ connection, loginExpired }: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return !loginExpired && !request.freshLogin && sameToken(connection.authToken, token);
}
