// Errors met in a cluster: whether they are about one server, about the program, or about what we accept. Knows
// classes and codes; what follows from them is routing's.
import {
  AbortError,
  ClosedError,
  ConfigError,
  ServerFailure,
  ServerRefusedError,
  ServiceUnavailableError,
  TlsError,
  UnsupportedError,
} from "../errors.ts";
import { HandshakeError } from "@bolt/protocol";

/** All servers of a table failed, as opposed to there being none in it. */
export class ExhaustedError extends ServiceUnavailableError {}

/** What a server says that was taken for a leader and is none. */
export const NOT_A_WRITER: ReadonlySet<string> = new Set([
  "Neo.ClientError.Cluster.NotALeader",
  "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
]);

/** Whether an error tells about one server only, so that another one may do. */
export function isOfServer(error: unknown): boolean {
  if (error instanceof ServerFailure) return error.classification === "TransientError" && !error.isSecurity;
  return !(
    error instanceof AbortError ||
    error instanceof ClosedError ||
    error instanceof ConfigError ||
    error instanceof UnsupportedError
  );
}

/** Whether the server is not what is wanted, and will not be when it is asked again: its certificate, its protocol, its kind. */
export const isMisplaced = (error: unknown): boolean =>
  error instanceof TlsError || error instanceof HandshakeError || error instanceof ServerRefusedError;

/** A table that was at hand may have aged: without it a new one is asked for. */
export function exhausted(error: unknown): undefined {
  if (!(error instanceof ExhaustedError)) throw error;
}
