// Connections to all servers: opens them, keeps idle ones fit, lends them out, closes them. Knows logins and
// ages; which server is right for what work is for providers to say.
import type { AuthToken, BoltError } from "@bolt/protocol";
import type { Address } from "./address.ts";
import { sameToken } from "./auth.ts";
import { detachTimer } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Connection } from "./connection.ts";
import { connect } from "./connector.ts";
import { Deadline } from "./deadline.ts";
import { traces } from "./diagnostics.ts";
import type { TraceContext } from "./diagnostics.ts";
import { ClosedError, ServerFailure, TimeoutError, UnsupportedError } from "./errors.ts";
import type { AcquireRequest } from "./provider.ts";
import { ServerPool } from "./server-pool.ts";
import type { Entry, Holder, PoolMetrics } from "./server-pool.ts";
import { traced } from "./traced.ts";

const AUTHORIZATION_EXPIRED = "Neo.ClientError.Security.AuthorizationExpired";

export class Pool {
  /** Told when a connection that was in use broke. */
  onLost: ((address: Address, error: BoltError) => void) | undefined;
  readonly #config: Config;
  /** For HELLO; undefined is no server-side routing. */
  readonly #context: Readonly<Record<string, string>> | undefined;
  readonly #servers: Map<string, ServerPool> = new Map();
  /** All that are open. */
  readonly #open: Set<Connection> = new Set();
  // Also of connections that broke while somebody had them: their slot is free only after `release`.
  readonly #entries: WeakMap<Connection, Entry> = new WeakMap();
  readonly #deadlines: Set<Deadline> = new Set();
  /** How many of them do not route by themselves. Spec: hint `ssr.enabled`. */
  #withoutSsr = 0;
  #closed = false;
  #sweepTimer: unknown;

  constructor(config: Config, context: Readonly<Record<string, string>> | undefined) {
    this.#config = config;
    this.#context = context;
  }

  /** Runs `work` within the request's limits; all that waits inside ends with the deadline it is given. */
  async within<T>(request: AcquireRequest, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    if (this.#closed) throw new ClosedError("driver", "the driver is closed");
    const { clock, timeouts } = this.#config;
    const ownMs = request.deadline === undefined ? Infinity : request.deadline - clock.now();
    const afterMs = Math.min(timeouts.acquireMs, ownMs);
    const deadline = new Deadline({
      clock,
      afterMs,
      signal: request.signal,
      error: (doing) => new TimeoutError(`no connection within ${afterMs} ms, while ${doing}`, { afterMs }),
    });
    this.#deadlines.add(deadline);
    try {
      return await work(deadline);
    } finally {
      this.#deadlines.delete(deadline);
      deadline.end();
    }
  }

  /** A connection that is idle and needs nothing before use, else undefined. */
  tryAcquire(address: Address, request: AcquireRequest): Connection | undefined {
    const pool = this.#servers.get(address.toString());
    const entry = pool?.idle.at(-1);
    if (!pool || !entry || request.signal?.aborted || !this.#isFresh(entry) || this.#needsCheck(entry))
      return undefined;
    const token = request.auth ?? this.#config.auth.peek?.(this.#config.clock);
    if (!token || !canLogIn(entry, token, request) || !pool.trySlot()) return undefined;
    pool.idle.pop();
    logIn(entry, token, request);
    return this.#lend(entry, request);
  }

  /**
   * A connection to this server, from the pool or new. With `inHurry` connecting may take half of the time
   * only: there are other servers to try.
   */
  acquire(
    address: Address,
    request: AcquireRequest,
    deadline: Deadline,
    inHurry = false,
  ): Promise<Connection> {
    const facts = (): TraceContext => ({ server: address.toString(), database: request.database });
    return traced(traces.acquire, facts, () => this.#acquire(address, request, deadline, inHurry));
  }

  async #acquire(
    address: Address,
    request: AcquireRequest,
    deadline: Deadline,
    inHurry: boolean,
  ): Promise<Connection> {
    const pool = this.#pool(address);
    const open = (token: AuthToken): Promise<Entry> =>
      inHurry
        ? deadline.share((part) => this.#connect(pool, token, request, part))
        : this.#connect(pool, token, request, deadline);
    await pool.waitForSlot(deadline);
    try {
      for (;;) {
        deadline.check();
        deadline.doing = "waiting for the auth manager";
        const token = request.auth ?? (await deadline.race(this.#token()));
        const rested = pool.idle.pop() ?? (await this.#recovered(pool, deadline));
        const entry = rested ?? (await open(token));
        if (request.auth && !request.freshLogin && !entry.connection.supports(5, 1)) {
          const version = entry.connection.version.toString();
          this.#toIdle(entry);
          throw new UnsupportedError("a session's own login needs Bolt 5.1 or newer", {
            server: address.toString(),
            version,
          });
        }
        if (rested) {
          if (!(await this.#isFit(rested, token, request, deadline))) {
            this.#drop(rested);
            continue;
          }
          logIn(rested, token, request);
        }
        return this.#lend(entry, request);
      }
    } catch (error) {
      pool.freeSlot();
      throw error;
    }
  }

  /** Takes a connection back, in whatever state it is. Never throws. */
  release(connection: Connection): void {
    const entry = this.#entries.get(connection);
    if (!entry?.lease) return;
    const { pool } = entry;
    pool.inUse.delete(entry);
    entry.lease = undefined;
    const back = (): void => {
      if (this.#closed || !this.#isFresh(entry)) this.#drop(entry);
      else this.#toIdle(entry);
      pool.freeSlot();
    };
    const recovery = connection.recycle();
    if (!recovery) return back();
    const settled = recovery.done.then(back, () => {
      this.#drop(entry);
      pool.freeSlot();
    });
    if (!recovery.quick) return;
    pool.recovering.add(settled);
    void settled.finally(() => pool.recovering.delete(settled));
  }

  /** What a FAILURE of kind Security means for logins: forgets them, asks the auth manager for a way out. */
  async securityFailure(
    failure: ServerFailure,
    connection: Connection,
    request: AcquireRequest,
  ): Promise<void> {
    await this.#refused(failure, connection.address, connection.authToken, request);
  }

  /** Closes what is idle at servers that are not among these. */
  retain(addresses: ReadonlySet<string>): void {
    for (const [key, pool] of this.#servers) {
      if (addresses.has(key)) continue;
      for (const entry of pool.idle.splice(0)) this.#drop(entry);
      if (pool.size === 0) this.#servers.delete(key);
    }
  }

  /** Everybody who waits gets ClosedError, every connection says GOODBYE. */
  close(): void {
    this.#closed = true;
    this.#config.clock.clearTimeout(this.#sweepTimer);
    for (const deadline of this.#deadlines)
      deadline.abort(new ClosedError("driver", "the driver was closed"));
    for (const pool of this.#servers.values()) pool.idle.length = 0;
    for (const connection of this.#open) connection.close();
  }

  load(address: Address): number {
    return this.#servers.get(address.toString())?.inUse.size ?? 0;
  }

  metrics(): PoolMetrics[] {
    return [...this.#servers.values()].map((pool) => pool.metrics());
  }

  holders(): Holder[] {
    return [...this.#servers.values()].flatMap((pool) => pool.holders());
  }

  /** Every server would put a wrongly guessed home database right by itself (5.8+). */
  get serversRoute(): boolean {
    return this.#withoutSsr === 0;
  }

  #pool(address: Address): ServerPool {
    const key = address.toString();
    let pool = this.#servers.get(key);
    if (!pool) {
      pool = new ServerPool(address, this.#config.pool.maxSize, this.#config.clock);
      this.#servers.set(key, pool);
    }
    return pool;
  }

  #token(): Promise<AuthToken> {
    // An async function, so that a manager that throws is one that rejects.
    return (async () => this.#config.auth.getToken(this.#config.clock))();
  }

  #isFresh({ connection }: Entry): boolean {
    return (
      connection.isOpen && this.#config.clock.now() - connection.createdAt <= this.#config.pool.maxLifetimeMs
    );
  }

  #needsCheck({ connection }: Entry): boolean {
    return this.#config.clock.now() - connection.lastUsedAt >= this.#config.pool.livenessCheckMs;
  }

  async #isFit(
    entry: Entry,
    token: AuthToken,
    request: AcquireRequest,
    deadline: Deadline,
  ): Promise<boolean> {
    if (!this.#isFresh(entry) || !canLogIn(entry, token, request)) return false;
    if (!this.#needsCheck(entry)) return true;
    deadline.doing = `checking an idle connection to ${entry.pool.address.toString()}`;
    try {
      await deadline.race(entry.connection.reset());
      return true;
    } catch {
      // The deadline's error comes out of the next check; a dead connection is nobody's error.
      return false;
    }
  }

  /** An idle connection as soon as one that is being reset is back. */
  async #recovered(pool: ServerPool, deadline: Deadline): Promise<Entry | undefined> {
    const [first] = pool.recovering;
    if (first === undefined) return undefined;
    deadline.doing = `waiting for the RESET of a connection to ${pool.address.toString()}`;
    await deadline.race(first);
    return pool.idle.pop();
  }

  async #connect(
    pool: ServerPool,
    auth: AuthToken,
    request: AcquireRequest,
    deadline: Deadline,
  ): Promise<Entry> {
    pool.opening++;
    try {
      const connection = await connect(this.#config, pool.address, auth, this.#context, deadline);
      const entry: Entry = { connection, pool, loginExpired: false, lease: undefined };
      pool.opened++;
      this.#entries.set(connection, entry);
      this.#open.add(connection);
      if (!connection.hints.ssrEnabled) this.#withoutSsr++;
      connection.onClosed = (error) => this.#onClosed(entry, error);
      if (deadline.signal.aborted) {
        // Nobody waits for it any more, but the next one may.
        if (this.#closed) this.#drop(entry);
        else this.#toIdle(entry);
        deadline.check();
      }
      return entry;
    } catch (error) {
      if (error instanceof ServerFailure) await this.#refused(error, pool.address, auth, request);
      throw error;
    } finally {
      pool.opening--;
    }
  }

  #lend(entry: Entry, request: AcquireRequest): Connection {
    const stack = this.#config.pool.trackHolders ? new Error("acquired").stack : undefined;
    entry.pool.lend(entry, request, stack);
    this.#refill(entry.pool);
    return entry.connection;
  }

  #toIdle(entry: Entry): void {
    entry.connection.lastUsedAt = this.#config.clock.now();
    entry.pool.idle.push(entry);
    this.#scheduleSweep(this.#config.pool.idleTimeoutMs);
  }

  #drop(entry: Entry): void {
    this.#gone(entry);
    entry.connection.close();
  }

  #gone({ connection, pool }: Entry): void {
    if (!this.#open.delete(connection)) return;
    pool.closed++;
    if (!connection.hints.ssrEnabled) this.#withoutSsr--;
  }

  #onClosed(entry: Entry, error: BoltError | undefined): void {
    const { pool } = entry;
    this.#gone(entry);
    const at = pool.idle.indexOf(entry);
    if (at >= 0) pool.idle.splice(at, 1);
    else if (error) this.onLost?.(pool.address, error);
    this.#config.logger.debug?.("connection closed", { server: pool.address.toString(), error });
    if (at >= 0) this.#refill(pool);
  }

  async #refused(
    failure: ServerFailure,
    address: Address,
    token: AuthToken,
    request: AcquireRequest,
  ): Promise<void> {
    if (!failure.isSecurity) return;
    if (failure.code === AUTHORIZATION_EXPIRED) {
      for (const connection of this.#open) {
        const entry = this.#entries.get(connection)!;
        if (entry.pool.address.toString() === address.toString()) entry.loginExpired = true;
      }
    }
    // A session's own login is the session's affair.
    if (request.auth) return;
    const { auth } = this.#config;
    if (await auth.handleSecurityFailure(token, failure.code)) failure.retryable = true;
  }

  #scheduleSweep(inMs: number): void {
    if (this.#sweepTimer !== undefined || inMs === Infinity || this.#closed) return;
    this.#sweepTimer = this.#config.clock.setTimeout(() => this.#sweep(), inMs);
    detachTimer(this.#sweepTimer);
  }

  #sweep(): void {
    const { clock, pool: limits } = this.#config;
    this.#sweepTimer = undefined;
    let nextMs = Infinity;
    for (const { idle } of this.#servers.values()) {
      // The one that has rested longest is the first.
      while (idle.length > limits.minIdle) {
        const restMs = clock.now() - idle[0]!.connection.lastUsedAt;
        if (restMs < limits.idleTimeoutMs) {
          nextMs = Math.min(nextMs, limits.idleTimeoutMs - restMs);
          break;
        }
        this.#drop(idle.shift()!);
      }
    }
    this.#scheduleSweep(nextMs);
  }

  /** Opens connections in the background until there are `minIdle`; one that fails waits for the next occasion. */
  #refill(pool: ServerPool): void {
    const { minIdle, maxSize } = this.#config.pool;
    const missing = Math.min(minIdle - pool.idle.length - pool.opening, maxSize - pool.size);
    for (let i = 0; i < missing; i++) {
      if (!pool.trySlot()) return;
      const request: AcquireRequest = { mode: "r", database: undefined, bookmarks: [] };
      this.within(request, async (deadline) => {
        const token = await deadline.race(this.#token());
        this.#toIdle(await this.#connect(pool, token, request, deadline));
      })
        .catch((error: unknown) => this.#config.logger.warn?.("no idle connection", { error }))
        .finally(() => pool.freeSlot());
    }
  }

  /** Opens what `minIdle` asks for before anybody needs it. */
  warmUp(address: Address): void {
    this.#refill(this.#pool(address));
  }
}

/** Whether this connection can serve this login: after LOGOFF and LOGON (5.1+), or as it is. */
function canLogIn(entry: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return entry.connection.supports(5, 1) || isLoggedIn(entry, token, request);
}

/** Queues LOGOFF and LOGON in front of the next request, unless the right login is there and good. */
function logIn(entry: Entry, token: AuthToken, request: AcquireRequest): void {
  if (isLoggedIn(entry, token, request)) return;
  entry.connection.logon(token);
  entry.loginExpired = false;
}

function isLoggedIn({ connection, loginExpired }: Entry, token: AuthToken, request: AcquireRequest): boolean {
  return !loginExpired && !request.freshLogin && sameToken(connection.authToken, token);
}
