// A single server as a cluster of one: neo4j:// with the server's own routing table.
import assert from "node:assert/strict";
import { ServerFailure, UsageError } from "@bolt/client";
import { type Checks, rejection, Skip, times, watch } from "./check.ts";

/** The same server by the other scheme; the host is unchanged, since tables name servers as clients addressed them. */
const routed = (uri: string): string => uri.replace(/^bolt/, "neo4j");

export const routing: Checks = {
  "neo4j://: the server's table": async ({ open, uri, capabilities }) => {
    if (!capabilities.routing) throw new Skip("this server has no routing table");
    const { observer, passed } = watch();
    const db = open({ observer }, undefined, routed(uri));
    const { records, summary } = await db.executeQuery("RETURN 1 AS n");
    assert.deepEqual(records, [{ n: 1 }]);
    assert.equal(times(passed, ">ROUTE"), 1);
    // By name: without one, the driver may have to ask for the home database each time.
    const { database } = summary;
    await db.executeQuery("RETURN 1 AS n", {}, { mode: "read", ...(database && { database }) });
    assert.equal(times(passed, ">ROUTE"), 1, "the table was fetched again");
    const table = db.routingTable() ?? db.routingTable(database);
    assert.ok(table, "no table");
    // A server may use any of its names for itself.
    const { port } = new URL(uri);
    for (const role of [table.routers, table.readers, table.writers]) {
      assert.deepEqual(
        role.map((address) => address.split(":").at(-1)),
        [port],
      );
    }
    const fresh = await db.refreshRoutingTable();
    assert.equal(times(passed, ">ROUTE"), 2);
    return `database ${fresh.database}, ${fresh.ttlMs / 1000} s`;
  },

  "neo4j://: reads and writes, bookmarks": async ({ open, uri, run, capabilities }) => {
    if (!capabilities.routing) throw new Skip("this server has no routing table");
    await using session = open({}, undefined, routed(uri)).session();
    for (let i = 0; i < 3; i++) {
      await session.executeWrite((tx) => tx.run("CREATE (:Driven {run: $run})", { run }));
    }
    const text = "MATCH (n:Driven {run: $run}) RETURN count(n) AS n";
    assert.deepEqual(await session.executeRead((tx) => tx.run(text, { run }).single()), { n: 3 });
  },

  "neo4j://: an unknown database": async ({ open, uri, capabilities }) => {
    if (!capabilities.routing || !capabilities.databases) throw new Skip("no table, or no databases");
    const db = open({}, undefined, routed(uri));
    const work = db.executeQuery("RETURN 1", {}, { database: "nosuchdatabase" });
    const { code } = await rejection(work, ServerFailure);
    assert.equal(code, "Neo.ClientError.Database.DatabaseNotFound");
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
  },

  "bolt://: no table": async ({ db }) => {
    await db.verifyConnectivity();
    assert.equal(db.routingTable(), undefined);
    await rejection(db.refreshRoutingTable(), UsageError);
  },
};
