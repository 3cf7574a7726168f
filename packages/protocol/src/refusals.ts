// The FAILUREs with which a server answers what breaks the protocol, in the words of Neo4j. Knows no bytes, and of
// states only the name.
import { Failure } from "./failure.ts";
import type { State } from "./server-state.ts";

const INVALID = "Neo.ClientError.Request.Invalid";
export const INVALID_FORMAT = "Neo.ClientError.Request.InvalidFormat";

const diagnosticRecord = { _classification: "CLIENT_ERROR" } as const;

/** For a request that cannot be taken. */
export function refusal(message: string, code: string = INVALID, cause?: Failure): Failure {
  return new Failure(code, message, {
    gqlStatus: "08N06",
    description: "error: connection exception - protocol error. General network protocol error.",
    diagnosticRecord,
    cause,
  });
}

/** For a message, by the name that is shown for it, which has no place in the state. */
export function violation(shown: string, state: State): Failure {
  const message = `Message ${shown} cannot be handled by a session in the ${state} state.`;
  const cause = new Failure("", `08N10: ${message}`, {
    gqlStatus: "08N10",
    description: `error: connection exception - invalid server state. Message ${shown} cannot be handled by session in the ${state} state.`,
    diagnosticRecord,
  });
  return refusal(message, INVALID, cause);
}
