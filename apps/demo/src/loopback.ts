// Where the demo listens: on this machine, for this machine.
import type { ListenAddress, Server } from "@bolt/server";

export const LOOPBACK = "127.0.0.1";

/** Listens at both addresses that `localhost` may stand for; machines without IPv6 need not be told. */
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
