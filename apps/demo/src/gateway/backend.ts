// Another server as the engine behind ours: our own driver sends it what clients ask for, and its answers are passed on
// as they arrive. Interrupts and the backpressure of slow clients reach the other server too.
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

  /** `config` is for the drivers; the gateway itself sets versions, floats and retries. */
  constructor(uri: string, config?: client.DriverConfig) {
    this.#logins = new Logins(uri, config);
  }

  /** Passes the login on. Throws the other server's failure. */
  authenticate(token: AuthToken, who: Client): Promise<Login> {
    return this.#logins.enter(token, who);
  }

  /** `open` tells the other server about the user, and that server decides whether it is allowed. */
  impersonate(_user: string, principal: Login): Login {
    return principal;
  }

  /** To be called when a client has logged off or disconnected. */
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
   * Sends clients to the gateway, wherever the other servers are; only the database has to be asked for. Does not use
   * the client's bookmarks: the work that follows will wait for them or fail because of them.
   */
  async route(
    { routing, database, impersonatedUser }: RouteRequest,
    context: Context<Login>,
  ): Promise<Routes> {
    const { principal, client: who } = context;
    const here = [routing["address"] ?? who.localAddress ?? "localhost:7687"];
    const table = { routers: here, readers: here, writers: here };
    // Such a user can do nothing but change the password.
    if (principal.credentialsExpired) return { ...table, database: database ?? DEFAULT_DATABASE };
    try {
      if (database === undefined) {
        const home = await homeDatabase(principal.driver, impersonatedUser);
        principal.homes.set(impersonatedUser ?? "", home);
        return { ...table, database: home };
      }
      // Checks that the database exists and that the user may use it.
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
    // More than one means that these are still the client's own: the server returned none.
    const [bookmark, ...more] = this.#session.lastBookmarks();
    return more.length > 0 ? {} : { bookmark };
  }

  /** Does nothing if the transaction has failed or was interrupted: then the connection was reset. */
  async rollback(): Promise<void> {
    try {
      await this.#transaction.rollback();
    } catch (error) {
      throw toFailure(error);
    }
  }
}

/** Passes on a result as it arrives: rows are read when the client pulls, a batch ahead at most. */
async function passOn(result: client.Result, { signal }: Context<Login>): Promise<QueryResult> {
  // Before anything arrives, so that rows are built as arrays from the start.
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
        // A client that has interrupted the query need not be told so.
        return: () => rows.return!().catch((error: unknown) => (signal.aborted ? end : fail(error))),
      }),
    },
    summary: async () => summaryOf(await result.summary().catch(fail)),
  };
}

function open(context: Context<Login>, bookmarks = context.bookmarks): client.Session {
  const { principal, database, accessMode, impersonatedUser, notificationFilter } = context;
  const { driver, version } = principal;
  // Older servers cannot filter notifications; our server package filters them anyway.
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

/** Timeout and metadata if the other server knows them, and the signal, so that aborting here aborts there. */
function termsOf({ principal, timeoutMs, metadata, signal }: Context<Login>): client.TransactionConfig {
  if (!principal.version.atLeast(3)) return { signal };
  const some = Object.keys(metadata).length > 0;
  return { signal, ...(timeoutMs !== undefined && { timeoutMs }), ...(some && { metadata }) };
}

/** Whether to name the database. Servers before Bolt 4.0 have only one, which ROUTE calls `DEFAULT_DATABASE`. */
function known(database: string | undefined, version: client.BoltVersion): database is string {
  if (database === undefined || version.atLeast(4)) return database !== undefined;
  if (database.toLowerCase() === DEFAULT_DATABASE) return false;
  throw failure("databaseNotFound", `Database does not exist. Database name: '${database}'.`);
}

/** The home database, for clients that name none: from 5.8 on the answer to RUN and BEGIN tells them which it is. */
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
    // If this fails, so will the query itself, which reports it.
    const home = await homeDatabase(driver, impersonatedUser).catch(() => undefined);
    if (home !== undefined) homes.set(user, home);
  }
  return homes.get(user);
}

/** Our driver refuses to send an empty query; servers answer like this. */
function checkText({ query }: Query): void {
  if (query.trim() === "") throw failure("syntaxError", "Unexpected end of input: the query is empty");
}
