// Node's TCP, with TLS (node-tls.ts) on the same port. Loaded by the first listen(); no other file listens on sockets.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket, type Server as NetServer } from "node:net";
import type { Host } from "../host.ts";
import { FROM_0, is, resolve, type Rule } from "../option-checks.ts";
import { hostPort, infoOf } from "./host-port.ts";
import { NodeStreamDuplex } from "./node-stream.ts";
import { secureInfo, TlsPart } from "./node-tls.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";

/** Where to listen. */
export interface ListenOptions {
  /** Default 7687; 0 picks a free port. */
  readonly port?: number | undefined;
  /** Default `"127.0.0.1"`: this machine only. `"::"` or `"0.0.0.0"` for all networks. */
  readonly host?: string | undefined;
  /** A unix socket instead of a port. */
  readonly path?: string | undefined;
  /** Connections that may wait to be accepted. Default 511. */
  readonly backlog?: number | undefined;
}

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** `host:port`, or the path of a unix socket. */
  readonly address: string;
}

export interface Listener {
  readonly address: ListenAddress;
  /** Takes no more connections; existing ones stay. */
  close(): void;
  setTls(tls: TlsOptions): void;
}

const RULES: Readonly<Record<keyof ListenOptions, Rule>> = {
  // Also as text, since environment variables are text.
  port: [["a port from 0 to 65535", (value) => /^\d+$/.test(String(value)) && Number(value) < 65536], 7687],
  host: [is("string"), "127.0.0.1"],
  path: [is("string")],
  backlog: [FROM_0, 511],
};

export async function listen(
  options: ListenOptions,
  context: Pick<Host, "limits" | "logger">,
  tlsOptions: TlsOptions | undefined,
  accepted: (duplex: ByteDuplex) => void,
): Promise<Listener> {
  const tls = tlsOptions && new TlsPart(tlsOptions, context);
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const info = infoOf(socket, "tcp");
    accepted(tls ? new FirstByteDuplex(socket, info, tls) : new SocketDuplex(socket, info));
  });
  const { port, host, path, backlog } = resolve(options, RULES) as ListenOptions;
  server.listen(path === undefined ? { port, host, backlog } : { path, backlog });
  await once(server, "listening");
  server.on("error", (error) => context.logger.error("the listening socket has failed", { error }));
  return {
    address: addressOf(server, path),
    close: () => void server.close(),
    setTls: (options) => tls?.set(options),
  };
}

function addressOf(server: NetServer, path: string | undefined): ListenAddress {
  if (path !== undefined) return { host: "", port: 0, address: path };
  const { address: host, port } = server.address() as AddressInfo;
  return { host, port, address: hostPort(host, port)! };
}

/** First byte of a TLS record that holds a handshake. */
const TLS_HANDSHAKE = 0x16;

class SocketDuplex extends NodeStreamDuplex {
  /** Writes are copied into the kernel or a TLS record. Other streams of Node may pass on the very bytes they got. */
  readonly copies = true;
}

/** A socket whose first byte tells whether it is TLS. */
class FirstByteDuplex extends SocketDuplex {
  readonly #socket: Socket;
  readonly #tls: TlsPart;

  constructor(socket: Socket, info: DuplexInfo, tls: TlsPart) {
    super(socket, info);
    this.#socket = socket;
    this.#tls = tls;
  }

  override open(handlers: DuplexHandlers): void {
    const socket = this.#socket;
    const tls = this.#tls;
    // Until the handlers are attached: a socket error without a listener would end the process.
    socket.on("error", () => {});
    const early = (): void => handlers.close();
    socket.on("close", early);
    socket.once("data", (first: Buffer) => {
      if (first[0] === TLS_HANDSHAKE) {
        socket.pause();
        socket.unshift(first);
        return tls.take(socket, (secure) => {
          if (secure.destroyed) return; // the socket's own close event reports it
          socket.off("close", early);
          this.stream = secure;
          this.info = { ...this.info, ...secureInfo(secure) };
          super.open(handlers);
        });
      }
      if (tls.required) return void socket.destroy();
      socket.off("close", early);
      super.open(handlers);
      handlers.data(first);
    });
  }

  override destroy(): void {
    super.destroy();
    this.#socket.destroy();
  }
}
