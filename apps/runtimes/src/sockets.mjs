// Client and server in one process, over a TCP socket on loopback.
import { createServer } from "@bolt/server";
import { dialogue, echo } from "./dialogue.mjs";

const server = createServer(echo, { logger: {} });
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
const checks = await dialogue(`bolt://127.0.0.1:${port}`);
await server.close({ graceMs: 1000 });
console.log(`${checks} checks passed`);
