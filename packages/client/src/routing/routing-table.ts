// What a cluster said about itself: which servers route, read and write for one database, and until when
// that holds. Knows addresses and the clock's time; opens no connection.
import type { RoutingTable as WireTable } from "@bolt/protocol";
import type { AccessMode } from "../pool/provider.ts";
import { type Address, parseAddress } from "../transport/address.ts";

/** A routing table as users see it, see `driver.routingTable()`. */
export interface RoutingTableView {
  /** Undefined when the server does not name it (before 4.4). */
  readonly database: string | undefined;
  /** How long the table is valid, in milliseconds. */
  readonly ttlMs: number;
  readonly routers: readonly string[];
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** One database's table. Servers are removed as they fail; a refresh makes a new table. */
export class ClusterTable {
  readonly database: string | undefined;
  readonly ttlMs: number;
  /** On the clock's scale. A time to live may be as long as 2^63 - 1 seconds. */
  readonly expiresAt: number;
  /** The router that sent it. */
  readonly source: Address;
  /** One of its writers denied being one: the router that sent the table is out of date. */
  doubted = false;
  /** It arrived without a writer: ask the seed again, since its routers may be cut off from the others. */
  readonly lackedWriters: boolean;
  routers: readonly Address[];
  readers: readonly Address[];
  writers: readonly Address[];

  constructor(wire: WireTable, database: string | undefined, source: Address, now: number) {
    this.source = source;
    const ttlMs = Number(wire.ttl) * 1000;
    this.ttlMs = ttlMs >= 0 ? Math.min(ttlMs, Number.MAX_SAFE_INTEGER) : 0;
    this.expiresAt = Math.min(now + this.ttlMs, Number.MAX_SAFE_INTEGER);
    this.database = typeof wire.db === "string" ? wire.db : database;
    this.routers = addressesOf(wire, "ROUTE");
    this.readers = addressesOf(wire, "READ");
    this.writers = addressesOf(wire, "WRITE");
    this.lackedWriters = this.writers.length === 0;
  }

  /** A table without routers or readers is useless; one without writers still serves reads. */
  get isValid(): boolean {
    return this.routers.length > 0 && this.readers.length > 0;
  }

  /** True even when its routers are gone: they are not needed before the table expires. */
  isFreshFor(mode: AccessMode, now: number): boolean {
    return now < this.expiresAt && this.serversFor(mode).length > 0;
  }

  serversFor(mode: AccessMode): readonly Address[] {
    return mode === "read" ? this.readers : this.writers;
  }

  /** Drops a server that cannot be reached. It stays as the last router, so that there is always one to ask. */
  forget(address: Address): void {
    this.readers = without(this.readers, address);
    this.writers = without(this.writers, address);
    const others = without(this.routers, address);
    if (others.length < this.routers.length) this.routers = [...others, address];
  }

  /** Drops a writer that says it takes no writes. */
  doubtWriter(address: Address): void {
    this.doubted = true;
    this.writers = without(this.writers, address);
  }

  forgetRouter(address: Address): void {
    this.routers = without(this.routers, address);
  }

  view(): RoutingTableView {
    const { database, ttlMs, routers, readers, writers } = this;
    return {
      database,
      ttlMs,
      routers: routers.map(String),
      readers: readers.map(String),
      writers: writers.map(String),
    };
  }
}

const without = (addresses: readonly Address[], address: Address): readonly Address[] =>
  addresses.filter((other) => other.toString() !== address.toString());

/** Leaves out addresses that cannot be parsed: one bad entry must not cost the others. */
function addressesOf({ servers }: WireTable, role: string): readonly Address[] {
  const found = new Map<string, Address>();
  for (const server of servers) {
    if (server.role !== role) continue;
    for (const text of server.addresses) {
      const address = parseAddress(text);
      if (typeof address !== "string") found.set(address.toString(), address);
    }
  }
  return [...found.values()];
}
