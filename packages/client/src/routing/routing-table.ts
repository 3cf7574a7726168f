// What a cluster said about itself: which servers route, read and write for one database, and until when
// that holds. Knows addresses and the clock's time; asks nobody.
import type { RoutingTable as WireTable } from "@bolt/protocol";
import type { AccessMode } from "../pool/provider.ts";
import { parseAddress } from "../transport/address.ts";
import type { Address } from "../transport/address.ts";

/** What users see of a routing table, see `driver.routingTable()`. */
export interface RoutingTableView {
  /** Undefined where the server does not name it (before 4.4). */
  readonly database: string | undefined;
  /** Milliseconds for which it was given. */
  readonly ttlMs: number;
  readonly routers: readonly string[];
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** One database's table. Servers are taken out as they fail; refreshing makes a new one. */
export class ClusterTable {
  readonly database: string | undefined;
  readonly ttlMs: number;
  /** On the clock's scale. A time to live may be as long as 2^63 - 1 seconds. */
  readonly expiresAt: number;
  /** The router that gave it. */
  readonly source: Address;
  /** A server that it calls writer said that it is none: whoever gave the table is behind the times. */
  doubted = false;
  /** It came without a writer: ask the seed again, since the routers in it may be cut off from the others. */
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

  /** Without routers or readers a table is worth nothing; without writers it is good for reading. */
  get isValid(): boolean {
    return this.routers.length > 0 && this.readers.length > 0;
  }

  /** Even when its routers are gone: they are not needed until its time is over. */
  isFreshFor(mode: AccessMode, now: number): boolean {
    return now < this.expiresAt && this.serversFor(mode).length > 0;
  }

  serversFor(mode: AccessMode): readonly Address[] {
    return mode === "read" ? this.readers : this.writers;
  }

  /** The server cannot be reached. It stays a router, the last to be asked: if none is left there is nobody to ask. */
  forget(address: Address): void {
    this.readers = without(this.readers, address);
    this.writers = without(this.writers, address);
    const others = without(this.routers, address);
    if (others.length < this.routers.length) this.routers = [...others, address];
  }

  /** The server says that it takes no writes. */
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

/** Addresses that cannot be read are left out: one bad entry must not cost the others. */
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
