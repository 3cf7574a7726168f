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

/** Whether an error tells about one server only, so that another one may do. */
export function isOfServer(error: unknown): boolean {
  if (error instanceof ServerFailure) return error.classification === "TransientError";
  return !(
    error instanceof AbortError ||
    error instanceof ClosedError ||
    error instanceof ConfigError ||
    error instanceof UnsupportedError
  );
}

/** Whether the server is not what is wanted, and will not be when it is asked again: its certificate, its protocol, its kind. */
export const isMisplaced = (error: unknown): boolean =>
  error instanceof TlsError ||
  error instanceof HandshakeError ||
  error instanceof ServerRefusedError ||
  error instanceof UnsupportedError;

/** No server is left of a table that was at hand. It may have aged: a new one is asked for. */
export function exhausted(error: unknown): undefined {
  if (!(error instanceof ServiceUnavailableError)) throw error;
}
