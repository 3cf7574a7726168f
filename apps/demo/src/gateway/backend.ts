// Another server as the engine behind ours: what clients ask is asked there, by our own driver, and what comes
// back is handed on as it comes. Interrupts, and clients that read slowly, reach through to the other end.
import type * as client from "@bolt/client";
import {
  type AuthToken,
  type Backend,
  BoltVersion,
  type Client,
  type Context,
  failure,
  type Query,
  type QueryResult,
  type RouteRequest,
  type Routes,
  type Row,
  type Transaction,
  type TransactionOptions,
} from "@bolt/server";
import { toFailure } from "./failures.ts";
import { DEFAULT_DATABASE, homeDatabase, type Login, Logins } from "./logins.ts";
import { summaryOf } from "./summary.ts";

export class Gateway implements Backend<Login> {
  readonly #logins: Logins;

  /** `config` is for the drivers; versions, floats and retries are the gateway's affair. */
  constructor(uri: string, config?: client.DriverConfig) {
    this.#logins = new Logins(uri, config);
  }

  /** Passes the login on. Throws what the other server says to it. */
  authenticate(token: AuthToken, who: Client): Promise<Login> {
    return this.#logins.enter(token, who);
  }

  /** The other server is told of the user by `open`, and says whether that may be. */
  impersonate(_user: string, principal: Login): Login {
    return principal;
  }

  /** To be told when a client has logged off, or gone. */
  left(connectionId: string): void {
    this.#logins.leave(connectionId);
  }

  async run(query: Query, context: Context<Login>): Promise<QueryResult> {
    checkText(query);
    const database = await homeOf(context);
    const result = open(context).run(query.query, query.parameters, termsOf(context));
    return { ...(await passOn(result, context)), database };
  }

  async begin(_options: TransactionOptions, context: Context<Login>): Promise<Transaction<Login>> {
    const home = await homeOf(context);
    const session = open(context);
    try {
      const transaction = await session.beginTransaction(termsOf(context));
      return new PassedOnTransaction(session, transaction, home);
    } catch (error) {
      throw toFailure(error);
    }
  }

  /**
   * Clients come through here, wherever the other servers are; only the database has to be asked for. Not with the
   * client's bookmarks: what is wrong with them, or has to be waited for, is the affair of the work that comes next.
   */
  async route(
    { routing, database, impersonatedUser }: RouteRequest,
    context: Context<Login>,
  ): Promise<Routes> {
    const { principal, client: who } = context;
    const here = [routing["address"] ?? who.localAddress ?? "localhost:7687"];
    const table = { routers: here, readers: here, writers: here };
    // Those can do nothing but change their password.
    if (principal.credentialsExpired) return { ...table, database: database ?? DEFAULT_DATABASE };
    try {
      if (database === undefined) {
        const home = await homeDatabase(principal.driver, impersonatedUser);
        principal.homes.set(impersonatedUser ?? "", home);
        return { ...table, database: home };
      }
      // Whether it exists, and may be used.
      const probe = await open(context, []).beginTransaction();
      await probe.rollback();
      return { ...table, database };
    } catch (error) {
      throw toFailure(error);
    }
  }

  close(): Promise<void> {
    return this.#logins.close();
  }
}

class PassedOnTransaction implements Transaction<Login> {
  readonly database: string | undefined;
  readonly #session: client.Session;
  readonly #transaction: client.Transaction;

  constructor(session: client.Session, transaction: client.Transaction, database: string | undefined) {
    this.#session = session;
    this.#transaction = transaction;
    this.database = database;
  }

  run(query: Query, context: Context<Login>): Promise<QueryResult> {
    checkText(query);
    return passOn(this.#transaction.run(query.query, query.parameters), context);
  }

  async commit(): Promise<{ bookmark?: string | undefined }> {
    try {
      await this.#transaction.commit();
    } catch (error) {
      throw toFailure(error);
    }
    // Several are those that the client gave: the server has said nothing.
    const [bookmark, ...more] = this.#session.lastBookmarks();
    return more.length > 0 ? {} : { bookmark };
  }

  /** Does nothing when it has failed, or was interrupted: then the connection was reset. */
  async rollback(): Promise<void> {
    try {
      await this.#transaction.rollback();
    } catch (error) {
      throw toFailure(error);
    }
  }
}

/** A result as it comes: rows are read when the client pulls, a batch ahead at most. */
async function passOn(result: client.Result, { signal }: Context<Login>): Promise<QueryResult> {
  // Before anything has come: so rows are built as arrays in the first place.
  const rows = result.values()[Symbol.asyncIterator]();
  const fail = (error: unknown): never => {
    throw toFailure(error);
  };
  const end: IteratorResult<Row> = { done: true, value: undefined };
  return {
    keys: await result.keys().catch(fail),
    records: {
      [Symbol.asyncIterator]: () => ({
        next: () => rows.next().catch(fail),
        // Whoever has interrupted the query need not be told of that.
        return: () => rows.return!().catch((error: unknown) => (signal.aborted ? end : fail(error))),
      }),
    },
    summary: async () => summaryOf(await result.summary().catch(fail)),
  };
}

function open(context: Context<Login>, bookmarks = context.bookmarks): client.Session {
  const { principal, database, accessMode, impersonatedUser, notificationFilter } = context;
  const { driver, version } = principal;
  // Older servers cannot leave remarks out; the server package does so anyway.
  const filtered =
    version.atLeast(5, 2) && Object.values(notificationFilter).some((value) => value !== undefined);
  return driver.session({
    mode: accessMode,
    bookmarks,
    ...(known(database, version) && { database }),
    ...(impersonatedUser !== undefined && { impersonatedUser }),
    ...(filtered && { notifications: notificationFilter as client.NotificationSettings }),
  });
}

/** Timeout and metadata, as far as the server takes them; the end of the one is the end of the other. */
function termsOf({ principal, timeoutMs, metadata, signal }: Context<Login>): client.TransactionConfig {
  if (!principal.version.atLeast(3)) return { signal };
  const some = Object.keys(metadata).length > 0;
  return { signal, ...(timeoutMs !== undefined && { timeoutMs }), ...(some && { metadata }) };
}

/** Whether to name the database. Servers before Bolt 4.0 have one, by the name that ROUTE has given it. */
function known(database: string | undefined, version: client.BoltVersion): database is string {
  if (database === undefined || version.atLeast(4)) return database !== undefined;
  if (database.toLowerCase() === DEFAULT_DATABASE) return false;
  throw failure("databaseNotFound", `Database does not exist. Database name: '${database}'.`);
}

/** The home database, for clients that name none: from 5.8 on they are told at once where they are. */
async function homeOf({
  principal,
  database,
  impersonatedUser,
  client: { version },
}: Context<Login>): Promise<string | undefined> {
  if (database !== undefined || !BoltVersion.parse(version).atLeast(5, 8)) return undefined;
  const { homes, driver } = principal;
  const user = impersonatedUser ?? "";
  if (!homes.has(user)) {
    // What is wrong comes out of the query itself.
    const home = await homeDatabase(driver, impersonatedUser).catch(() => undefined);
    if (home !== undefined) homes.set(user, home);
  }
  return homes.get(user);
}

/** Our driver refuses to send nothing at all; servers say this. */
function checkText({ query }: Query): void {
  if (query.trim() === "") throw failure("syntaxError", "Unexpected end of input: the query is empty");
}
