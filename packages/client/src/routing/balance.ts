// Chooses the server for the next piece of work. Knows the servers' load, nothing else.
import type { AccessMode } from "../pool/provider.ts";
import type { Address } from "../transport/address.ts";

/** A server that can do the work, and its load. */
export interface ServerLoad {
  readonly address: Address;
  /** How many of this driver's connections to it are in use. */
  readonly inUse: number;
}

/** Chooses one of `servers` (never empty) and returns it; a new object will not do. */
export type Balancer = (
  servers: readonly ServerLoad[],
  work: { readonly mode: AccessMode; readonly database: string | undefined },
) => ServerLoad;

/** Chooses the server with the fewest connections in use; equals take turns. */
export function leastConnected(): Balancer {
  let turn = -1;
  return (servers) => {
    turn++;
    let best = servers[turn % servers.length]!;
    for (let i = 1; i < servers.length; i++) {
      const other = servers[(turn + i) % servers.length]!;
      if (other.inUse < best.inUse) best = other;
    }
    return best;
  };
}
