// Connections to all servers: keeps idle ones fit, lends them, takes them back, closes them. Knows ages and limits;
// providers decide which server is right for which work.
import type { AuthToken, BoltError } from "@bolt/protocol";
import type { Config } from "../config.ts";
import type { Connection, Recovery } from "../connection/connection.ts";
import { connect } from "../connection/connector.ts";
import { answerOf, type Deadline, within } from "../deadline.ts";
import { type TraceContext, traces } from "../diagnostics.ts";
import { AUTHORIZATION_EXPIRED, ClosedError, ServerFailure, TimeoutError } from "../errors.ts";
import { traced } from "../traced.ts";
import type { Address } from "../transport/address.ts";
import { isFit, isFresh, needsCheck } from "./fitness.ts";
import { canLogIn, logIn, loginRefused, tokenAtHand, tokenFor } from "./logins.ts";
import type { AcquireRequest } from "./provider.ts";
import { type Entry, type Holder, type PoolMetrics, ServerPool } from "./server-pool.ts";
import { Sweeper } from "./sweeper.ts";

export class Pool {
  /** Called when a connection breaks while it is not idle. */
  onLost: ((connection: Connection, error: BoltError) => void) | undefined;
  readonly #config: Config;
  /** The routing context for HELLO; undefined is no server-side routing. */
  readonly #context: Readonly<Record<string, string>> | undefined;
  readonly #sweeper: Sweeper;
  readonly #servers: Map<string, ServerPool> = new Map();
  readonly #entries: WeakMap<Connection, Entry> = new WeakMap();
  readonly #deadlines: Set<Deadline> = new Set();
  /** Number of open connections whose server does not route by itself. Spec: hint `ssr.enabled`. */
  #withoutSsr = 0;
  #closed = false;

  constructor(config: Config, context: Readonly<Record<string, string>> | undefined) {
    this.#config = config;
    this.#context = context;
    this.#sweeper = new Sweeper(config, () => this.#servers.values());
  }

  /** Runs `work` within the request's limits, as a deadline. Rejects with ClosedError when the driver is closed. */
  async within<T>(request: AcquireRequest, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    if (this.#closed) throw new ClosedError("driver");
    const { clock, timeouts } = this.#config;
    const afterMs = timeouts.acquireMs;
    const error = (doing: string, server: string | undefined): BoltError =>
      new TimeoutError(`no connection within ${afterMs} ms, while ${doing}`, { afterMs, server });
    return within({ clock, afterMs, signal: request.signal, error }, (deadline) => {
      this.#deadlines.add(deadline);
      return work(deadline).finally(() => this.#deadlines.delete(deadline));
    });
  }

  /** Takes an idle connection that needs no check before use; undefined if there is none. */
  tryAcquire(address: Address, request: AcquireRequest): Connection | undefined {
    const server = this.#servers.get(address.toString());
    const entry = server?.idle.at(-1);
    if (!server || !entry || request.signal?.aborted) return undefined;
    const config = this.#config;
    const now = config.clock.now();
    if (!isFresh(config, entry, now) || needsCheck(config, entry, request, now)) return undefined;
    const token = tokenAtHand(config, request);
    if (!token || !canLogIn(entry, token, request) || !server.trySlot()) return undefined;
    server.idle.pop();
    logIn(entry, token, request);
    const trace = traces.acquire;
    if (trace.heard) trace.done(trace.begin(acquireFacts(address, request)));
    return this.#lend(entry, request, now);
  }

  /**
   * Takes a connection to this server, from the pool or new. With `inHurry` its answers may take only half of the
   * time that is left, because there are other servers to try.
   */
  acquire(
    address: Address,
    request: AcquireRequest,
    deadline: Deadline,
    inHurry = false,
  ): Promise<Connection> {
    return traced(
      traces.acquire,
      () => acquireFacts(address, request),
      async () => {
        const server = this.#server(address);
        deadline.server = address.toString();
        await server.waitForSlot(deadline);
        try {
          for (;;) {
            deadline.check();
            const token = await tokenFor(this.#config, request, deadline);
            const take = (part: Deadline): Promise<Connection | void> =>
              this.#take(server, token, request, part);
            const connection = await deadline.share(inHurry, take);
            if (connection) return connection;
          }
        } catch (error) {
          server.freeSlot();
          throw error;
        }
      },
    );
  }

  /** Takes a connection back, in any state. Never throws. */
  release(connection: Connection): void {
    const entry = this.#entries.get(connection);
    if (!entry?.lease) return;
    const { server, lease } = entry;
    server.takeBack(entry);
    // Before 5.1 no other login can use it.
    if (lease.request.auth && !connection.supports(5, 1)) connection.close();
    const recovery = connection.recycle();
    if (recovery) this.#recover(entry, recovery);
    else this.#putBack(entry);
  }

  /** Handles a Security FAILURE: marks expired logins and reports the token to the auth manager. */
  async securityFailure(
    failure: ServerFailure,
    { address, authToken }: Pick<Connection, "address" | "authToken">,
    request: AcquireRequest,
  ): Promise<void> {
    if (failure.code === AUTHORIZATION_EXPIRED) {
      const entries = this.#servers.get(address.toString())?.entries ?? [];
      for (const entry of entries) entry.loginExpired = true;
    }
    await loginRefused(this.#config, failure, authToken, request);
  }

  /** Closes idle connections to all servers but these. */
  retain(addresses: ReadonlySet<string>): void {
    for (const [key, server] of this.#servers) {
      if (addresses.has(key)) continue;
      for (const { connection } of server.idle.splice(0)) connection.close();
      if (server.size === 0) this.#servers.delete(key);
    }
  }

  /** Opens `minIdle` connections in advance. */
  warmUp(address: Address): void {
    this.#refill(this.#server(address));
  }

  /** Rejects all waiting requests with ClosedError and closes every connection with GOODBYE. */
  close(): void {
    this.#closed = true;
    this.#sweeper.stop();
    for (const deadline of this.#deadlines) deadline.abort(new ClosedError("driver"));
    for (const server of this.#servers.values()) {
      server.idle.length = 0;
      for (const { connection } of server.entries) connection.close();
    }
  }

  /** Number of connections to this server that are in use. */
  load(address: Address): number {
    return this.#servers.get(address.toString())?.inUse ?? 0;
  }

  /** Whether every connected server corrects a wrongly guessed home database by itself (5.8+). */
  get serversRoute(): boolean {
    return this.#withoutSsr === 0;
  }

  metrics(): PoolMetrics[] {
    return [...this.#servers.values()].map((server) => server.metrics());
  }

  holders(): Holder[] {
    return [...this.#servers.values()].flatMap((server) => server.holders());
  }

  #server(address: Address): ServerPool {
    const key = address.toString();
    let server = this.#servers.get(key);
    if (!server) {
      server = new ServerPool(address, this.#config.pool.maxSize, this.#config.clock);
      this.#servers.set(key, server);
    }
    return server;
  }

  /** The caller holds a slot. Takes a fit idle connection or opens a new one; undefined means: try again. */
  async #take(
    server: ServerPool,
    token: AuthToken,
    request: AcquireRequest,
    deadline: Deadline,
  ): Promise<Connection | void> {
    const rested = this.#mustBeNew(server, request)
      ? undefined
      : (server.idle.pop() ?? (await this.#recovered(server, deadline)));
    const entry = rested ?? (await this.#connect(server, token, request, deadline));
    if (request.auth && !request.freshLogin && !entry.connection.supports(5, 1)) {
      this.#toIdle(entry);
      entry.connection.require("a session's own login", 5, 1);
    }
    if (rested) {
      if (!(await isFit(this.#config, rested, token, request, deadline))) {
        rested.connection.close();
        return deadline.check();
      }
      logIn(rested, token, request);
    }
    return this.#lend(entry, request, this.#config.clock.now());
  }

  /** Before 5.1 verifying a login takes a new connection, which counts like any other. */
  #mustBeNew(server: ServerPool, request: AcquireRequest): boolean {
    const [oldest] = server.idle;
    if (!oldest || !request.freshLogin || oldest.connection.supports(5, 1)) return false;
    if (server.size > this.#config.pool.maxSize) server.idle.shift()!.connection.close();
    return true;
  }

  /** Waits for a connection that is being reset, and takes an idle one. */
  async #recovered(server: ServerPool, deadline: Deadline): Promise<Entry | undefined> {
    const [first] = server.recovering;
    if (first === undefined) return undefined;
    deadline.doing = `waiting for the RESET of a connection to ${server.address.toString()}`;
    await deadline.race(first);
    return server.idle.pop();
  }

  async #connect(
    server: ServerPool,
    authToken: AuthToken,
    request: AcquireRequest,
    deadline: Deadline,
  ): Promise<Entry> {
    const { address } = server;
    server.opening++;
    try {
      const connection = await connect(this.#config, address, authToken, this.#context, deadline);
      // It may have broken meanwhile.
      connection.ensureOpen();
      const entry: Entry = { connection, server, idleSince: 0, loginExpired: false, lease: undefined };
      server.opened++;
      this.#entries.set(connection, entry);
      server.entries.add(entry);
      if (!connection.hints.ssrEnabled) this.#withoutSsr++;
      connection.onClosed = (error) => this.#onClosed(entry, error);
      if (deadline.signal.aborted) {
        // This request has given up, but the next one may use it.
        if (this.#closed) connection.close();
        else this.#toIdle(entry);
        deadline.check();
      }
      return entry;
    } catch (error) {
      if (error instanceof ServerFailure) await this.securityFailure(error, { address, authToken }, request);
      throw error;
    } finally {
      server.opening--;
    }
  }

  #lend(entry: Entry, request: AcquireRequest, now: number): Connection {
    const { minIdle } = this.#config.pool;
    entry.server.lend(entry, request, now);
    if (minIdle > 0) this.#refill(entry.server);
    return entry.connection;
  }

  /** Makes a connection idle that has nothing pending, or closes it; frees its slot. */
  #putBack(entry: Entry): void {
    const now = this.#config.clock.now();
    if (this.#closed || !isFresh(this.#config, entry, now)) entry.connection.close();
    else this.#toIdle(entry, now);
    entry.server.freeSlot();
  }

  /** Waits for the RESET; a server that never answers it must not hold the slot for good. */
  #recover(entry: Entry, { done, quick }: Recovery): void {
    const { connection, server } = entry;
    const address = server.address.toString();
    const settled = answerOf(`${address} to RESET`, done, this.#config, undefined, address)
      .catch((reason: BoltError) => connection.destroy(reason))
      .then(() => this.#putBack(entry));
    if (!quick) return;
    server.recovering.add(settled);
    void settled.finally(() => server.recovering.delete(settled));
  }

  #toIdle(entry: Entry, now: number = this.#config.clock.now()): void {
    entry.idleSince = now;
    entry.server.idle.push(entry);
    this.#sweeper.schedule();
  }

  #onClosed(entry: Entry, error: BoltError | undefined): void {
    const { connection, server } = entry;
    // It may still be in use: its slot is freed only by `release`.
    if (!entry.lease) server.entries.delete(entry);
    server.closed++;
    if (!connection.hints.ssrEnabled) this.#withoutSsr--;
    this.#config.logger.debug?.("connection closed", { server: server.address.toString(), error });
    const at = server.idle.indexOf(entry);
    if (at >= 0) {
      server.idle.splice(at, 1);
      this.#refill(server);
    } else if (error) this.onLost?.(connection, error);
  }

  /** Opens connections in the background until `minIdle` are idle; a failed one is not retried before the next call. */
  #refill(server: ServerPool): void {
    const { minIdle, maxSize } = this.#config.pool;
    const missing = Math.min(minIdle - server.idle.length - server.opening, maxSize - server.size);
    for (let i = 0; i < missing && !this.#closed; i++) {
      if (!server.trySlot()) return;
      const request: AcquireRequest = { mode: "read", database: undefined, bookmarks: [] };
      this.within(request, async (deadline) => {
        const token = await tokenFor(this.#config, request, deadline);
        this.#toIdle(await this.#connect(server, token, request, deadline));
      })
        .catch((error: unknown) => this.#config.logger.warn?.("no idle connection", { error }))
        .finally(() => server.freeSlot());
    }
  }
}

/** The facts of a trace. */
function acquireFacts(address: Address, { mode, database }: AcquireRequest): TraceContext {
  return { server: address.toString(), mode, database };
}
