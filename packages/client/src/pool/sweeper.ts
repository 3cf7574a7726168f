// Closes what has been idle for too long, with one timer for all servers that only runs while something is idle.
// Knows when; how a connection is closed is the pool's business.
import { detachTimer } from "../clock.ts";
import type { Clock } from "../clock.ts";
import type { PoolConfig } from "../config.ts";
import type { Complete } from "../validate.ts";
import type { Entry, ServerPool } from "./server-pool.ts";

export class Sweeper {
  readonly #clock: Clock;
  readonly #limits: Complete<PoolConfig>;
  readonly #pools: () => Iterable<ServerPool>;
  readonly #drop: (entry: Entry) => void;
  #timer: unknown;

  constructor(
    clock: Clock,
    limits: Complete<PoolConfig>,
    pools: () => Iterable<ServerPool>,
    drop: (entry: Entry) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#pools = pools;
    this.#drop = drop;
  }

  /** Something has become idle. */
  schedule(inMs: number = this.#limits.idleTimeoutMs): void {
    if (this.#timer !== undefined || inMs === Infinity) return;
    this.#timer = this.#clock.setTimeout(() => this.#sweep(), inMs);
    detachTimer(this.#timer);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    this.#timer = undefined;
    const { idleTimeoutMs, minIdle } = this.#limits;
    let nextMs = Infinity;
    for (const { idle } of this.#pools()) {
      // The one that has rested longest is the first.
      while (idle.length > minIdle) {
        const restMs = this.#clock.now() - idle[0]!.connection.lastUsedAt;
        if (restMs < idleTimeoutMs) {
          nextMs = Math.min(nextMs, idleTimeoutMs - restMs);
          break;
        }
        this.#drop(idle.shift()!);
      }
    }
    this.schedule(nextMs);
  }
}
