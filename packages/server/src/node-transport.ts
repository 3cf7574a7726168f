// TCP and TLS of Node, on one port. The only file that imports net and tls; loaded by the first listen().
import { createServer, type Socket, type Server as NetServer } from "node:net";
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { hostPort } from "./host-port.ts";
import type { Logger } from "./logger.ts";
import { NodeStreamDuplex } from "./node-stream.ts";
import type { Certificate, TlsOptions } from "./tls-options.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";

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
class SocketDuplex implements ByteDuplex {
  info: DuplexInfo;
  readonly #socket: Socket;
  readonly #tls: TlsPart | undefined;
  /** Where bytes are read and written: the socket, or TLS over it. */
  #stream: NodeStreamDuplex;
  #closed = false;

  constructor(socket: Socket, tls: TlsPart | undefined) {
    this.#socket = socket;
    this.#tls = tls;
    this.info = infoOf(socket);
    this.#stream = new NodeStreamDuplex(socket, this.info);
  }

  open(handlers: DuplexHandlers): void {
    const once: DuplexHandlers = {
      data: (bytes) => handlers.data(bytes),
      drain: () => handlers.drain(),
      end: () => handlers.end(),
      close: (error) => {
        if (!this.#closed) handlers.close(error);
        this.#closed = true;
      },
    };
    if (!this.#tls) return this.#stream.open(once);
    this.#openByFirstByte(this.#tls, once);
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
          this.info = { ...this.info, ...secureInfo(secure) };
          this.#stream = new NodeStreamDuplex(secure, this.info);
          this.#stream.open(handlers);
        });
      }
      if (tls.required) return void socket.destroy();
      socket.off("close", early);
      this.#stream.open(handlers);
      handlers.data(first);
    });
  }

  write(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
    this.#socket.destroy();
  }
}

function secureInfo(socket: TLSSocket): DuplexInfo {
  const { servername } = socket as TLSSocket & { servername?: string | false };
  return {
    transport: "tls",
    encrypted: true,
    peerCertificate: socket.authorized ? socket.getPeerCertificate() : undefined,
    serverName: servername || undefined,
  };
}

/** The TLS of a port: handshakes, certificates by name, and their replacement while the server runs. */
class TlsPart {
  required = true;
  readonly #server: ReturnType<typeof createTlsServer>;
  readonly #waiting = new Map<string, (secure: TLSSocket) => void>();
  #contexts: readonly (readonly [pattern: RegExp, context: SecureContext])[] = [];

  constructor(options: TlsOptions, handshakeTimeoutMs: number, logger: Logger) {
    this.#server = createTlsServer({
      ...(handshakeTimeoutMs > 0 && { handshakeTimeout: handshakeTimeoutMs }),
      ...contextOptions(options),
      requestCert: (options.clientCertificate ?? "none") !== "none",
      rejectUnauthorized: options.clientCertificate === "require",
      SNICallback: (name, done) => done(null, this.#contexts.find(([pattern]) => pattern.test(name))?.[1]),
    });
    this.#server.on("secureConnection", (secure) => {
      const key = keyOf(secure);
      const taken = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (taken) taken(secure);
      else secure.destroy();
    });
    this.#server.on("tlsClientError", (error, socket) => {
      this.#waiting.delete(keyOf(socket));
      logger.info?.("TLS handshake failed", {
        remoteAddress: hostPort(socket.remoteAddress, socket.remotePort),
        error,
      });
      socket.destroy();
    });
    this.#setHosts(options);
  }

  /** New certificates, for connections from now on. */
  set(options: TlsOptions): void {
    this.#server.setSecureContext(contextOptions(options));
    this.#setHosts(options);
  }

  /** Runs the handshake on a socket; `taken` is called when it has succeeded. */
  take(socket: Socket, taken: (secure: TLSSocket) => void): void {
    const key = keyOf(socket);
    this.#waiting.set(key, taken);
    socket.once("close", () => this.#waiting.delete(key));
    this.#server.emit("connection", socket);
  }

  #setHosts(options: TlsOptions): void {
    this.required = options.mode !== "optional";
    this.#contexts = Object.entries(options.hosts ?? {}).map(([name, certificate]) => [
      new RegExp(`^${name.replace(/[.\\+?^$()[\]{}|]/g, "\\$&").replace("*", "[^.]+")}$`, "i"),
      createSecureContext(contextOptions({ minVersion: options.minVersion, ...certificate })),
    ]);
  }
}

/** The TLS server hands out sockets of its own; the peer's address and port say whose they are. */
const keyOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

// What is not for createSecureContext would be ignored by it, but it is none of its business.
function contextOptions(options: Certificate): Record<string, unknown> {
  const { mode: _, clientCertificate: __, hosts: ___, ...rest } = options as TlsOptions;
  return { minVersion: "TLSv1.2", ...rest };
}
