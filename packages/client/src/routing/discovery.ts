// Asks one router for the routing table of a database, by ROUTE (4.3+) or, before that, by the routing
// procedures. Knows one connection; routing.ts decides which server to ask.
import type { RoutingTable as WireTable } from "@bolt/protocol";
import type { Connection } from "../connection/connection.ts";
import { ServerFailure, UnsupportedError } from "../errors.ts";
import type { AcquireRequest } from "../pool/provider.ts";

/** Fetches the table. Rejects with ServerFailure, UnsupportedError or the error that broke the connection. */
export async function fetchTable(
  connection: Connection,
  context: Readonly<Record<string, string>>,
  { database, impersonatedUser, bookmarks }: AcquireRequest,
  signal: AbortSignal,
): Promise<WireTable> {
  const server = connection.address.toString();
  if (database !== undefined) connection.require("choosing a database", 4, 0);
  if (impersonatedUser !== undefined) connection.require("impersonation", 4, 4);
  try {
    if (connection.supports(4, 3)) {
      return await connection.route(
        { routing: context, bookmarks, db: database, impUser: impersonatedUser },
        signal,
      );
    }
    if (connection.supports(4)) {
      const [call, parameters] =
        database === undefined ? ["$context", { context }] : ["$context, $database", { context, database }];
      const extra = { mode: "r", db: "system", bookmarks } as const;
      return tableOf(
        await connection.query(`CALL dbms.routing.getRoutingTable(${call})`, parameters, extra, signal),
      );
    }
    const call = "CALL dbms.cluster.routing.getRoutingTable($context)";
    const extra = connection.supports(3) ? ({ mode: "r" } as const) : {};
    return tableOf(await connection.query(call, { context }, extra, signal));
  } catch (error) {
    if (error instanceof ServerFailure && error.code === "Neo.ClientError.Procedure.ProcedureNotFound") {
      // Not retryable: the server would say the same again.
      throw new UnsupportedError(
        `${server} cannot route: it is a single server or a read replica, use a "bolt" scheme in place of "neo4j"`,
        { server, version: connection.version.toString(), cause: error },
      );
    }
    throw error;
  }
}

/** Reads the one record of a routing procedure: `ttl` and `servers`. */
function tableOf(records: readonly (readonly unknown[])[]): WireTable {
  const [ttl, servers] = records[0] ?? [];
  const list = Array.isArray(servers) ? (servers as unknown[]) : [];
  return {
    ttl: Number(ttl ?? 0),
    servers: list.map((entry) => {
      const { addresses, role } = (entry ?? {}) as { addresses?: unknown; role?: unknown };
      return { addresses: Array.isArray(addresses) ? addresses.map(String) : [], role: String(role) };
    }),
  };
}
