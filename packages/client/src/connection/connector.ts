// Opens one connection: dials, does the handshake, logs in, each within its time limit. Knows no pool.
import { type AuthToken, BoltError, HandshakeError, type HandshakeReason } from "@bolt/protocol";
import type { Config, VerifyServer } from "../config.ts";
import { type Deadline, within } from "../deadline.ts";
import { traces } from "../diagnostics.ts";
import {
  ConnectionLostError,
  messageOf,
  ServerRefusedError,
  ServiceUnavailableError,
  TimeoutError,
  TlsError,
} from "../errors.ts";
import { traced } from "../traced.ts";
import { toDuplex } from "../transport/adapters.ts";
import type { Address } from "../transport/address.ts";
import type { Duplex } from "../transport/transport.ts";
import { Connection } from "./connection.ts";

/**
 * Opens a connection and logs in. `routing` goes into HELLO. Rejects with ServiceUnavailableError, TlsError,
 * TimeoutError, HandshakeError, ServerFailure (login refused), ServerRefusedError, ConnectionLostError, or the deadline's
 * error.
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
      }).catch((error: unknown) => {
        throw withHint(error, server, config);
      });
      if (config.verifyServer) await verify(connection, config.verifyServer, deadline);
      config.logger.debug?.("connection opened", {
        ...connection.server,
        connectionId: connection.connectionId,
      });
      return connection;
    },
  );
}

/** Adds to a failed handshake which server it was and what would help. */
function withHint(error: unknown, server: string, { tls }: Config): unknown {
  if (error instanceof HandshakeError) {
    const { reason, message, offered, received } = error;
    const hint = HINTS[reason] ?? "";
    const facts = { offered, received, cause: error };
    const told = new HandshakeError(reason, `cannot connect to ${server}: ${message}${hint}`, facts);
    return Object.assign(told, { server });
  }
  if (!(error instanceof ConnectionLostError && error.cause instanceof HandshakeError)) return error;
  const { received, cause } = error.cause;
  const another = tls?.clientCertificate ? "another" : "a";
  const hint = tls ? `does it want ${another} certificate from us?` : "does it accept only TLS?";
  const { code = "" } = Object(cause) as { code?: unknown };
  // TLS 1.3 is open on our side before the server looks at our certificate.
  if (String(code).startsWith("ERR_SSL"))
    return new TlsError(`cannot connect to ${server}: TLS was broken off (${code}); ${hint}`, {
      server,
      cause,
    });
  // Neo4j hangs up without a word when it wants TLS and gets plain bytes, or does not know the certificate.
  if (received !== "") return error;
  return new ConnectionLostError(`${error.message}; ${hint}`, { server, cause: error.cause });
}

const HINTS: Readonly<Partial<Record<HandshakeReason, string>>> = {
  http: "; this is its HTTP port, Bolt has another one, by default 7687",
  "no-common-version": '; others are offered by the option "versions", as ["2", "1"]',
  tls: "; use bolt+s:// or neo4j+s://, or +ssc to trust any certificate",
};

/** Asks the caller's `verifyServer`; closes the connection when the server is refused. */
async function verify(connection: Connection, wanted: VerifyServer, deadline: Deadline): Promise<void> {
  const { server } = connection;
  const { address, agent, protocolVersion: version } = server;
  deadline.doing = `waiting for verifyServer on ${address}`;
  let cause: unknown;
  try {
    // Only `true` accepts: untyped callbacks may return anything.
    const verdict: unknown = await deadline.race((async () => wanted(server))());
    if (verdict === true) return;
  } catch (error) {
    cause = error;
  }
  connection.close();
  deadline.check();
  const message = `${address} (${agent}, Bolt ${version}) was refused by verifyServer`;
  throw new ServerRefusedError(message, { server: address, agent, version, cause });
}

async function open(config: Config, address: Address, outer: Deadline): Promise<Duplex> {
  const { clock, timeouts, tls, uri, lookup, dial } = config;
  const server = address.toString();
  const afterMs = timeouts.connectMs;
  const late = (): BoltError =>
    new TimeoutError(`${server} did not accept the connection within ${afterMs} ms`, {
      afterMs,
      server,
      retryable: true,
    });
  return within({ clock, afterMs, signal: outer.signal, error: late }, async (deadline) => {
    const { signal } = deadline;
    // In an async function, a dial that throws rejects.
    const dialled = (async () =>
      toDuplex(await dial(address, { tls, webSocket: uri.webSocket, signal, lookup })))();
    try {
      return await deadline.race(dialled);
    } catch (error) {
      // A stream that arrives too late is closed.
      dialled.then((duplex) => duplex.close()).catch(() => {});
      if (error instanceof BoltError) throw error;
      const message = `cannot connect to ${server}: ${messageOf(error)}`;
      throw new ServiceUnavailableError(message, { server, cause: error });
    }
  });
}
