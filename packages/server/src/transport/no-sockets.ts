// Replaces node-transport.ts, under the same names, in builds for browsers and Workers: those must not name any module
// of Node, or bundlers would look for it.
import { BoltError } from "@bolt/protocol";

/** Always rejects: there are no sockets to listen on. */
export function listen(): Promise<never> {
  const advice = "there are no sockets to listen on here; hand byte streams to server.accept()";
  return Promise.reject(new BoltError("UNSUPPORTED", advice));
}
