// Bytes inside WebSocket frames, with the runtime's own WebSocket: browsers, Workers, Deno, Bun and Node from
// 22 on. The default `dial` where there are no sockets. Knows nothing of Bolt.
import { onceAborted } from "../abort.ts";
import { ConfigError, ServiceUnavailableError, abortError } from "../errors.ts";
import { toDuplex } from "./adapters.ts";
import type { Address } from "./address.ts";
import type { DialOptions, DuplexLike, WebSocketLike } from "./transport.ts";

/** Connects to `ws://host:port/path`, or to `wss:` with TLS. */
export async function dial(address: Address, { tls, signal }: DialOptions): Promise<DuplexLike> {
  const server = address.toString();
  const Socket = (globalThis as { WebSocket?: typeof WebSocket }).WebSocket;
  if (Socket === undefined) {
    throw new ConfigError(
      "this runtime has no WebSocket (Node has one from 22 on); give { dial } one of yours",
    );
  }
  if (address.host === "") throw new ConfigError("this runtime has no unix sockets");
  if (tls && (!tls.verify || Object.keys(tls).length > 1)) {
    throw new ConfigError("over WebSocket the runtime settles trust: leave out tls and +ssc");
  }
  if (signal.aborted) throw abortError(signal, "connecting", server);
  const socket = new Socket(`${tls ? "wss" : "ws"}://${server}${address.path ?? "/"}`);
  const duplex = toDuplex(socket as WebSocketLike);
  await new Promise<void>((resolve) => {
    const unlisten = onceAborted(signal, () => resolve());
    const settle = (): void => {
      unlisten();
      resolve();
    };
    for (const event of ["open", "error", "close"]) socket.addEventListener(event, settle);
  });
  if (socket.readyState === 1 && !signal.aborted) return duplex;
  duplex.close();
  if (signal.aborted) throw abortError(signal, "connecting", server);
  // Runtimes hide the reason from scripts on purpose.
  throw new ServiceUnavailableError(`cannot open a WebSocket to ${server}`, { server });
}
