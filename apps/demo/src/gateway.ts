// Another database served by our server: the gateway and what it is served with.
import type { DriverConfig } from "@bolt/client";
import { createServer, type Server, type ServerOptions } from "@bolt/server";
import { Gateway } from "./gateway/backend.ts";
import { DEFAULT_DATABASE } from "./gateway/logins.ts";

/** A server that passes everything on to the one at `uri`. Closing it closes the connections to that one. */
export function createGateway(uri: string, config: DriverConfig = {}, options: ServerOptions = {}): Server {
  const gateway = new Gateway(uri, config);
  const server = createServer(gateway, {
    defaultDatabase: DEFAULT_DATABASE,
    ...options,
    floats: "wrap",
    // The other server keeps the time, and counts wrong passwords.
    timeouts: "backend",
    limits: { ...options.limits, maxFailedLogins: 0, failedLoginDelayMs: 0 },
  });
  server.on("disconnect", ({ connectionId }) => gateway.left(connectionId));
  return server;
}
