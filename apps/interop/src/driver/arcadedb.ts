/** What ArcadeDB 26.10 does in another way than Neo4j. packages/client/docs/servers.md tells users: change both. */
import type { Differences } from "./run.ts";

const UNSTOPPABLE = "a query goes on to its end, whatever becomes of its caller";
const NO_REMARKS = "no notifications";

export const arcadeDb: Differences = {
  differs: {
    summaries: 'a query that writes and returns is of type "w"',
    "plans and profiles": "a plan is one step with a text",
    "schema commands": 'schema commands are of type "w"',
    "a failure in mid-stream": "of the batch in which a row fails, up to 100 rows before it are not sent",
    "a write in a read transaction is refused": "the access mode is not enforced",
    "bookmarks chained": "bookmarks by COMMIT only, and none is looked at",
    databases: "summaries name no database, none is anybody's home",
    "a password that must be changed": "passwords never have to be changed",
    "impersonation is refused": "the impersonated user is ignored: the work is done as the driver's own",
    notifications: NO_REMARKS,
    "GQL statuses of outcomes": "no columns are named when there are no rows",
    "GQL statuses of remarks": NO_REMARKS,
    "filters of a driver": NO_REMARKS,
    "filters of a session": NO_REMARKS,
    "neo4j://: an unknown database": "a connection keeps the database that it was last asked for",
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
