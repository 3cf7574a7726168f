// What sockets in the manner of Node know of themselves, with addresses as they are written in Bolt.
import type { DuplexInfo } from "./transport.ts";

interface SocketLike {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Of a socket of TLS. */
  readonly encrypted?: boolean | undefined;
}

/** What is known about a stream, which is nothing when it is no socket. */
export function infoOf(stream: object, transport: DuplexInfo["transport"]): DuplexInfo {
  const { remoteAddress, remotePort, localAddress, localPort, encrypted = false }: SocketLike = stream;
  return {
    transport,
    remoteAddress: hostPort(remoteAddress, remotePort),
    localAddress: hostPort(localAddress, localPort),
    encrypted,
  };
}

/** `host:port` with brackets around IPv6; IPv4 that came over an IPv6 socket is shown as what it is. */
export function hostPort(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  const host = address.replace(/^::ffff:(?=\d+\.)/, "");
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
