// Who a client is: what HELLO says of it, and what the backend makes of its token.
import { type Hello, Failure } from "@bolt/protocol";
import type { Client } from "../backend.ts";
import { agentFor } from "../config.ts";
import { asFailure, failure } from "../failures.ts";
import type { Host } from "../host.ts";
import type { DuplexInfo } from "../transport/transport.ts";
import {
  type AuthToken,
  type BoltVersion,
  isPromiseLike,
  type MaybePromise,
  type Metadata,
} from "../types.ts";

export function clientOf(hello: Hello, version: BoltVersion, connectionId: string, info: DuplexInfo): Client {
  const { userAgent, boltAgent, routing } = hello;
  return { ...info, connectionId, version: version.toString(), userAgent, boltAgent, routing };
}

/** What HELLO is answered. Keys that the version does not have are left out beneath. */
export function helloMetadata({ config }: Host, connectionId: string, version: BoltVersion): Metadata {
  const { keepAliveMs } = config.limits;
  return {
    server: agentFor(config.agent, version),
    connectionId,
    hints: {
      ...(keepAliveMs > 0 && { recvTimeoutSeconds: Math.ceil((2 * keepAliveMs) / 1000) }),
      ...(config.telemetry && version.atLeast(5, 4) && { telemetryEnabled: true }),
      ...(config.serverSideRouting && version.atLeast(5, 8) && { ssrEnabled: true }),
    },
  };
}

/** A login that was let in. */
export interface LoggedIn {
  readonly principal: unknown;
  readonly credentialsExpired: boolean;
}

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";

/** Asks the backend; refuses by throwing a Failure. */
export function checkLogin(host: Host, token: AuthToken, client: Client): MaybePromise<LoggedIn> {
  const { backend, config, loginGuard, metrics, events } = host;
  const { scheme, principal: user } = token;
  if (!backend.authenticate) return letIn(user);
  // Who guesses tokens has no user name to be told by, and does not get far: only the delay applies.
  const key = user ? `${scheme} ${user} ${client.remoteAddress?.replace(/:\d+$/, "")}` : undefined;

  const refuse = (error: unknown): Promise<never> => {
    const refusal = asFailure(error);
    const code = refusal?.code ?? "";
    // An authentication service that is down is nobody's failed try.
    if (key && code === UNAUTHORIZED) loginGuard.failed(key);
    metrics.loginsFailed++;
    events.emit("loginFailed", () => ({ client, scheme, user, code }));
    return new Promise((_, reject) => {
      config.clock.setTimeout(() => reject(refusal ?? (error as Error)), config.limits.failedLoginDelayMs);
    });
  };
  const judge = (principal: unknown): MaybePromise<LoggedIn> => {
    if (principal === undefined || principal === null || principal === false) return refuse(unauthorized());
    if (key) loginGuard.succeeded(key);
    return letIn(principal);
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

/** The same words whoever is unknown and whatever is wrong. */
const unauthorized = (): Failure =>
  failure("unauthorized", "The client is unauthorized due to authentication failure.");

function letIn(principal: unknown): LoggedIn {
  const credentialsExpired =
    typeof principal === "object" &&
    principal !== null &&
    (principal as { credentialsExpired?: unknown }).credentialsExpired === true;
  return { principal, credentialsExpired };
}
