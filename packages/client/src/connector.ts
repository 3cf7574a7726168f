// Opens one connection: dials, shakes hands, logs in, each within its time. Knows no pool.
import { BoltError } from "@bolt/protocol";
import type { AuthToken } from "@bolt/protocol";
import { toDuplex } from "./adapters.ts";
import type { Address } from "./address.ts";
import type { Config } from "./config.ts";
import { Connection } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import { traces } from "./diagnostics.ts";
import { ServiceUnavailableError, TimeoutError } from "./errors.ts";
import { traced } from "./traced.ts";
import type { Duplex } from "./transport.ts";

/**
 * A connection that is logged in. `routing` goes into HELLO. Rejects with ServiceUnavailableError, TlsError,
 * TimeoutError, HandshakeError, ServerFailure (login refused), ConnectionLostError, or the deadline's error.
 */
export function connect(
  config: Config,
  address: Address,
  auth: AuthToken,
  routing: Readonly<Record<string, string>> | undefined,
  deadline: Deadline,
): Promise<Connection> {
  const server = address.toString();
  return traced(
    traces.connect,
    () => ({ server }),
    async () => {
      deadline.doing = `connecting to ${server}`;
      const duplex = await open(config, address, deadline);
      deadline.doing = `logging in at ${server}`;
      const { signal } = deadline;
      const connection = await Connection.open(duplex, {
        address,
        config: config.connection,
        auth,
        routing,
        signal,
      });
      config.logger.debug?.("connection opened", {
        ...connection.server,
        connectionId: connection.connectionId,
      });
      return connection;
    },
  );
}

async function open(config: Config, address: Address, outer: Deadline): Promise<Duplex> {
  const { clock, timeouts, tls, uri, lookup, dial } = config;
  const server = address.toString();
  const afterMs = timeouts.connectMs;
  const late = (): BoltError =>
    new TimeoutError(`${server} did not take the connection within ${afterMs} ms`, {
      afterMs,
      server,
      retryable: true,
    });
  const deadline = new Deadline({ clock, afterMs, signal: outer.signal, error: late });
  const { signal } = deadline;
  // An async function, so that a dial that throws is one that rejects.
  const dialled = (async () =>
    toDuplex(await dial(address, { tls, webSocket: uri.webSocket, signal, lookup })))();
  try {
    return await deadline.race(dialled);
  } catch (error) {
    // One that comes too late is not wanted any more.
    dialled.then((duplex) => duplex.close()).catch(() => {});
    if (error instanceof BoltError) throw error;
    const message = `cannot connect to ${server}: ${error instanceof Error ? error.message : String(error)}`;
    throw new ServiceUnavailableError(message, { server, cause: error });
  } finally {
    deadline.end();
  }
}
