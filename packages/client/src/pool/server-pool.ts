// The connections to one server: the idle ones, the holders of the others, and the waiting requests. Knows when a
// slot is free and whose turn it is; opens nothing and looks into no connection.
import { onceAborted } from "../abort.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { Deadline } from "../deadline.ts";
import { TimeoutError } from "../errors.ts";
import type { Address } from "../transport/address.ts";
import { WaitingLine } from "../waiting-line.ts";
import type { AccessMode, AcquireRequest } from "./provider.ts";

/** What the pool knows about a connection. */
export interface Entry {
  readonly connection: Connection;
  readonly server: ServerPool;
  /** When it became idle, on the clock's scale. */
  idleSince: number;
  /** The server has dropped the login: log in again before use. */
  loginExpired: boolean;
  /** The current use; undefined while it is idle. */
  lease: Lease | undefined;
}

export interface Lease {
  readonly since: number;
  readonly request: AcquireRequest;
}

/** A use of a connection, see `driver.holders()`. */
export interface Holder {
  readonly server: string;
  readonly forMs: number;
  readonly mode: AccessMode;
  readonly database: string | undefined;
  /** Where it was acquired, with `{ pool: { trackHolders: true } }`. */
  readonly stack: string | undefined;
}

/** Gauges and counters of the connections to one server. */
export interface PoolMetrics {
  readonly server: string;
  readonly maxSize: number;
  /** Connections that are lent now. */
  readonly inUse: number;
  readonly idle: number;
  readonly opening: number;
  readonly waiting: number;
  /** Connections opened since the driver was made. */
  readonly opened: number;
  readonly closed: number;
  readonly acquired: number;
  readonly timedOut: number;
  /** Total time that requests spent in the queue. */
  readonly waitedMs: number;
}

export class ServerPool {
  readonly address: Address;
  /** The last used is at the end and is taken first, so that the others can reach the idle timeout. */
  readonly idle: Entry[] = [];
  /** Connections that are open or lent. */
  readonly entries: Set<Entry> = new Set();
  inUse = 0;
  /** RESETs whose answer is one round trip away: waiting for them beats opening another connection. */
  readonly recovering: Set<Promise<void>> = new Set();
  opening = 0;
  opened = 0;
  closed = 0;
  acquired = 0;
  timedOut = 0;
  #waitedMs = 0;
  #slots: number;
  readonly #maxSize: number;
  readonly #clock: Clock;
  readonly #waiting: WaitingLine<() => void> = new WaitingLine();

  constructor(address: Address, maxSize: number, clock: Clock) {
    this.address = address;
    this.#maxSize = maxSize;
    this.#slots = maxSize;
    this.#clock = clock;
  }

  get size(): number {
    return this.#maxSize - this.#slots + this.idle.length;
  }

  /** Takes a slot, the right to hold one connection, if one is free and no request waits. Free it with `freeSlot`. */
  trySlot(): boolean {
    if (this.#slots === 0 || this.#waiting.length > 0) return false;
    this.#slots--;
    return true;
  }

  /** Takes a slot, waiting for its turn. */
  async waitForSlot(deadline: Deadline): Promise<void> {
    if (this.trySlot()) return;
    deadline.check();
    const since = this.#clock.now();
    deadline.doing = `waiting for one of the ${this.#maxSize} connections to ${this.address.toString()}`;
    try {
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          unlisten();
          resolve();
        };
        const unlisten = onceAborted(deadline.signal, ({ reason }) => {
          this.#waiting.delete(turn);
          if (reason instanceof TimeoutError) this.timedOut++;
          reject(reason as Error);
        });
        this.#waiting.push(turn);
      });
    } finally {
      this.#waitedMs += this.#clock.now() - since;
    }
  }

  /** Frees a slot. It goes straight to the longest waiting request, so that no later one can overtake. */
  freeSlot(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#slots++;
  }

  lend(entry: Entry, request: AcquireRequest, since: number): void {
    entry.lease = { since, request };
    this.inUse++;
    this.acquired++;
  }

  takeBack(entry: Entry): void {
    entry.lease = undefined;
    this.inUse--;
    if (!entry.connection.isOpen) this.entries.delete(entry);
  }

  metrics(): PoolMetrics {
    return {
      server: this.address.toString(),
      maxSize: this.#maxSize,
      inUse: this.inUse,
      idle: this.idle.length,
      opening: this.opening,
      waiting: this.#waiting.length,
      opened: this.opened,
      closed: this.closed,
      acquired: this.acquired,
      timedOut: this.timedOut,
      waitedMs: this.#waitedMs,
    };
  }

  holders(): Holder[] {
    const leases = [...this.entries].flatMap(({ lease }) => lease ?? []);
    return leases.map(({ since, request }) => ({
      server: this.address.toString(),
      forMs: this.#clock.now() - since,
      mode: request.mode,
      database: request.database,
      stack: request.stack,
    }));
  }
}
