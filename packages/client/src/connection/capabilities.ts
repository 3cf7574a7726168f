// What a server can do: judged by its Bolt version where that suffices, else by asking. Its name is only for people
// to read and decides nothing. Knows one connection.
import type { Connection } from "./connection.ts";

/** What a server supports; Neo4j, Memgraph, Neptune, ArcadeDB and others differ. See docs/servers.md. */
export interface Capabilities {
  /** The server's own name for itself when asked, else the one in its agent: `Neo4j Kernel`, `Memgraph` … */
  readonly product: string;
  /** Version of the product; empty when the server does not say. */
  readonly productVersion: string;
  /** `community`, `enterprise`; empty when the server does not say. */
  readonly edition: string;
  /** The server answers `CALL dbms.components()`, which many tools begin with. */
  readonly systemProcedures: boolean;
  /** The server has routing tables: `neo4j` schemes work. */
  readonly routing: boolean;
  /** Sessions can choose a database (4.0+). */
  readonly databases: boolean;
  /** Several results may be open in a transaction (4.0+). */
  readonly concurrentResults: boolean;
  /** Sessions can act as another user (4.4+). */
  readonly impersonation: boolean;
  /** Sessions can log in as another user (5.1+). */
  readonly sessionAuth: boolean;
  /** Notifications can be filtered (5.2+). */
  readonly notificationFilters: boolean;
  /** Nodes and relationships carry element ids (5.0+). */
  readonly elementIds: boolean;
  /** Summaries and failures carry GQL statuses from the server (5.7+). */
  readonly gqlStatuses: boolean;
  /** The Vector type (6.0+) and the UUID type (6.1+). */
  readonly vectors: boolean;
  readonly uuids: boolean;
}

/** Asks the server, in a few round trips. Rejects only when nothing can be asked at all. */
export async function probeCapabilities(connection: Connection): Promise<Capabilities> {
  const has = (major: number, minor?: number): boolean => connection.supports(major, minor);
  const ask = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch {
      // Refused: after a RESET the connection goes on. Some servers close it instead, which is an answer too.
      if (connection.isOpen) await connection.reset();
      return undefined;
    }
  };
  const components = "CALL dbms.components() YIELD name, versions, edition";
  const rows = await ask(() => connection.query(components, {}, has(3) ? { mode: "r" } : {}));
  const [name, versions, edition] = rows?.[0] ?? [];
  // Asked last: some servers close the connection on ROUTE.
  const routing = has(4, 3) && (await ask(() => connection.route({ routing: {} }))) !== undefined;
  const agent = connection.server.agent;
  const [, product, version] = /^([^/\s]*)\/?v?(\S*)/.exec(agent) ?? [];
  return {
    product: typeof name === "string" ? name : (/ - (\w+)$/.exec(agent)?.[1] ?? product ?? ""),
    productVersion: Array.isArray(versions) ? String(versions[0] ?? "") : (version ?? ""),
    edition: typeof edition === "string" ? edition : "",
    systemProcedures: rows !== undefined,
    routing,
    databases: has(4),
    concurrentResults: has(4),
    impersonation: has(4, 4),
    sessionAuth: has(5, 1),
    notificationFilters: has(5, 2),
    elementIds: has(5),
    gqlStatuses: has(5, 7),
    vectors: has(6),
    uuids: has(6, 1),
  };
}
