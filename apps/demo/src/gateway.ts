// Another database served by our server: the gateway and what it is served with.
import { auth, driver, type DriverConfig, ServerFailure } from "@bolt/client";
import { createServer, type Server, type ServerOptions, type TlsOptions } from "@bolt/server";
import { Gateway } from "./gateway/backend.ts";
import { DEFAULT_DATABASE } from "./gateway/logins.ts";
import { listenHere } from "./loopback.ts";
import type { Login } from "./options.ts";

/** A server that passes everything on to the one at `uri`. Closing it closes the connections to that one. */
export function createGateway(uri: string, config: DriverConfig = {}, options: ServerOptions = {}): Server {
  const gateway = new Gateway(uri, config);
  const server = createServer(gateway, {
    defaultDatabase: DEFAULT_DATABASE,
    ...options,
    floats: "wrap",
    // Everything goes through here, so drivers need not ask where to.
    hints: { serverSideRouting: true },
    // The other server keeps the time, and counts wrong passwords.
    timeouts: "backend",
    limits: { ...options.limits, maxFailedLogins: 0, failedLoginDelayMs: 0 },
  });
  server.on("logoff", ({ client }) => gateway.left(client.connectionId));
  server.on("disconnect", ({ connectionId }) => gateway.left(connectionId));
  return server;
}

export interface GatewayOptions {
  readonly uri: string;
  /** Only to look at the other server before serving it: clients log in by themselves. */
  readonly login: Login | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Undefined serves plain connections. */
  readonly tls?: TlsOptions | undefined;
  /** Ends the look at a server that says nothing. */
  readonly signal: AbortSignal;
}

export interface ServedGateway {
  readonly port: number;
  /** What the other server calls itself, if there was a login to ask with. */
  readonly agent: string | undefined;
  /** Gives running queries so long to finish. */
  close(graceMs?: number): Promise<void>;
}

/** Serves another server here. Throws what keeps us from reaching it, or from listening. */
export async function serveGateway(options: GatewayOptions): Promise<ServedGateway> {
  const { uri, port, tls } = options;
  const agent = await look(options);
  const server = createGateway(uri, {}, { tls });
  try {
    const { port: chosen } = await listenHere(server, port);
    return { port: chosen, agent, close: (graceMs = 0) => server.close({ graceMs }) };
  } catch (error) {
    await server.close({ graceMs: 0 });
    throw error;
  }
}

/** Whether there is a Bolt server; who it is can only be asked by those who may log in. */
async function look({ uri, login, signal }: GatewayOptions): Promise<string | undefined> {
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
