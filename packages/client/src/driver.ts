// The driver, which a program keeps for as long as it talks to a database. Knows how the parts fit together.
import { AuthToken, type AuthTokenInit, type BoltError } from "@bolt/protocol";
import { type AuthSource, toToken } from "./auth.ts";
import { type Config, type DriverConfig, resolveConfig } from "./config.ts";
import { type Capabilities, probeCapabilities } from "./connection/capabilities.ts";
import type { Connection } from "./connection/connection.ts";
import type { ServerInfo } from "./connection/dialogue.ts";
import { answerOf } from "./deadline.ts";
import { ClosedError, ServerFailure, UsageError } from "./errors.ts";
import { DirectProvider } from "./pool/direct.ts";
import type { AccessMode, Needs, Provider } from "./pool/provider.ts";
import type { Holder, PoolMetrics } from "./pool/server-pool.ts";
import type { QueryResult, Result } from "./result/result.ts";
import type { AnyRow } from "./result/row.ts";
import type { RoutingTableView } from "./routing/routing-table.ts";
import { RoutingProvider } from "./routing/routing.ts";
import { type BookmarkManager, bookmarkManager } from "./session/bookmarks.ts";
import { Chain } from "./session/chain.ts";
import { CHECKS, copyOf } from "./session/checks.ts";
import { Session } from "./session/session.ts";
import type { ManagedTransaction } from "./session/transaction.ts";
import { API, type Shared, type Parameters, type QueryConfig, type SessionConfig } from "./session/work.ts";
import { rejection } from "./stack.ts";
import { validate } from "./validate.ts";

/** Settings of `executeQuery`. */
export interface ExecuteQueryConfig<Row = unknown, Output = QueryResult<Row>> extends QueryConfig<Row> {
  /** Default: the user's home database. */
  readonly database?: string | undefined;
  /**
   * `"read"` may be served by a follower, and takes a single round trip unless `transform` or `fetchSize` is given: all
   * rows are requested at once, and COMMIT with them. Default `"write"`.
   */
  readonly mode?: AccessMode | undefined;
  readonly impersonatedUser?: string | undefined;
  /** Log in as another user. Bolt 5.1+. */
  readonly auth?: AuthToken | AuthTokenInit | undefined;
  /** Default: one shared by all calls of executeQuery, so that each sees what the others wrote. `null`: none. */
  readonly bookmarkManager?: BookmarkManager | null | undefined;
  /** Reads the result, inside the transaction; default: read all of it. */
  readonly transform?: ((result: Result<Row>) => Output | PromiseLike<Output>) | undefined;
}

/** For which database and user to ask. */
export interface VerifyConfig {
  readonly database?: string | undefined;
  readonly impersonatedUser?: string | undefined;
  readonly auth?: AuthToken | AuthTokenInit | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Failures that mean: not with this login. */
const NOT_AUTHENTICATED: ReadonlySet<string> = new Set(
  ["CredentialsExpired", "Forbidden", "TokenExpired", "Unauthorized"].map(
    (title) => `Neo.ClientError.Security.${title}`,
  ),
);

/** Connections to one database server or cluster. Make one per program and close it at the end. */
export class Driver implements AsyncDisposable {
  readonly #provider: Provider;
  readonly #shared: Shared;
  readonly #bookmarks: BookmarkManager;
  #closed: Promise<void> | undefined;

  /** @internal See `driver()`. */
  constructor(config: Config) {
    this.#provider = config.uri.routing ? new RoutingProvider(config) : new DirectProvider(config);
    this.#shared = { config, provider: this.#provider, sleepers: new Set() };
    this.#bookmarks = config.bookmarkManager ?? bookmarkManager();
  }

  /**
   * Runs one query in a managed transaction, with retries, and resolves with the whole result.
   * For streaming and `for await`, see session().
   */
  executeQuery<Row = AnyRow, Output = QueryResult<Row>>(
    query: string,
    parameters: Parameters = {},
    config: ExecuteQueryConfig<Row, Output> = {},
  ): Promise<Output> {
    try {
      validate(config, CHECKS.executeQuery);
      const { bookmarkManager: manager = this.#bookmarks, mode = "write", transform } = config;
      const { timeoutMs, metadata, signal, schema, map } = config;
      // A read that fetches all rows at once takes a single round trip.
      const {
        fetchSize = this.#shared.config.fetchSize ?? (mode === "read" && !transform ? -1 : undefined),
      } = config;
      // Each part gets the options that it knows. The transaction watches the signal, so its query need not.
      const { database, impersonatedUser, auth } = config;
      const who = { database, impersonatedUser, auth, bookmarkManager: manager ?? undefined };
      const copy = copyOf(parameters);
      const work = (tx: ManagedTransaction): PromiseLike<Output> => {
        const result = tx.run<Row>(query, copy, { fetchSize, schema, map });
        return (transform ? transform(result) : result) as PromiseLike<Output>;
      };
      return this.#session(who).execute(mode, work, { timeoutMs, metadata, signal }, API.executeQuery);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Opens a session: work that belongs together and sees its own writes. Costs nothing until the first query. */
  session(config: SessionConfig = {}): Session {
    validate(config, CHECKS.session);
    return this.#session({ bookmarkManager: this.#shared.config.bookmarkManager, ...config });
  }

  /** Resolves when a server answers and accepts the login; otherwise rejects with the reason. */
  verifyConnectivity(config: VerifyConfig = {}): Promise<ServerInfo> {
    return this.getServerInfo(config);
  }

  /** The server's name and version, after a round trip. Replaces a connection that has died. */
  getServerInfo(config: VerifyConfig = {}): Promise<ServerInfo> {
    const visit = async (connection: Connection): Promise<ServerInfo> => {
      await connection.loggedIn();
      return connection.server;
    };
    return this.#visit(config, visit, { probe: true });
  }

  /**
   * Whether this login would be accepted: false if it is wrong or expired; rejects when no server can be asked. In a
   * cluster the servers of `system` are asked, which exists for every user, unless another database is named ("" is
   * the home database).
   */
  async verifyAuthentication(auth: AuthToken | AuthTokenInit, config: VerifyConfig = {}): Promise<boolean> {
    const visit = { database: "system", ...config, auth: toToken(auth) };
    try {
      await this.#visit(visit, (connection) => connection.loggedIn(), { freshLogin: true });
      return true;
    } catch (error) {
      if (error instanceof ServerFailure && NOT_AUTHENTICATED.has(error.code)) return false;
      throw error;
    }
  }

  /** Whether sessions can choose a database: Bolt 4.0+. */
  supportsMultiDb(config: VerifyConfig = {}): Promise<boolean> {
    return this.#visit(config, (connection) => connection.supports(4));
  }

  /** Whether sessions can log in as another user: Bolt 5.1+. */
  supportsSessionAuth(config: VerifyConfig = {}): Promise<boolean> {
    return this.#visit(config, (connection) => connection.supports(5, 1));
  }

  /** Asks the server what it can do: for servers other than Neo4j. */
  capabilities(config: VerifyConfig = {}): Promise<Capabilities> {
    return this.#visit(config, probeCapabilities);
  }

  /** Whether connections are encrypted. */
  get encrypted(): boolean {
    return this.#shared.config.tls !== undefined;
  }

  /** Gauges and counters of the pool, one entry per server. */
  metrics(): PoolMetrics[] {
    return this.#provider.metrics();
  }

  /** The uses of all connections lent now; with stack traces if `{ pool: { trackHolders: true } }`. */
  holders(): Holder[] {
    return this.#provider.holders();
  }

  /** The routing table held for a database (default: the home database); undefined if none is, or without routing. */
  routingTable(database?: string): RoutingTableView | undefined {
    return this.#router?.routingTable(database);
  }

  /** Fetches a new routing table, even if the old one is valid. Rejects with UsageError for schemes without routing. */
  async refreshRoutingTable(
    config: VerifyConfig & { readonly bookmarks?: Iterable<string> } = {},
  ): Promise<RoutingTableView> {
    const router = this.#router;
    if (!router) throw new UsageError("only drivers for neo4j:// have routing tables");
    validate(config, CHECKS.verify);
    const { signal, ...settings } = config;
    const request = new Chain(this.#shared, settings).request("read", signal);
    return router.refreshRoutingTable(request).catch(rejection);
  }

  get #router(): RoutingProvider | undefined {
    return this.#provider instanceof RoutingProvider ? this.#provider : undefined;
  }

  /** Closes all connections; running work fails. */
  close(): Promise<void> {
    for (const wake of this.#shared.sleepers) wake(new ClosedError("driver"));
    return (this.#closed ??= this.#provider.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #session(config: SessionConfig): Session {
    if (this.#closed) throw new ClosedError("driver");
    return new Session(this.#shared, config);
  }

  async #visit<T>(
    config: VerifyConfig,
    work: (connection: Connection) => T | Promise<T>,
    needs: Needs = {},
  ): Promise<T> {
    validate(config, CHECKS.verify);
    const { signal, ...settings } = config;
    const visit = async (): Promise<T> => {
      const chain = new Chain(this.#shared, settings);
      const acquired = await chain.acquire("read", signal, needs);
      const { connection } = acquired;
      const { address } = connection.server;
      try {
        const answer = (async () => work(connection))();
        return await answerOf(address, answer, this.#shared.config, signal, address);
      } catch (error) {
        // Abandoned work goes on: it must not reach the connection's next user.
        if (!(error instanceof ServerFailure)) connection.destroy(error as BoltError);
        await chain.judge(acquired, error);
        throw error;
      } finally {
        chain.release(acquired);
      }
    };
    return visit().catch(rejection);
  }
}

/**
 * Makes a driver, which connects when there is work. Throws ConfigError for invalid arguments.
 * @param uri `neo4j://host` (cluster or single server), `bolt://host` (just this server), with `+s` for TLS,
 * `+ssc` for TLS that trusts any certificate; `bolt+unix:///path`, `ws://`, `wss://`.
 */
export function driver(uri: string, auth?: AuthSource, config?: DriverConfig): Driver {
  return new Driver(resolveConfig(uri, auth, config));
}
