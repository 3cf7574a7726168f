// TCP of Node, with TLS (node-tls.ts) on the same port. Loaded by the first listen(); nothing else knows sockets.
import { createServer, type Socket, type Server as NetServer } from "node:net";
import { hostPort } from "./host-port.ts";
import type { Logger } from "../logger.ts";
import { NodeStreamDuplex } from "./node-stream.ts";
import { secureInfo, TlsPart } from "./node-tls.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";

/** Where a server listens. */
export interface ListenOptions {
  /** Default 7687; 0 for any that is free. */
  readonly port?: number | undefined;
  /** Default `"127.0.0.1"`: this machine only. `"::"` or `"0.0.0.0"` for everybody. */
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
  /** Takes no more connections; those that are there stay. */
  close(): void;
  setTls(tls: TlsOptions): void;
}

export interface ListenerContext {
  readonly tls: TlsOptions | undefined;
  readonly handshakeTimeoutMs: number;
  readonly logger: Logger;
  accepted(duplex: ByteDuplex): void;
}

export async function listen(options: ListenOptions, context: ListenerContext): Promise<Listener> {
  const tls = context.tls && new TlsPart(context.tls, context.handshakeTimeoutMs, context.logger);
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    context.accepted(new SocketDuplex(socket, tls));
  });
  const { port = 7687, host = "127.0.0.1", path, backlog = 511 } = options;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path === undefined ? { port, host, backlog } : { path, backlog }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error) => context.logger.error?.("the listening socket has failed", { error }));
  return {
    address: addressOf(server, path),
    close: () => void server.close(),
    setTls: (options) => tls?.set(options),
  };
}

function addressOf(server: NetServer, path: string | undefined): ListenAddress {
  const bound = server.address();
  if (bound === null || typeof bound === "string") return { host: "", port: 0, address: path ?? "" };
  return { host: bound.address, port: bound.port, address: hostPort(bound.address, bound.port)! };
}

function infoOf(socket: Socket): DuplexInfo {
  return {
    transport: "tcp",
    remoteAddress: hostPort(socket.remoteAddress, socket.remotePort),
    localAddress: hostPort(socket.localAddress, socket.localPort),
    encrypted: false,
  };
}

/** First byte of a TLS record with a handshake in it. */
const TLS_HANDSHAKE = 0x16;

/** A socket whose first byte tells whether it is TLS. */
class SocketDuplex extends NodeStreamDuplex {
  readonly #socket: Socket;
  readonly #tls: TlsPart | undefined;

  constructor(socket: Socket, tls: TlsPart | undefined) {
    super(socket, infoOf(socket));
    this.#socket = socket;
    this.#tls = tls;
  }

  override open(handlers: DuplexHandlers): void {
    if (this.#tls) this.#openByFirstByte(this.#tls, handlers);
    else super.open(handlers);
  }

  #openByFirstByte(tls: TlsPart, handlers: DuplexHandlers): void {
    const socket = this.#socket;
    // Until it is known who listens: a socket whose error nobody hears takes the process with it.
    socket.on("error", () => {});
    const early = (): void => handlers.close();
    socket.on("close", early);
    socket.once("data", (first: Buffer) => {
      if (first[0] === TLS_HANDSHAKE) {
        socket.pause();
        socket.unshift(first);
        return tls.take(socket, (secure) => {
          if (secure.destroyed) return; // the socket's own close tells of it
          socket.off("close", early);
          this.replace(secure, { ...this.info, ...secureInfo(secure) });
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
