// What ArcadeDB 26.10 does differently from Neo4j. packages/client/docs/servers.md tells users: change both.
import type { Differences } from "./run.ts";

const UNSTOPPABLE = "a query runs to its end, even if its caller is gone";
const NO_NOTIFICATIONS = "no notifications";

export const arcadeDb: Differences = {
  differs: {
    summaries: 'a query that writes and returns is of type "w"',
    "plans and profiles": "a plan is one step with a description",
    "schema commands": 'schema commands are of type "w"',
    "a failure in mid-stream": "up to 100 rows before the failed one, from the same batch, are not sent",
    "a write in a read transaction is refused": "the access mode is not enforced",
    "bookmarks chained": "only COMMIT returns bookmarks, and none is checked",
    databases: "summaries name no database, users have no home database",
    "a password that must be changed": "passwords never have to be changed",
    "impersonation is refused": "the impersonated user is ignored: the work runs as the driver's own user",
    notifications: NO_NOTIFICATIONS,
    "GQL statuses of outcomes": "no columns are named when there are no rows",
    "GQL statuses of notifications": NO_NOTIFICATIONS,
    "filters of a driver": NO_NOTIFICATIONS,
    "filters of a session": NO_NOTIFICATIONS,
    "neo4j://: an unknown database": "a connection stays at the database last requested on it",
    "metadata in the server's list": "its list of transactions has no metadata",
  },
  avoided: {
    "auto-commit, aborted": UNSTOPPABLE,
    "explicit transaction, aborted": UNSTOPPABLE,
    "managed transaction, aborted": UNSTOPPABLE,
    "executeQuery, aborted": UNSTOPPABLE,
    "AbortSignal.timeout": UNSTOPPABLE,
    "time limit of a transaction": UNSTOPPABLE,
    "closing the driver in mid-query": UNSTOPPABLE,
  },
};
