// Who is logged in on pooled connections, and who should be: asks the auth manager, compares, queues LOGOFF and
// LOGON (5.1+). Knows tokens and entries of the pool; takes and gives no connection.
import type { AuthToken } from "@bolt/protocol";
import { sameToken, toToken } from "../auth.ts";
import type { Config } from "../config.ts";
import { answerOf, type Deadline } from "../deadline.ts";
import type { ServerFailure } from "../errors.ts";
import type { AcquireRequest } from "./provider.ts";
import type { Entry } from "./server-pool.ts";

/** The request's token, if it can be had without waiting. */
export function tokenAtHand({ auth, clock }: Config, request: AcquireRequest): AuthToken | undefined {
  const token = request.auth ?? auth.peek?.(clock);
  return token && toToken(token);
}

/** The request's token. */
export function tokenFor(
  config: Config,
  request: AcquireRequest,
  deadline: Deadline,
): AuthToken | Promise<AuthToken> {
  const known = tokenAtHand(config, request);
  if (known) return known;
  deadline.doing = "waiting for the auth manager";
  // An async function, so that a manager that throws is one that rejects.
  return deadline.race((async () => toToken(await config.auth.getToken(config.clock)))());
}

/** A server refused `token`: the auth manager may have another one, so that the failure can be retried. */
export async function loginRefused(
  config: Config,
  failure: ServerFailure,
  token: AuthToken,
  request: AcquireRequest,
): Promise<void> {
  // A session's own login is the session's affair.
  if (!failure.isSecurity || request.auth) return;
  try {
    const answer = (async () => config.auth.handleSecurityFailure(token, failure.code))();
    if (await answerOf("the auth manager", answer, config, request.signal)) failure.retryable = true;
  } catch (error) {
    // The failure is what the user has to see.
    config.logger.warn?.("the auth manager failed", { error });
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
