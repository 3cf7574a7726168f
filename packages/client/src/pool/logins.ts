// The logins of pooled connections: asks the auth manager for the right token, compares, queues LOGOFF and LOGON
// (5.1+). Knows tokens and the pool's entries; neither takes nor releases connections.
import type { AuthToken } from "@bolt/protocol";
import { sameToken, toToken } from "../auth.ts";
import type { Config } from "../config.ts";
import { answerOf, type Deadline } from "../deadline.ts";
import type { ServerFailure } from "../errors.ts";
import type { AcquireRequest } from "./provider.ts";
import type { Entry } from "./server-pool.ts";

/** The request's token, if it is available without waiting. */
export function tokenAtHand({ auth, clock }: Config, request: AcquireRequest): AuthToken | undefined {
  const token = request.auth ?? auth.peek?.(clock);
  return token && toToken(token);
}

/** The request's token, from the auth manager if need be. */
export function tokenFor(
  config: Config,
  request: AcquireRequest,
  deadline: Deadline,
): AuthToken | Promise<AuthToken> {
  const known = tokenAtHand(config, request);
  if (known) return known;
  deadline.doing = "waiting for the auth manager";
  // In an async function, a manager that throws rejects.
  return deadline.race((async () => toToken(await config.auth.getToken(config.clock)))());
}

/** Reports a refused `token` to the auth manager; the failure becomes retryable if it will provide another one. */
export async function loginRefused(
  config: Config,
  failure: ServerFailure,
  token: AuthToken,
  request: AcquireRequest,
): Promise<void> {
  // The manager does not know the session's own login.
  if (!failure.isSecurity || request.auth) return;
  try {
    const answer = (async () => config.auth.handleSecurityFailure(token, failure.code))();
    if (await answerOf("the auth manager", answer, config, request.signal)) failure.retryable = true;
  } catch (error) {
    // The user must see the server's failure, not this error.
    config.logger.warn?.("the auth manager failed", { error });
  }
}

/** Whether this connection can serve this login, as it is or after LOGOFF and LOGON (5.1+). */
export function canLogIn(entry: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return entry.connection.supports(5, 1) || isLoggedIn(entry, token, request);
}

/** Queues LOGOFF and LOGON before the next request, unless the right login is already valid. */
export function logIn(entry: Entry, token: AuthToken, request: AcquireRequest): void {
  if (isLoggedIn(entry, token, request)) return;
  entry.connection.logon(token);
  entry.loginExpired = false;
}

function isLoggedIn({ connection, loginExpired }: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return !loginExpired && !request.freshLogin && sameToken(connection.authToken, token);
}
