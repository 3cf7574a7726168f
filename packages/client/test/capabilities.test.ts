import { AuthToken } from "@bolt/protocol";
import { expect, test } from "vitest";
import { resolveConfig } from "../src/config.ts";
import { probeCapabilities } from "../src/connection/capabilities.ts";
import { Connection } from "../src/connection/connection.ts";
import { connect } from "../src/connection/connector.ts";
import { Deadline } from "../src/deadline.ts";
import { TimeoutError } from "../src/errors.ts";
import { Address } from "../src/transport/address.ts";
import { FakeClock } from "./fake-clock.ts";
import { SimNetwork, type SimServer, tableOf } from "./sim-server.ts";

async function open(prepare: (server: SimServer) => void): Promise<Connection> {
  const clock = new FakeClock();
  const network = new SimNetwork();
  prepare(network.server("db:7687"));
  const config = resolveConfig("bolt://db", undefined, { clock, dial: network.dial });
  const error = (): TimeoutError => new TimeoutError("late", { afterMs: 1 });
  const deadline = new Deadline({ clock, afterMs: 1000, error });
  return connect(config, new Address("db"), new AuthToken({ scheme: "none" }), undefined, deadline);
}

test("a server that answers everything", async () => {
  const connection = await open((server) => {
    server.version = "5.8";
    server.table = tableOf({ routers: ["db"], readers: ["db"], writers: ["db"] });
    server.on.RUN = (_, { protocol }) => protocol.success({ fields: ["name", "versions", "edition"] });
    server.on.PULL = (_, { protocol }) => {
      protocol.record(["Neo4j Kernel", ["5.26.0"], "community"]);
      protocol.success({ type: "r" });
    };
  });
  expect(await probeCapabilities(connection)).toMatchObject({
    product: "Neo4j Kernel",
    productVersion: "5.26.0",
    edition: "community",
    systemProcedures: true,
    routing: true,
    databases: true,
    gqlStatuses: true,
    vectors: false,
  });
});

test("a server that refuses, and closes the connection on ROUTE", async () => {
  const connection = await open((server) => {
    server.version = "4.4";
    server.on["HELLO"] = ((_: unknown, link: { protocol: { success(metadata: object): void } }) =>
      link.protocol.success({
        server: "Neo4j/v5.11.0 compatible graph database server - Memgraph",
      })) as never;
    server.on.RUN = (_, link) => link.fail("Memgraph.ClientError.MemgraphError.MemgraphError");
    server.on.ROUTE = (_, link) => link.close();
  });
  expect(await probeCapabilities(connection)).toMatchObject({
    product: "Memgraph",
    productVersion: "5.11.0",
    edition: "",
    systemProcedures: false,
    routing: false,
    impersonation: true,
    sessionAuth: false,
  });
  expect(connection.isOpen).toBe(false);
});

test("an old server is not asked what it cannot know", async () => {
  const connection = await open((server) => (server.version = "3"));
  expect(await probeCapabilities(connection)).toMatchObject({
    routing: false,
    databases: false,
    concurrentResults: false,
  });
});
