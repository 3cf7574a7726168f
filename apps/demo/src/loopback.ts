// Where the demo listens: only on the loopback addresses of this machine.
import type { ListenAddress, Server } from "@bolt/server";

export const LOOPBACK = "127.0.0.1";

/** Listens on both addresses that `localhost` may stand for; on machines without IPv6 only on 127.0.0.1. */
export async function listenHere(server: Server, port: number): Promise<ListenAddress> {
  const address = await server.listen({ port, host: LOOPBACK });
  try {
    await server.listen({ port: address.port, host: "::1" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT") throw error;
  }
  return address;
}
