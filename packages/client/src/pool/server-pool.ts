// The connections to one server: idle ones, who has the others, and who is waiting. Knows when a slot is
// free and whose turn it is; opens nothing and looks into no connection.
import { onceAborted } from "../abort.ts";
import type { Address } from "../transport/address.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { Deadline } from "../deadline.ts";
import { TimeoutError } from "../errors.ts";
import type { AccessMode, AcquireRequest } from "./provider.ts";
import { WaitingLine } from "../waiting-line.ts";

/** What the pool knows of a connection. */
export interface Entry {
  readonly connection: Connection;
  readonly pool: ServerPool;
  /** The server has forgotten who is logged in. */
  loginExpired: boolean;
  /** Who has it; undefined while it is idle. */
  lease: Lease | undefined;
}

export interface Lease {
  readonly since: number;
  readonly request: AcquireRequest;
}

/** Who has a connection, see `driver.holders()`. */
export interface Holder {
  readonly server: string;
  readonly forMs: number;
  readonly mode: AccessMode;
  readonly database: string | undefined;
  /** Where it was taken, with `{ pool: { trackHolders: true } }`. */
  readonly stack: string | undefined;
}

/** Gauges and counters of the connections to one server. */
export interface PoolMetrics {
  readonly server: string;
  readonly maxSize: number;
  /** Now. */
  readonly inUse: number;
  readonly idle: number;
  readonly opening: number;
  readonly waiting: number;
  /** Since the driver was made. */
  readonly opened: number;
  readonly closed: number;
  readonly acquired: number;
  readonly timedOut: number;
  /** Spent in the queue by those who had to wait, in sum. */
  readonly waitedMs: number;
}

export class ServerPool {
  readonly address: Address;
  /** The one used last is at the end and is taken first: the others may rest until they are closed. */
  readonly idle: Entry[] = [];
  /** Those that are open or lent. */
  readonly entries: Set<Entry> = new Set();
  inUse = 0;
  /** RESETs whose answer is a round trip away: worth waiting for rather than opening another connection. */
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

  /** Takes the right to have or open one connection, if nobody was here before. Give it back by `freeSlot`. */
  trySlot(): boolean {
    if (this.#slots === 0 || this.#waiting.length > 0) return false;
    this.#slots--;
    return true;
  }

  /** The same, waiting for its turn. */
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

  /** The slot goes straight to who waits longest, so that nobody who comes later gets in between. */
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
