// The address of a server. Knows how addresses are written; knows nothing of schemes, sockets or DNS.

/** The port of Bolt servers, where an address names none. */
export const DEFAULT_PORT = 7687;

/** Host and port of a server, or the path of its socket. Two addresses are equal when they print the same. */
export class Address {
  /** Name or IP address, without the brackets of IPv6; empty for a unix socket. */
  readonly host: string;
  /** 1 to 65535; 0 for a unix socket. */
  readonly port: number;
  /** The file of a unix socket, or path and query of a WebSocket URL. */
  readonly path: string | undefined;
  readonly #text: string;

  constructor(host: string, port: number = DEFAULT_PORT, path?: string) {
    this.host = host;
    this.port = port;
    this.path = path;
    const name = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    this.#text = host === "" ? (path ?? "") : name;
  }

  /** `host:port`, `[::1]:7687` or the socket's path. */
  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }
}

/** Without brackets the address cannot be told from the port. */
export const BRACKETS = "an IPv6 address is written in brackets, as [::1]:7687";

/**
 * Reads `host`, `host:port`, `[v6]`, `[v6]:port` and bare IPv6, which some servers write in routing tables.
 * Returns what is wrong, as text, when `text` is none of them.
 */
export function parseAddress(text: string, defaultPort: number = DEFAULT_PORT): Address | string {
  if (/^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(text)) return new Address(text, defaultPort);
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (match === null) return BRACKETS;
  const [, v6, name, portText] = match;
  const host = v6?.replace("%25", "%") ?? name ?? "";
  if (host === "") return "the host is missing";
  if (v6 !== undefined && !/^[0-9a-f:.]*:[0-9a-f:.]*(%.+)?$/i.test(host))
    return `"[${v6}]" is not an IPv6 address`;
  if (/[\s/?#@%\\]/.test(v6 === undefined ? host : "")) return `"${host}" is not a host name`;
  if (portText === undefined) return new Address(host, defaultPort);
  const port = Number(portText);
  if (!/^\d+$/.test(portText) || port < 1 || port > 65535) {
    return `the port must be a number from 1 to 65535, not "${portText}"`;
  }
  return new Address(host, port);
}
