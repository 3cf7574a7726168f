// What a server can do: by its Bolt version where that settles it, else by asking. Its name is read for people to
// look at, never to decide anything. Knows one connection.
import type { Connection } from "./connection.ts";

/** What can be expected of a server; Neo4j, Memgraph, Neptune, ArcadeDB and others differ in it. See docs/servers.md. */
export interface Capabilities {
  /** As the server calls itself when asked, else as in its agent: `Neo4j Kernel`, `Memgraph` … */
  readonly product: string;
  /** Of the product; empty when it does not say. */
  readonly productVersion: string;
  /** `community`, `enterprise`; empty when it does not say. */
  readonly edition: string;
  /** Answers `CALL dbms.components()`, which many tools begin with. */
  readonly systemProcedures: boolean;
  /** Has routing tables: `neo4j` schemes work. */
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
  /** Nodes and relationships have element ids of their own (5.0+). */
  readonly elementIds: boolean;
  /** Summaries and failures have GQL statuses of the server's own (5.7+). */
  readonly gqlStatuses: boolean;
  /** The Vector type (6.0+) and the UUID type (6.1+). */
  readonly vectors: boolean;
  readonly uuids: boolean;
}

/** Asks; a few round trips. Rejects only when nothing can be asked at all. */
export async function probeCapabilities(connection: Connection): Promise<Capabilities> {
  const has = (major: number, minor?: number): boolean => connection.supports(major, minor);
  const ask = async <T>(question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch {
      // Refused: the connection goes on after a RESET. Some servers close it instead; then that was the answer.
      if (connection.isOpen) await connection.reset();
      return undefined;
    }
  };
  const components = "CALL dbms.components() YIELD name, versions, edition";
  const rows = await ask(() => connection.query(components, {}, has(3) ? { mode: "r" } : {}));
  const [name, versions, edition] = rows?.[0] ?? [];
  // The last question: there are servers that break off when they are asked for a route.
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
