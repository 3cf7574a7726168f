// `main.ts [PORT]`: runs the backend until it is stopped.
import { serve } from "./server.ts";

const port = Number(process.argv[2] ?? process.env["TEST_BACKEND_PORT"] ?? 9876);
if (!(port >= 0 && port <= 65_535)) {
  console.error(`expected a port, got ${process.argv[2] ?? process.env["TEST_BACKEND_PORT"]}`);
  process.exit(2);
}
const host = process.env["TEST_BACKEND_HOST"] ?? "127.0.0.1";
await serve(port, host).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`waiting for TestKit at ${host}:${port}`);
// One broken test must not end the others.
process.on("uncaughtException", (error) => console.error("uncaught:", error));
process.on("unhandledRejection", (error) => console.error("unhandled:", error));
