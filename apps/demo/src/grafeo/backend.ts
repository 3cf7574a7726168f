// Grafeo behind Bolt: logins, the database name, transactions. This is all it takes to put an engine behind
// @bolt/server; the files around it translate statements, values, plans and errors.
import { createHash, timingSafeEqual } from "node:crypto";
import {
  type AuthToken,
  type Backend,
  type Context,
  failure,
  type Query,
  type RouteRequest,
  type Routes,
  type Transaction,
  type TransactionOptions,
} from "@bolt/server";
import type { GrafeoDB, Transaction as EngineTransaction } from "@grafeo-db/js";
import { toFailure } from "./errors.ts";
import { type Answer, type Engine, execute } from "./execute.ts";

export interface GrafeoOptions {
  /** The only login that is accepted; undefined accepts every login. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

/** The name of the engine's only database, which is also Neo4j's default name. */
export const DATABASE = "neo4j";

export class GrafeoBackend implements Backend {
  readonly #db: GrafeoDB;
  readonly #login: GrafeoOptions["login"];
  readonly #transactions = new WeakMap<Context, GrafeoTransaction>();

  /** Takes over the database: `close` closes it. */
  constructor(db: GrafeoDB, options: GrafeoOptions = {}) {
    this.#db = db;
    this.#login = options.login;
  }

  /** Returns the user's name. Throws Failure if user, password or scheme is wrong. */
  authenticate(token: AuthToken): string {
    const { scheme, principal = "", credentials = "" } = token;
    const login = this.#login;
    if (login && !(scheme === "basic" && same(principal, login.user) && same(credentials, login.password))) {
      throw failure("unauthorized", "The client is unauthorized due to authentication failure.");
    }
    return principal;
  }

  /** An auto-commit statement: it runs in its own transaction, which is committed before the first row is sent. */
  async run({ query, parameters }: Query, context: Context): Promise<Answer> {
    const transaction = this.#begin(context);
    const rehearse = async <T>(run: (engine: Engine) => Promise<T>): Promise<T> => {
      const rehearsal = this.#db.beginTransaction();
      try {
        return await run(rehearsal);
      } finally {
        rehearsal.rollback();
      }
    };
    try {
      const answer = await transaction.execute(query, parameters, rehearse);
      return { ...answer, summary: { ...answer.summary, ...transaction.commit() } };
    } catch (error) {
      transaction.rollback();
      throw error;
    }
  }

  begin(_options: TransactionOptions, context: Context): Transaction {
    const transaction = this.#begin(context);
    this.#transactions.set(context, transaction);
    return transaction;
  }

  /** This server in all roles, for a database that exists here; `system` comes from the system-query kit. */
  route({ routing, database = DATABASE }: RouteRequest, { client }: Context): Routes {
    if (database.toLowerCase() !== "system") checkDatabase(database);
    const here = [routing["address"] ?? client.localAddress ?? "localhost:7687"];
    return { routers: here, readers: here, writers: here, database };
  }

  /** Runs a query of our own, inside the client's transaction if there is one. */
  async ask(query: string, context: Context): Promise<readonly (readonly unknown[])[]> {
    const { records } = await (this.#transactions.get(context)?.execute(query, {}) ??
      execute(this.#db, query, {}, { readOnly: false, rehearse: undefined }));
    return [...(records as Iterable<readonly unknown[]>)];
  }

  close(): void {
    this.#db.close();
  }

  #begin(context: Context): GrafeoTransaction {
    checkDatabase(context.database || DATABASE);
    return new GrafeoTransaction(this.#db, context);
  }
}

class GrafeoTransaction implements Transaction {
  readonly #db: GrafeoDB;
  readonly #transaction: EngineTransaction;
  readonly #context: Context;
  /** The statement that the engine is running: it cannot be stopped, only awaited. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(db: GrafeoDB, context: Context) {
    this.#db = db;
    this.#transaction = db.beginTransaction();
    this.#context = context;
  }

  run({ query, parameters }: Query): Promise<Answer> {
    return this.execute(query, parameters);
  }

  /** Rejects with the signal's reason as soon as it is aborted, although the engine goes on for a while. */
  execute(
    query: string,
    parameters: Readonly<Record<string, unknown>>,
    rehearse?: <T>(run: (engine: Engine) => Promise<T>) => Promise<T>,
  ): Promise<Answer> {
    const { signal, accessMode } = this.#context;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      this.#running = execute(this.#transaction, query, parameters, {
        readOnly: accessMode === "read",
        rehearse,
      })
        .then(resolve, reject)
        .finally(() => signal.removeEventListener("abort", abort));
    });
  }

  /** The bookmark has a form that 1.x drivers can sort. */
  commit(): { bookmark: string } {
    try {
      this.#transaction.commit();
    } catch (error) {
      throw toFailure(error);
    }
    return { bookmark: `neo4j:bookmark:v1:tx${this.#db.currentEpoch()}` };
  }

  /** Takes effect when the engine has finished its statement; the changes are not visible meanwhile. */
  rollback(): void {
    void this.#running.finally(() => {
      if (this.#transaction.isActive) this.#transaction.rollback();
    });
  }
}

function checkDatabase(name: string): void {
  if (name.toLowerCase() === DATABASE) return;
  throw failure("databaseNotFound", `there is no database "${name}" here, only "${DATABASE}"`);
}

/** Compares in constant time: it does not depend on where the texts differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
