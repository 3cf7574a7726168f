// Node's TLS on sockets that have already been accepted. The only file that imports node:tls.
import type { Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from "node:tls";
import type { Host } from "../host.ts";
import { hostPort } from "./host-port.ts";
import type { Certificate, SniCallback, TlsOptions } from "./tls-options.ts";
import type { DuplexInfo } from "./transport.ts";

/** What a handshake has revealed about a client. */
export function secureInfo(socket: TLSSocket): DuplexInfo {
  const { servername } = socket as TLSSocket & { servername?: string | false };
  return {
    transport: "tls",
    encrypted: true,
    peerCertificate: socket.authorized ? socket.getPeerCertificate() : undefined,
    serverName: servername || undefined,
  };
}

/** The TLS of a port: handshakes, certificates by name, and their replacement while the server runs. */
export class TlsPart {
  required = true;
  readonly #server: ReturnType<typeof createServer>;
  readonly #waiting = new Map<unknown, (secure: TLSSocket) => void>();
  #contexts: readonly (readonly [pattern: RegExp, context: SecureContext])[] = [];
  #elsewhere: SniCallback | undefined;

  constructor(options: TlsOptions, { limits, logger }: Pick<Host, "limits" | "logger">) {
    const { loginTimeoutMs: handshakeTimeout } = limits;
    const { clientCertificate: wish } = options;
    this.#server = createServer({
      ...(handshakeTimeout < Infinity && { handshakeTimeout }),
      ...contextOptions(options),
      ...(wish && { requestCert: wish !== "none", rejectUnauthorized: wish === "require" }),
      SNICallback: (name, done) => {
        const [, context] = this.#contexts.find(([pattern]) => pattern.test(name)) ?? [];
        if (context || !this.#elsewhere) done(null, context);
        else this.#elsewhere(name, done as Parameters<SniCallback>[1]);
      },
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
      logger.info("TLS handshake failed", {
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
    this.#elsewhere = options.SNICallback;
    this.#contexts = Object.entries(options.hosts ?? {}).map(([name, certificate]) => [
      new RegExp(`^${name.replace(/[.\\+?^$()[\]{}|]/g, "\\$&").replace("*", "[^.]+")}$`, "i"),
      // Client certificates are checked by the port's options, unless a host has its own.
      createSecureContext(
        contextOptions({ ...options, cert: undefined, key: undefined, pfx: undefined, ...certificate }),
      ),
    ]);
  }
}

/**
 * Tells to which socket a TLS socket of the TLS server belongs. The peer's address and port identify it, together with
 * the local address, since one port may call several of these. Peers on a unix socket have none of them: there it is
 * the socket beneath, which Node keeps as `_parent`.
 */
function keyOf(socket: Socket & { _parent?: Socket | null }): unknown {
  const { remoteAddress, remotePort, localAddress, _parent } = socket;
  return remotePort === undefined ? (_parent ?? socket) : `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** For Node, which ignores our own options among them. */
function contextOptions(options: Certificate): Record<string, unknown> {
  return { ...options, minVersion: options.minVersion ?? "TLSv1.2" };
}
