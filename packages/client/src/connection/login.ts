// From the first byte to a connection that is logged in: handshake, HELLO and LOGON, as one promise. Knows what each
// version sends; the connection keeps what servers say about themselves.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import { abortError } from "../errors.ts";
import type { OpenOptions } from "./connection-options.ts";
import type { Connection } from "./connection.ts";
import { handler } from "./replies.ts";

/** Rejects with HandshakeError, ServerFailure, ConnectionLostError or AbortError, after closing the connection. */
export function login(connection: Connection, options: OpenOptions): Promise<void> {
  const { auth, signal } = options;
  return new Promise((resolve, reject) => {
    const abort = (fired: AbortSignal): void =>
      connection.destroy(abortError(fired, "connecting", connection.server.address));
    const unlisten = onceAborted(signal, abort);
    // Any failure closes the connection.
    const failed = (error: BoltError): void => connection.destroy(error);
    connection.onClosed = (error) => {
      unlisten();
      reject(error);
    };
    connection.onNegotiated = () => {
      hello(connection, options);
      connection.expect(handler(failed, (metadata) => connection.greeted(metadata)));
      connection.verbs.logon(auth);
      connection.expect(
        handler(failed, () => {
          unlisten();
          resolve();
        }),
      );
    };
    if (signal?.aborted) abort(signal);
    else connection.flush();
  });
}

function hello(connection: Connection, { config, routing }: OpenOptions): void {
  const { verbs, version } = connection;
  const { userAgent, boltAgent, notifications = {} } = config;
  const { minimumSeverity, disabledClassifications } = notifications;
  if (minimumSeverity !== undefined || disabledClassifications !== undefined)
    connection.require("a notification filter", 5, 2);
  verbs.hello({
    userAgent,
    boltAgent: version.atLeast(5, 3) ? boltAgent : undefined,
    routing: version.atLeast(4, 1) ? routing : undefined,
    patchBolt: version.atLeast(4, 3) && !version.atLeast(5) ? ["utc"] : undefined,
    notificationsMinimumSeverity: minimumSeverity,
    notificationsDisabledClassifications: disabledClassifications,
  });
}
