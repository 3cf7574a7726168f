// What clients are told when our own driver fails, and not the server behind the gateway.
import * as client from "@bolt/client";
import { failure } from "@bolt/server";

/** The server's own failures, and the reasons of aborted signals, are passed on unchanged. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof client.BoltError) || error instanceof client.Failure) return error;
  const { message, cause } = error;
  switch (error.constructor) {
    // A value that the server's version has no form for.
    case client.PackError:
      return failure("typeError", message);
    case client.UnsupportedError:
      return failure("unsupported", message);
    case client.ConfigError:
      return failure("invalidRequest", message);
    // Must not be retried: it may have been committed.
    case client.CommitUnknownError:
      return failure("commitFailed", message);
    // The cause is the first failure of the transaction.
    case client.TransactionEndedError:
    case client.IgnoredError:
      return cause === undefined ? failure("terminated", message) : toFailure(cause);
    case client.ConnectionLostError:
    case client.ServiceUnavailableError:
    case client.HandshakeError:
    case client.TimeoutError:
    case client.ClosedError:
    case client.TlsError:
      return failure("databaseUnavailable", message);
    default:
      return error;
  }
}
