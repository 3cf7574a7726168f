// The embedded database behind our own server, on a port of this machine that nobody else can reach.
import { createServer, type Server } from "@bolt/server";
import { GrafeoBackend } from "./grafeo/backend.ts";
import { openDatabase } from "./grafeo/open.ts";
import type { Login } from "./options.ts";

export const LOOPBACK = "127.0.0.1";

export interface Embedded {
  readonly uri: string;
  readonly port: number;
  /** Gives running queries so long to finish, then closes the server and the database. */
  close(graceMs?: number): Promise<void>;
}

export interface EmbeddedOptions {
  /** Who may log in; undefined lets everybody in. */
  readonly login: Login | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Directory to keep the data in; undefined keeps them in memory. */
  readonly data?: string | undefined;
  /** Also at the IPv6 address of this machine, which `localhost` may stand for. */
  readonly bothLoopbacks?: boolean | undefined;
}

/** Opens the database and serves it. Throws Error with one clear line when either cannot be done. */
export async function serveEmbedded({
  login,
  port,
  data,
  bothLoopbacks,
}: EmbeddedOptions): Promise<Embedded> {
  const db = openDatabase(data);
  // The engine tells integers from floats, so what clients send must keep the difference.
  const server = createServer(new GrafeoBackend(db, { login }), { floats: "wrap" });
  try {
    const address = await server.listen({ port, host: LOOPBACK });
    if (bothLoopbacks) await listenOnIpv6(server, address.port);
    return {
      uri: `bolt://${LOOPBACK}:${address.port}`,
      port: address.port,
      close: (graceMs = 0) => server.close({ graceMs }),
    };
  } catch (error) {
    // The backend goes with the server.
    await server.close({ graceMs: 0 });
    throw error;
  }
}

/** Machines without IPv6 need not be told. */
async function listenOnIpv6(server: Server, port: number): Promise<void> {
  try {
    await server.listen({ port, host: "::1" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT") throw error;
  }
}
