// Where clients find servers: ROUTE, and the procedures by which clients before 4.3 ask the same.
import type { QueryResult, RouteRequest, Routes } from "./backend.ts";
import type { BoltVersion, Metadata } from "./types.ts";

const DEFAULT_TTL_SECONDS = 300;

/** One server in all roles. */
export function onlyServer(address: string, database: string): Routes {
  const here = [address];
  return { routers: here, readers: here, writers: here, database };
}

/** The roles as the wire has them, each once, none empty. */
function rolesOf({ routers, readers, writers }: Routes): { addresses: string[]; role: string }[] {
  const roles = [
    { role: "WRITE", addresses: [...writers] },
    { role: "READ", addresses: [...readers] },
    { role: "ROUTE", addresses: [...routers] },
  ];
  return roles.filter(({ addresses }) => addresses.length > 0);
}

/** SUCCESS of ROUTE. The database is part of the table from 4.4 on. */
export function routeMetadata(routes: Routes, version: BoltVersion): Metadata {
  const { ttlSeconds = DEFAULT_TTL_SECONDS, database } = routes;
  const db = version.atLeast(4, 4) && database !== undefined ? { db: database } : {};
  return { rt: { ttl: ttlSeconds, servers: rolesOf(routes), ...db } };
}

/** The result of the procedures. */
export function routesResult(routes: Routes): QueryResult {
  return {
    keys: ["ttl", "servers"],
    records: [[routes.ttlSeconds ?? DEFAULT_TTL_SECONDS, rolesOf(routes)]],
  };
}

// getServers is of 3.0 and takes nothing; the others take the context and, from 4.0 on, the database. Old
// drivers write parameters as {name}.
const PROCEDURE =
  /^\s*CALL\s+dbms\.(?:cluster\.)?routing\.(?:getRoutingTable|getServers)\s*(?:\(([^()]*)\))?\s*;?\s*$/i;
const PARAMETER = /^\s*(?:\$|\{\s*)`?(\w+)`?\s*\}?\s*$/;

/** What a query asks when it is one of the procedures; undefined when it is anything else. */
export function routingProcedure(
  query: string,
  parameters: Readonly<Record<string, unknown>>,
): Pick<RouteRequest, "routing" | "database"> | undefined {
  const call = PROCEDURE.exec(query);
  if (!call) return undefined;
  const [context, database] = (call[1] ?? "").split(",").map((argument) => {
    const name = PARAMETER.exec(argument)?.[1];
    return name === undefined ? undefined : parameters[name];
  });
  const entries = Object.entries(context && typeof context === "object" ? context : {});
  return {
    routing: Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    database: typeof database === "string" && database !== "" ? database : undefined,
  };
}
