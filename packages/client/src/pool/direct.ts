// The provider for `bolt` schemes: one server for everything. Knows the pool; no routing.
import type { Config } from "../config.ts";
import type { Connection } from "../connection/connection.ts";
import type { ServerFailure } from "../errors.ts";
import { Pool } from "./pool.ts";
import type { AcquireRequest, Provider } from "./provider.ts";
import type { Holder, PoolMetrics } from "./server-pool.ts";

export class DirectProvider implements Provider {
  protected readonly config: Config;
  protected readonly pool: Pool;

  /** @param context the routing context for HELLO; undefined is no server-side routing */
  constructor(config: Config, context?: Readonly<Record<string, string>>) {
    this.config = config;
    this.pool = new Pool(config, context);
    if (!context) this.pool.warmUp(config.uri.address);
  }

  acquire(request: AcquireRequest): Connection | Promise<Connection> {
    return this.pool.tryAcquire(this.config.uri.address, request) ?? this.#wait(request);
  }

  #wait(request: AcquireRequest): Promise<Connection> {
    const { pool, config } = this;
    return pool.within(request, (deadline) => pool.acquire(config.uri.address, request, deadline));
  }

  release(connection: Connection): void {
    this.pool.release(connection);
  }

  onServerFailure(
    connection: Connection,
    failure: ServerFailure,
    request: AcquireRequest,
  ): void | Promise<void> {
    if (failure.isSecurity) return this.pool.securityFailure(failure, connection, request);
  }

  metrics(): PoolMetrics[] {
    return this.pool.metrics();
  }

  holders(): Holder[] {
    return this.pool.holders();
  }

  async close(): Promise<void> {
    this.pool.close();
  }
}
