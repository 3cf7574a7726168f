// Which of several servers gets the next piece of work. Knows their load, nothing else.
import type { AccessMode } from "../pool/provider.ts";
import type { Address } from "../transport/address.ts";

/** A server that can do the work. */
export interface ServerLoad {
  readonly address: Address;
  /** This driver's connections to it that somebody has now. */
  readonly inUse: number;
}

/** Chooses one of `servers` (never empty); what it returns must be one of them. */
export type Balancer = (
  servers: readonly ServerLoad[],
  work: { readonly mode: AccessMode; readonly database: string | undefined },
) => ServerLoad;

/** The fewest connections in use; equals take turns. */
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
