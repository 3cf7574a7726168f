// Closes connections that were idle for too long, with one timer for all servers that runs only while one is idle.
// Knows when to close; the pool handles the rest.
import { detachTimer } from "../clock.ts";
import type { Config } from "../config.ts";
import type { ServerPool } from "./server-pool.ts";

export class Sweeper {
  readonly #config: Config;
  readonly #pools: () => Iterable<ServerPool>;
  #timer: unknown;

  constructor(config: Config, pools: () => Iterable<ServerPool>) {
    this.#config = config;
    this.#pools = pools;
  }

  /** Call when a connection has become idle. */
  schedule(inMs: number = this.#config.pool.idleTimeoutMs): void {
    if (this.#timer !== undefined || inMs === Infinity) return;
    this.#timer = this.#config.clock.setTimeout(() => this.#sweep(), inMs);
    detachTimer(this.#timer);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#config.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    this.#timer = undefined;
    const { clock, pool: limits } = this.#config;
    const { idleTimeoutMs, minIdle } = limits;
    let nextMs = Infinity;
    for (const { idle } of this.#pools()) {
      // The first one has been idle for the longest time.
      while (idle.length > minIdle) {
        const restMs = clock.now() - idle[0]!.idleSince;
        if (restMs < idleTimeoutMs) {
          nextMs = Math.min(nextMs, idleTimeoutMs - restMs);
          break;
        }
        idle.shift()!.connection.close();
      }
    }
    this.schedule(nextMs);
  }
}
