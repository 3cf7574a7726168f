// Stands in for node-transport.ts in builds for browsers and Workers, under the same names: no module of Node is
// named there, so that bundlers have nothing to look for.
import { BoltError } from "@bolt/protocol";

/** Always rejects: there are no sockets to listen on. */
export function listen(): Promise<never> {
  const advice = "there are no sockets to listen on here; hand byte streams to server.accept()";
  return Promise.reject(new BoltError("UNSUPPORTED", advice));
}
