// What Node's sockets, and others of their shape, know about themselves, with addresses as Bolt writes them.
import type { DuplexInfo } from "./transport.ts";

interface SocketLike {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Set on TLS sockets. */
  readonly encrypted?: boolean | undefined;
}

/** What is known about a stream; hardly anything when it is not a socket. */
export function infoOf(stream: object, transport: DuplexInfo["transport"]): DuplexInfo {
  const { remoteAddress, remotePort, localAddress, localPort, encrypted = false }: SocketLike = stream;
  return {
    transport,
    remoteAddress: hostPort(remoteAddress, remotePort),
    localAddress: hostPort(localAddress, localPort),
    encrypted,
  };
}

/** `host:port` with brackets around IPv6; an IPv4 address on an IPv6 socket is shown as IPv4. */
export function hostPort(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  const host = address.replace(/^::ffff:(?=\d+\.)/, "");
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
