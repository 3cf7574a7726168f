// Who a client is: what HELLO says about it, and what the backend returns for its token.
import type { Hello, AuthToken, BoltVersion, Metadata } from "@bolt/protocol";
import type { Client } from "../backend.ts";
import { agentFor } from "../config.ts";
import { asFailure, failure } from "../failures.ts";
import type { Host } from "../host.ts";
import { isPromiseLike, type MaybePromise } from "../maybe-promise.ts";
import type { DuplexInfo } from "../transport/transport.ts";

export function clientOf(hello: Hello, version: BoltVersion, connectionId: string, info: DuplexInfo): Client {
  const { userAgent, boltAgent, routing } = hello;
  return { ...info, connectionId, version: version.toString(), userAgent, boltAgent, routing };
}

/** The answer to HELLO. The protocol layer leaves out keys that the version does not have. */
export function helloMetadata(
  { agent, hints, limits }: Host,
  connectionId: string,
  version: BoltVersion,
): Metadata {
  const { keepAliveMs } = limits;
  return {
    server: agentFor(agent, version),
    connectionId,
    hints: {
      ...(keepAliveMs < Infinity && { recvTimeoutSeconds: Math.ceil((2 * keepAliveMs) / 1000) }),
      ...(hints.telemetry && { telemetryEnabled: true }),
      ...(hints.serverSideRouting && { ssrEnabled: true }),
    },
  };
}

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";

/** Whether a backend returned one of the values that refuse a principal. */
export const isNobody = (principal: unknown): boolean => (principal ?? false) === false;

/** Whether a principal has to change its password. */
export const mustChange = (principal: unknown): boolean =>
  (principal as { credentialsExpired?: unknown } | undefined)?.credentialsExpired === true;

/** Asks the backend for the principal. Rejects when the login is refused. */
export function checkLogin(host: Host, token: AuthToken, client: Client): MaybePromise<unknown> {
  const { backend, clock, limits, loginGuard, metrics, events } = host;
  const { scheme, principal: user } = token;
  if (!backend.authenticate) return user;
  // Guesses of bare tokens have no user name to be counted by, and are hopeless: only the delay applies.
  const key = user ? `${scheme} ${user} ${client.remoteAddress?.replace(/:\d+$/, "")}` : undefined;

  const refuse = (error: unknown): Promise<never> => {
    const refusal = asFailure(error);
    const code = refusal?.code ?? "";
    // An authentication service that is down does not count as a failed attempt.
    if (key && code === UNAUTHORIZED) loginGuard.failed(key);
    metrics.loginsFailed++;
    events.emit("loginFailed", () => ({ client, scheme, user, code }));
    return new Promise((_, reject) => {
      clock.setTimeout(() => reject(refusal ?? (error as Error)), limits.failedLoginDelayMs);
    });
  };
  const judge = (principal: unknown): unknown => {
    if (isNobody(principal)) {
      // The same text for an unknown user as for a wrong password.
      return refuse(failure("unauthorized", "The client is unauthorized due to authentication failure."));
    }
    if (key) loginGuard.succeeded(key);
    return principal;
  };

  if (key && loginGuard.isLocked(key)) {
    return refuse(
      failure("rateLimited", "Too many failed logins in a row: wait a while before trying again."),
    );
  }
  try {
    const answer = backend.authenticate(token, client);
    return isPromiseLike(answer) ? Promise.resolve(answer).then(judge, refuse) : judge(answer);
  } catch (error) {
    return refuse(error);
  }
}
