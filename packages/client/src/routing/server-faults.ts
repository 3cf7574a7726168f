// Classifies errors met in a cluster: are they about one server, about the program, or about what the driver accepts?
// Knows classes and codes; routing.ts draws the conclusions.
import { HandshakeError } from "@bolt/protocol";
import {
  AbortError,
  AUTHORIZATION_EXPIRED,
  ClosedError,
  ConfigError,
  ServerFailure,
  ServerRefusedError,
  ServiceUnavailableError,
  TlsError,
  UnsupportedError,
} from "../errors.ts";

/** Whether an error concerns one server only, so that another server may succeed. */
export function isServerSpecific(error: unknown): boolean {
  if (error instanceof ServerFailure) return error.classification === "TransientError";
  return !(
    error instanceof AbortError ||
    error instanceof ClosedError ||
    error instanceof ConfigError ||
    error instanceof UnsupportedError
  );
}

/** Whether the server is unacceptable for good: by its certificate, its protocol or its kind. */
export const isUnsuitable = (error: unknown): boolean =>
  error instanceof TlsError ||
  error instanceof HandshakeError ||
  error instanceof ServerRefusedError ||
  error instanceof UnsupportedError;

/** For a cached table with no server left: it may be out of date, so a new one is fetched. Rethrows other errors. */
export function ignoreUnavailable(error: unknown): undefined {
  if (!(error instanceof ServiceUnavailableError)) throw error;
}

const FATAL: ReadonlySet<string> = new Set(
  [
    "Database.DatabaseNotFound",
    "Transaction.InvalidBookmark",
    "Transaction.InvalidBookmarkMixture",
    "Statement.TypeError",
    "Statement.ArgumentError",
    "Request.Invalid",
  ].map((code) => `Neo.ClientError.${code}`),
);

/** Whether every router would answer the same, so that asking another one is useless. */
export function isFatal(failure: ServerFailure): boolean {
  return FATAL.has(failure.code) || (failure.isSecurity && failure.code !== AUTHORIZATION_EXPIRED);
}
