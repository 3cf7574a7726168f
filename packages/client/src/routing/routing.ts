// The provider for `neo4j` schemes: keeps routing tables, finds the right server for each piece of work, and
// notes servers that fail. Knows which routers to ask; how to ask them is in discovery.ts.
import type { Config, Resolver } from "../config.ts";
import type { Connection } from "../connection/connection.ts";
import type { Deadline } from "../deadline.ts";
import { type TraceContext, traces } from "../diagnostics.ts";
import { ConfigError, messageOf, NOT_A_WRITER, ServerFailure, ServiceUnavailableError } from "../errors.ts";
import { DirectProvider } from "../pool/direct.ts";
import type { AcquireRequest } from "../pool/provider.ts";
import { traced } from "../traced.ts";
import { Address, parseAddress } from "../transport/address.ts";
import { show } from "../validate.ts";
import { type Balancer, leastConnected } from "./balance.ts";
import { fetchTable } from "./discovery.ts";
import { HomeDatabaseCache, userOf } from "./home-database.ts";
import { ClusterTable, type RoutingTableView } from "./routing-table.ts";
import { ignoreUnavailable, isFatal, isServerSpecific, isUnsuitable } from "./server-faults.ts";

/** A table being fetched, and the deadline of that work. */
interface Refresh {
  readonly table: Promise<ClusterTable>;
  readonly by: Deadline | undefined;
}

export class RoutingProvider extends DirectProvider {
  readonly #balance: Balancer;
  /** The routing context: the URI's, and the address that the cluster was named by. Spec: routing context. */
  readonly #context: Readonly<Record<string, string>>;
  /** By database name; the empty name stands for the default database of servers that do not name it (before 4.4). */
  readonly #tables: Map<string, ClusterTable> = new Map();
  /** Refreshes under way, shared by all requests for the same database and user. */
  readonly #refreshes: Map<string, Refresh> = new Map();
  readonly #homes: HomeDatabaseCache = new HomeDatabaseCache();
  /**
   * The table that a connection was chosen from, while it is in use: failures count against that table. Servers
   * close connections after some failures, which says nothing about whether they can be reached.
   */
  readonly #origins: WeakMap<Connection, ClusterTable> = new WeakMap();

  constructor(config: Config) {
    const context = { ...config.uri.context, address: config.uri.address.toString() };
    super(config, context);
    this.#context = context;
    this.pool.onLost = (connection, error) => {
      if (this.#origins.has(connection) && isServerSpecific(error)) this.#forget(connection.address, error);
    };
    this.#balance = config.routing.balancer ?? leastConnected();
  }

  override acquire(request: AcquireRequest): Connection | Promise<Connection> {
    const home = request.database === undefined ? this.#guessHome(request) : undefined;
    // Servers from 4.4 on name the home database, so nothing is kept under the empty name.
    const held = this.#fresh(request.database ?? home ?? "", request);
    const first = held && this.#choose(held, request);
    const idle = first && this.pool.tryAcquire(first, request);
    if (!idle) return this.#wait(request, home, held, first);
    this.#origins.set(idle, held);
    if (isHomeSafe(idle, home)) return idle;
    this.release(idle);
    return this.#wait(request, home);
  }

  #wait(
    request: AcquireRequest,
    home: string | undefined,
    held?: ClusterTable,
    first?: Address,
  ): Promise<Connection> {
    return this.pool.within(request, async (deadline) => {
      if (held) {
        const connection = await this.#acquireFrom(held, request, deadline, first).catch(ignoreUnavailable);
        if (connection && isHomeSafe(connection, home)) return connection;
        if (connection) this.release(connection);
      }
      const table = await this.#refreshed(request, deadline);
      const connection = await this.#acquireFrom(table, request, deadline);
      if (request.database === undefined && table.database !== undefined)
        request.onDatabase?.(table.database);
      return connection;
    });
  }

  override release(connection: Connection): void {
    if (connection.isOpen) this.#origins.delete(connection);
    super.release(connection);
  }

  override onServerFailure(
    connection: Connection,
    failure: ServerFailure,
    request: AcquireRequest,
  ): void | Promise<void> {
    const table = this.#origins.get(connection);
    this.#origins.delete(connection);
    if (failure.isSecurity) return super.onServerFailure(connection, failure, request);
    if (failure.code === "Neo.TransientError.General.DatabaseUnavailable") table?.forget(connection.address);
    else if (NOT_A_WRITER.has(failure.code)) table?.doubtWriter(connection.address);
  }

  onHomeDatabase(name: string, request: AcquireRequest): void {
    if (this.config.routing.homeDatabaseCache) this.#homes.set(userOf(request), name);
  }

  /** The table held for a database now, fresh or not. */
  routingTable(database: string | undefined): RoutingTableView | undefined {
    return this.#tables.get(database ?? this.#homes.get("") ?? "")?.view();
  }

  /** Fetches a new table, even if the old one is still valid. */
  refreshRoutingTable(request: AcquireRequest): Promise<RoutingTableView> {
    return this.pool.within(request, async (deadline) => (await this.#refreshed(request, deadline)).view());
  }

  #fresh(name: string, { mode }: AcquireRequest): ClusterTable | undefined {
    const table = this.#tables.get(name);
    return table?.isFreshFor(mode, this.config.clock.now()) ? table : undefined;
  }

  /** The user's home database as last seen, if every server corrects a wrong guess (5.8+). */
  #guessHome(request: AcquireRequest): string | undefined {
    if (!this.config.routing.homeDatabaseCache) return undefined;
    if (!this.pool.serversRoute) return undefined;
    return this.#homes.get(userOf(request));
  }

  #refreshed(request: AcquireRequest, deadline: Deadline): Promise<ClusterTable> {
    const { table, by } = this.#refresh(request);
    if (by) deadline.doing = by;
    return deadline.race(table);
  }

  #refresh(request: AcquireRequest): Refresh {
    const key = JSON.stringify([request.database, userOf(request)]);
    let refresh = this.#refreshes.get(key);
    if (!refresh) {
      // It has its own limits: others may go on waiting when the request that started it gives up.
      const shared: AcquireRequest = {
        mode: "read",
        database: request.database,
        bookmarks: request.bookmarks,
        impersonatedUser: request.impersonatedUser,
        auth: request.auth,
      };
      const facts: TraceContext = { database: shared.database };
      let by: Deadline | undefined;
      const table = this.pool
        .within(shared, (deadline) => {
          by = deadline;
          return traced(
            traces.route,
            () => facts,
            async () => {
              const found = await this.#discover(shared, deadline);
              facts.server = found.source.toString();
              facts.database = found.database;
              return found;
            },
          );
        })
        .finally(() => this.#refreshes.delete(key));
      table.catch(() => {});
      this.#refreshes.set(key, (refresh = { table, by }));
    }
    return refresh;
  }

  async #discover(request: AcquireRequest, deadline: Deadline): Promise<ClusterTable> {
    const { resolver, uri } = this.config;
    const old = this.#tables.get(request.database ?? "");
    // Routers of other databases belong to the same cluster: they help when this database's routers are gone.
    const known = [old, ...this.#tables.values()].flatMap((table) => table?.routers ?? []);
    // Undefined stands for the resolver's addresses; the resolver is called when its turn comes.
    const seed = resolver ? undefined : uri.address;
    const turns = old && !old.lackedWriters ? [...known, seed] : [seed, ...known];
    // A router that was wrong about the leader is asked last.
    const doubted = old?.doubted ? old.source : undefined;
    if (doubted) turns.push(doubted);
    const tried = new Set<string>();
    const isNew = (address: Address | undefined): boolean => !address || !tried.has(address.toString());
    const errors: unknown[] = [];
    while (turns.length > 0) {
      const address = turns.shift();
      if (!address) {
        turns.unshift(...(await this.#seeds(resolver!, deadline)));
      } else if (isNew(address) && (address.toString() !== doubted?.toString() || turns.length === 0)) {
        tried.add(address.toString());
        const table = await this.#ask(address, request, deadline, errors, turns.some(isNew));
        if (table) return this.#keep(table, request);
        old?.forgetRouter(address);
      }
    }
    // Another attempt would not help, and the error itself says what would.
    const [first] = errors;
    if (first !== undefined && errors.every(isUnsuitable)) throw first;
    const reasons = errors.map(messageOf).join("; ");
    throw new ServiceUnavailableError(
      `no router gave a routing table: ${reasons || "the resolver names no server"}`,
      { server: uri.address.toString(), cause: errors.length === 1 ? errors[0] : new AggregateError(errors) },
    );
  }

  async #seeds(resolver: Resolver, deadline: Deadline): Promise<readonly Address[]> {
    deadline.doing = "waiting for the resolver";
    deadline.server = undefined;
    const found: unknown = await deadline.race((async () => resolver(this.config.uri.address))());
    if (typeof found !== "object" || found === null || !(Symbol.iterator in found))
      throw new ConfigError(`the resolver must give a list of addresses, not ${show(found)}`);
    return [...(found as Iterable<unknown>)].map((item) => {
      const address = item instanceof Address ? item : parseAddress(String(item));
      if (typeof address === "string")
        throw new ConfigError(`the resolver gave "${String(item)}": ${address}`);
      return address;
    });
  }

  /** Asks one router for its table; undefined when another one should be asked, with the reason in `errors`. */
  async #ask(
    address: Address,
    request: AcquireRequest,
    deadline: Deadline,
    errors: unknown[],
    inHurry: boolean,
  ): Promise<ClusterTable | undefined> {
    try {
      const connection = await this.pool.acquire(address, request, deadline, inHurry);
      // A silent router must leave time for the others.
      return await deadline.share(inHurry, (part) => this.#read(connection, request, part));
    } catch (error) {
      deadline.check();
      const anotherMayDo = isServerSpecific(error) || isUnsuitable(error);
      if (error instanceof ServerFailure ? isFatal(error) : !anotherMayDo) throw error;
      errors.push(error);
      const server = address.toString();
      this.config.logger.warn?.("no routing table from this server", { server, error });
      return undefined;
    }
  }

  /** Reads the table and releases the connection. */
  async #read(connection: Connection, request: AcquireRequest, deadline: Deadline): Promise<ClusterTable> {
    const { address } = connection;
    const server = address.toString();
    deadline.doing = `asking ${server} for a routing table`;
    try {
      const wire = await fetchTable(connection, this.#context, request, deadline.signal);
      const table = new ClusterTable(wire, request.database, address, this.config.clock.now());
      if (table.isValid) return table;
      const missing = table.routers.length === 0 ? "router" : "reader";
      throw new ServiceUnavailableError(`${server} knows of no ${missing}`, { server });
    } catch (error) {
      if (error instanceof ServerFailure) await this.pool.securityFailure(error, connection, request);
      throw error;
    } finally {
      this.pool.release(connection);
    }
  }

  #keep(table: ClusterTable, request: AcquireRequest): ClusterTable {
    const { clock, logger, routing } = this.config;
    this.#tables.set(table.database ?? "", table);
    if (request.database === undefined && table.database !== undefined)
      this.onHomeDatabase(table.database, request);
    const inUse = new Set<string>();
    for (const [name, { expiresAt, routers, readers, writers }] of this.#tables) {
      if (expiresAt + routing.purgeDelayMs < clock.now()) this.#tables.delete(name);
      else for (const address of [...routers, ...readers, ...writers]) inUse.add(address.toString());
    }
    this.pool.retain(inUse);
    logger.debug?.("routing table", { ...table.view() });
    return table;
  }

  #choose(table: ClusterTable, request: AcquireRequest): Address {
    const servers = table.serversFor(request.mode);
    if (servers.length === 1) return servers[0]!;
    const loads = servers.map((address) => ({ address, inUse: this.pool.load(address) }));
    const chosen = this.#balance(loads, { mode: request.mode, database: table.database });
    if (!loads.includes(chosen))
      throw new ConfigError("routing.balancer must return one of the servers it is given");
    return chosen.address;
  }

  /**
   * Acquires a connection to one of the table's servers; drops servers that cannot be reached. `first` is set when the
   * table was cached: that server is tried first, and even the last one must leave time to fetch a new table.
   */
  async #acquireFrom(
    table: ClusterTable,
    request: AcquireRequest,
    deadline: Deadline,
    first?: Address,
  ): Promise<Connection> {
    let chosen = first;
    let cause: unknown;
    for (let left; (left = table.serversFor(request.mode).length) > 0;) {
      const address = chosen ?? this.#choose(table, request);
      chosen = undefined;
      try {
        const connection = await this.pool.acquire(address, request, deadline, left > 1 || !!first);
        this.#origins.set(connection, table);
        return connection;
      } catch (error) {
        deadline.check();
        if (!isServerSpecific(error)) throw error;
        cause = error;
        this.#forget(address, error);
      }
    }
    const what = request.mode === "read" ? "reads" : "writes";
    const message = `no server is left that accepts ${what} for ${table.database ?? "the home database"}`;
    throw new ServiceUnavailableError(cause ? `${message}: ${messageOf(cause)}` : message, { cause });
  }

  #forget(address: Address, error: unknown): void {
    this.config.logger.warn?.("server dropped from the routing tables", {
      server: address.toString(),
      error,
    });
    for (const table of this.#tables.values()) table.forget(address);
  }
}

/** Whether the home database was not guessed, or the server corrects a wrong guess. */
const isHomeSafe = ({ hints }: Connection, home: string | undefined): boolean =>
  home === undefined || hints.ssrEnabled === true;
