// Uses of Node only: sockets opened by hand, Buffers, an HTTP server that shares its port.
import { createServer as createHttpServer } from "node:http";
import { connect } from "node:net";
import { dial, driver } from "@bolt/client";
import { pack } from "@bolt/packstream";
import { createServer } from "@bolt/server";

driver("bolt://localhost", undefined, {
  dial: ({ host, port }) => connect({ host, port }),
  tls: { options: { minVersion: "TLSv1.3" }, ca: Buffer.from("PEM") },
});
driver("bolt://localhost", undefined, { dial: (address, options) => dial(address, options) });
pack(Buffer.from("bytes"));

const server = createServer({ run: () => ({ keys: [] }) });
createHttpServer().on("upgrade", server.upgradeHandler);
server.accept(connect(7687));
