// Where clients find servers: ROUTE, and the procedures by which clients before 4.3 ask the same.
import type { BoltVersion, Metadata } from "@bolt/protocol";
import type { Context, QueryResult, RouteRequest, Routes } from "../backend.ts";
import type { Host } from "../host.ts";
import { isPromiseLike, type MaybePromise } from "../maybe-promise.ts";
import type { DuplexInfo } from "../transport/transport.ts";
import { checkRoutes } from "./contract.ts";

const DEFAULT_TTL_SECONDS = 300;

/** The address of this server, as the client reached it if that is known. */
export function addressOf(
  { advertisedAddress }: Host,
  { localAddress }: DuplexInfo,
  routing: Readonly<Record<string, string>> | undefined,
): string {
  return routing?.["address"] ?? advertisedAddress ?? localAddress ?? "localhost:7687";
}

/** What a request for routes contains. */
type Asked = Pick<RouteRequest, "routing" | "database">;

/** The backend's table, or this server in all roles. */
export function routesFor(host: Host, asked: Asked, context: Context): MaybePromise<Routes> {
  const { backend, defaultDatabase } = host;
  const { bookmarks, impersonatedUser } = context;
  if (backend.route) return backend.route({ ...asked, bookmarks, impersonatedUser }, context);
  const here = [addressOf(host, context.client, asked.routing)];
  const database = asked.database ?? defaultDatabase;
  return { routers: here, readers: here, writers: here, database };
}

interface Role {
  readonly addresses: readonly string[];
  readonly role: string;
}

/** The table as the wire has it: each role once, without empty ones. Throws BackendError. */
function tableOf(routes: Routes): { ttl: number; servers: Role[] } {
  checkRoutes(routes);
  const { routers, readers, writers, ttlSeconds = DEFAULT_TTL_SECONDS } = routes;
  const servers = [
    { role: "WRITE", addresses: writers },
    { role: "READ", addresses: readers },
    { role: "ROUTE", addresses: routers },
  ];
  return { ttl: ttlSeconds, servers: servers.filter(({ addresses }) => addresses.length > 0) };
}

/** SUCCESS of ROUTE. The database is part of the table from 4.4 on. */
export function routeMetadata(routes: Routes, version: BoltVersion): Metadata {
  const rt = tableOf(routes);
  const { database } = routes;
  return { rt: version.atLeast(4, 4) && database !== undefined ? { ...rt, db: database } : rt };
}

/** The table as the result of a procedure. */
export function routesResult(routes: MaybePromise<Routes>): MaybePromise<QueryResult> {
  if (isPromiseLike(routes)) return Promise.resolve(routes).then(routesResult);
  const { ttl, servers } = tableOf(routes);
  return { keys: ["ttl", "servers"], records: [[ttl, servers]] };
}

// getServers is from 3.0 and takes no arguments; the others take the context and, from 4.0 on, the database. Old
// drivers write parameters as {name}. No two runs of blanks may be adjacent in the pattern: matching a megabyte of
// blanks would take forever.
const PROCEDURE =
  /^\s*CALL\s+dbms\.(?:cluster\.)?routing\.(?:getRoutingTable|getServers)(?:\s*\(([^()]*)\))?(?:\s*;)?\s*$/i;
const PARAMETER = /^\s*(?:\$|\{\s*)`?(\w+)`?(?:\s*\})?\s*$/;

/** What a query asks for when it calls one of the procedures; undefined for any other query. */
export function routingProcedure(
  query: string,
  parameters: Readonly<Record<string, unknown>>,
): Asked | undefined {
  const call = PROCEDURE.exec(query);
  if (!call) return undefined;
  const [context, database] = (call[1] ?? "").split(",").map((argument) => {
    const name = PARAMETER.exec(argument)?.[1];
    return name === undefined ? undefined : parameters[name];
  });
  const entries = Object.entries(context && typeof context === "object" ? context : {});
  return {
    routing: Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    database: typeof database === "string" && database !== "" ? database : undefined,
  };
}
