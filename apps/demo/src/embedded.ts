// The embedded database behind our own server, on a port that only this machine can reach.
import { createServer, type TlsOptions } from "@bolt/server";
import { withSystemQueries } from "@bolt/server/system-queries";
import { GrafeoBackend } from "./grafeo/backend.ts";
import { openDatabase } from "./grafeo/open.ts";
import { systemAnswers } from "./grafeo/system.ts";
import { listenHere, LOOPBACK } from "./loopback.ts";
import type { Login } from "./options.ts";

export interface Embedded {
  readonly uri: string;
  readonly port: number;
  /** Gives running queries `graceMs` (default 0) to finish, then closes the server and the database. */
  close(graceMs?: number): Promise<void>;
}

export interface EmbeddedOptions {
  /** The only login that is accepted; undefined accepts every login. */
  readonly login: Login | undefined;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Directory to keep the data in; undefined keeps them in memory. */
  readonly data?: string | undefined;
  /** Undefined serves plain connections. */
  readonly tls?: TlsOptions | undefined;
  /** Whether to listen on `::1` as well, which `localhost` may stand for. */
  readonly bothLoopbacks?: boolean | undefined;
}

/** Opens the database and serves it. Throws Error with one clear line if it cannot. */
export async function serveEmbedded({
  login,
  port,
  data,
  tls,
  bothLoopbacks,
}: EmbeddedOptions): Promise<Embedded> {
  const db = openDatabase(data);
  const engine = new GrafeoBackend(db, { login });
  const backend = withSystemQueries(
    engine,
    systemAnswers(db, (query, context) => engine.ask(query, context)),
  );
  // The engine distinguishes integers from floats, so parameters must keep the difference.
  const server = createServer(backend, { floats: "wrap", tls });
  try {
    const { port: chosen } = bothLoopbacks
      ? await listenHere(server, port)
      : await server.listen({ port, host: LOOPBACK });
    return {
      uri: `bolt://${LOOPBACK}:${chosen}`,
      port: chosen,
      close: (graceMs = 0) => server.close({ graceMs }),
    };
  } catch (error) {
    // Closes the backend too, and with it the database.
    await server.close({ graceMs: 0 });
    throw error;
  }
}
