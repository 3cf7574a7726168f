// Addresses as they are written in Bolt.

/** `host:port` with brackets around IPv6; IPv4 that came over an IPv6 socket is shown as what it is. */
export function hostPort(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  const host = address.replace(/^::ffff:(?=\d+\.)/, "");
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
