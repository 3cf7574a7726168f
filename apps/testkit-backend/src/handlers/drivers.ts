// Requests about drivers.
import { driver, type Driver, type ExecuteQueryConfig } from "@bolt/client";
import { answer, type Context, type Data, type Handlers, given } from "../context.ts";
import { authOf, configOf } from "../driver-config.ts";
import { serverData, summaryData } from "../summary.ts";
import { readToken } from "../tokens.ts";
import { fromValue, toParameters } from "../values.ts";
import { KeptBookmarkManager } from "./bookmark-managers.ts";

/** A driver, stored by id. */
export class KeptDriver {
  readonly driver: Driver;

  constructor(made: Driver) {
    this.driver = made;
  }
}

const driverOf = ({ driverId }: Data, context: Context): Driver => context.get(driverId, KeptDriver).driver;

export const drivers: Handlers = {
  NewDriver: (data, context) => {
    const made = driver(data["uri"] as string, authOf(data, context), configOf(data, context));
    return answer("Driver", { id: context.keep(new KeptDriver(made)) });
  },

  DriverClose: async (data, context) => {
    await driverOf(data, context).close();
    return answer("Driver", { id: data["driverId"] });
  },

  VerifyConnectivity: async (data, context) => {
    await driverOf(data, context).verifyConnectivity();
    return answer("Driver", { id: data["driverId"] });
  },

  GetServerInfo: async (data, context) =>
    answer("ServerInfo", serverData(await driverOf(data, context).getServerInfo())),

  VerifyAuthentication: async (data, context) => {
    const token = readToken(data["authorizationToken"]);
    const authenticated = await driverOf(data, context).verifyAuthentication(token);
    return answer("DriverIsAuthenticated", { id: data["driverId"], authenticated });
  },

  CheckMultiDBSupport: async (data, context) => {
    const available = await driverOf(data, context).supportsMultiDb();
    return answer("MultiDBSupport", { id: data["driverId"], available });
  },

  CheckSessionAuthSupport: async (data, context) => {
    const available = await driverOf(data, context).supportsSessionAuth();
    return answer("SessionAuthSupport", { id: data["driverId"], available });
  },

  CheckDriverIsEncrypted: (data, context) =>
    answer("DriverIsEncrypted", { encrypted: driverOf(data, context).encrypted }),

  ExecuteQuery: async (data, context) => {
    const config = data["config"] as Data;
    const { records, summary, keys } = await driverOf(data, context).executeQuery(
      data["cypher"] as string,
      toParameters(data["params"]),
      executeConfig(config, context),
    );
    return answer("EagerResult", {
      keys,
      records: records.map((row) => ({ values: keys.map((key) => fromValue(row[key])) })),
      summary: summaryData(summary),
    });
  },

  GetRoutingTable: (data, context) => {
    const table = driverOf(data, context).routingTable((data["database"] ?? undefined) as string | undefined);
    // TestKit expects a table without servers where there is none.
    const { database = null, ttlMs = 0, routers = [], readers = [], writers = [] } = table ?? {};
    return answer("RoutingTable", { database, ttl: ttlMs / 1000, routers, readers, writers });
  },

  ForcedRoutingTableUpdate: async (data, context) => {
    await driverOf(data, context).refreshRoutingTable(
      given({
        database: data["database"] as string | null,
        bookmarks: data["bookmarks"] as string[] | null,
      }),
    );
    return answer("Driver", { id: data["driverId"] });
  },

  GetConnectionPoolMetrics: (data, context) => {
    const pools = driverOf(data, context).metrics();
    const { inUse = 0, idle = 0 } = pools.find(({ server }) => server === data["address"]) ?? {};
    return answer("ConnectionPoolMetrics", { inUse, idle });
  },
};

function executeConfig(config: Data, context: Context): ExecuteQueryConfig<Record<string, unknown>> {
  const { routing, bookmarkManagerId, authorizationToken } = config;
  return {
    ...given<ExecuteQueryConfig<Record<string, unknown>>>({
      // Its script for readers expects batches; by default ours requests all rows of a read, and COMMIT with them.
      fetchSize: 1000,
      mode: routing === "r" ? "read" : routing === "w" ? "write" : undefined,
      database: config["database"] as string | null,
      impersonatedUser: config["impersonatedUser"] as string | null,
      metadata: config["txMeta"] ? toParameters(config["txMeta"]) : undefined,
      timeoutMs: config["timeout"] as number | null,
      auth: authorizationToken ? readToken(authorizationToken) : undefined,
    }),
    ...managerOf(bookmarkManagerId, context),
  };
}

// Undefined means the driver's own manager, -1 none at all.
function managerOf(id: unknown, context: Context): Pick<ExecuteQueryConfig, "bookmarkManager"> | undefined {
  if (id === undefined || id === null) return undefined;
  return { bookmarkManager: id === -1 ? null : context.get(id, KeptBookmarkManager).manager };
}
