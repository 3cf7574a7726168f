// The FAILUREs with which a server answers what breaks the protocol, in the words of Neo4j. Knows no bytes, and of
// states only the name.
import { Failure } from "./failure.ts";
import type { State } from "./server-state.ts";

const INVALID = "Neo.ClientError.Request.Invalid";
export const INVALID_FORMAT = "Neo.ClientError.Request.InvalidFormat";

/** A client error with its GQL status. */
function mistake(
  code: string,
  message: string,
  gqlStatus: string,
  description: string,
  cause?: Failure,
): Failure {
  const diagnosticRecord = { _classification: "CLIENT_ERROR" };
  return new Failure(code, message, {
    gqlStatus,
    description: `error: ${description}`,
    diagnosticRecord,
    cause,
  });
}

/** For a request that cannot be accepted. */
export function refusal(message: string, code: string = INVALID, cause?: Failure): Failure {
  const description = "connection exception - protocol error. General network protocol error.";
  return mistake(code, message, "08N06", description, cause);
}

/** For a message that the state does not allow; `shown` is the message's name. */
export function violation(shown: string, state: State): Failure {
  const message = `Message ${shown} cannot be handled by a session in the ${state} state.`;
  const description = `connection exception - invalid server state. Message ${shown} cannot be handled by session in the ${state} state.`;
  return refusal(message, INVALID, mistake("", `08N10: ${message}`, "08N10", description));
}

/** For an invalid authentication token. */
export function unauthorized(why: string): Failure {
  return mistake(
    "Neo.ClientError.Security.Unauthorized",
    `Unsupported authentication token, ${why}`,
    "42NFF",
    "syntax error or access rule violation - permission/access denied. Access denied, see the security logs for details.",
  );
}
