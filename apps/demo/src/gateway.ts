// The gateway: our server in front of another one.
import { auth, driver, type DriverConfig, ServerFailure } from "@bolt/client";
import { createServer, type Server, type ServerOptions, type TlsOptions } from "@bolt/server";
import { Gateway } from "./gateway/backend.ts";
import { DEFAULT_DATABASE } from "./gateway/logins.ts";
import { listenHere } from "./loopback.ts";
import type { Login } from "./options.ts";

/** A server that passes everything on to the one at `uri`. Closing it also closes its connections to that one. */
export function createGateway(uri: string, config: DriverConfig = {}, options: ServerOptions = {}): Server {
  const gateway = new Gateway(uri, config);
  const server = createServer(gateway, {
    defaultDatabase: DEFAULT_DATABASE,
    ...options,
    floats: "wrap",
    // All queries go through the gateway, so drivers need not ask for routes.
    hints: { serverSideRouting: true },
    // The other server enforces timeouts and counts failed logins.
    timeouts: "backend",
    limits: { ...options.limits, maxFailedLogins: 0, failedLoginDelayMs: 0 },
  });
  server.on("logoff", ({ client }) => gateway.left(client.connectionId));
  server.on("disconnect", ({ connectionId }) => gateway.left(connectionId));
  return server;
}

export interface GatewayOptions {
  readonly uri: string;
  /** Only for checking the other server before serving it: clients use their own logins. */
  readonly login: Login | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Undefined serves plain connections. */
  readonly tls?: TlsOptions | undefined;
  /** Ends that check, if the server does not answer. */
  readonly signal: AbortSignal;
}

export interface ServedGateway {
  readonly port: number;
  /** The name that the other server gives itself, if there was a login to ask with. */
  readonly agent: string | undefined;
  /** Gives running queries `graceMs` (default 0) to finish. */
  close(graceMs?: number): Promise<void>;
}

/** Serves another server here. Throws an error if it cannot be reached or if we cannot listen. */
export async function serveGateway(options: GatewayOptions): Promise<ServedGateway> {
  const { uri, port, tls } = options;
  const agent = await agentOf(options);
  const server = createGateway(uri, {}, { tls });
  try {
    const { port: chosen } = await listenHere(server, port);
    return { port: chosen, agent, close: (graceMs = 0) => server.close({ graceMs }) };
  } catch (error) {
    await server.close({ graceMs: 0 });
    throw error;
  }
}

/** Checks that there is a Bolt server. It gives its name only after a login: undefined if it refuses us without one. */
async function agentOf({ uri, login, signal }: GatewayOptions): Promise<string | undefined> {
  const token = login && auth.basic(login.user, login.password);
  await using upstream = driver(uri, token, { timeouts: { connectMs: 10_000, acquireMs: 30_000 } });
  try {
    const { agent } = await upstream.getServerInfo({ signal });
    return agent;
  } catch (error) {
    if (!login && error instanceof ServerFailure && error.isSecurity) return undefined;
    throw signal.aborted ? new Error("interrupted", { cause: error }) : error;
  }
}
