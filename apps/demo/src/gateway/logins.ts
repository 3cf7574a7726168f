// Who is logged in at the gateway, and the drivers that act for them on the server behind it: one for each login, for as
// long as any client uses it. Secrets leave this file only for a driver.
import { createHash } from "node:crypto";
import { type AuthToken, BoltVersion, type Driver, driver, type DriverConfig } from "@bolt/client";
import { type Client, Failure, failure } from "@bolt/server";
import { toFailure } from "./failures.ts";
import { isNoCommonVersion, offersFor } from "./versions.ts";

/** The name that clients see for the database of a server before Bolt 4.0, which has no names. */
export const DEFAULT_DATABASE = "neo4j";

/** A login that was accepted: what the server package calls the principal. */
export interface Login {
  readonly driver: Driver;
  /** The Bolt version that the server behind the gateway speaks with us. */
  readonly version: BoltVersion;
  /** Read by the server package: the client is told to change its password. */
  readonly credentialsExpired: boolean;
  /** Home databases by user; the empty string stands for the user who has logged in. */
  readonly homes: Map<string, string>;
}

interface Shared {
  readonly key: string;
  readonly login: Login;
  clients: number;
}

const EXPIRED = "Neo.ClientError.Security.CredentialsExpired";

/** Follows the name of the client in the other server's lists and logs. */
const AGENT = "bolt-gateway/0.1.0";

/** Unused upstream connections are closed after this time. */
const IDLE_MS = 60_000;

export class Logins {
  readonly #uri: string;
  readonly #config: DriverConfig;
  readonly #shared = new Map<string, Shared>();
  /** By connection; undefined while its login is in progress. */
  readonly #clients = new Map<string, Shared | undefined>();
  /** The versions that the other server accepted last, by the client's version. */
  readonly #offers = new Map<string, readonly string[]>();

  constructor(uri: string, config: DriverConfig = {}) {
    this.#uri = uri;
    this.#config = {
      ...config,
      // So that 1.0 does not become 1 on the way.
      floats: "wrap",
      pool: { maxSize: 1000, idleTimeoutMs: IDLE_MS, ...config.pool },
      // The client sees every failure and decides.
      retry: { autoCommit: false },
    };
  }

  /** Logs a client in, replacing its earlier login. Throws the other server's refusal. */
  async enter(token: AuthToken, { connectionId, version, userAgent }: Client): Promise<Login> {
    this.leave(connectionId);
    this.#clients.set(connectionId, undefined);
    const key = digest(version, userAgent, token);
    let shared = await this.#known(key, token);
    if (!shared) {
      const login = await this.#open(token, version, userAgent);
      // Another client may have used the same login meanwhile.
      shared = this.#shared.get(key) ?? { key, login, clients: 0 };
      if (shared.login !== login) void login.driver.close();
    }
    if (!this.#clients.has(connectionId)) {
      this.#release(shared);
      throw failure("terminated", "the client is gone");
    }
    this.#shared.set(key, shared);
    this.#clients.set(connectionId, shared);
    shared.clients++;
    return shared.login;
  }

  /** The client has disconnected, or logs in again. */
  leave(connectionId: string): void {
    const shared = this.#clients.get(connectionId);
    this.#clients.delete(connectionId);
    if (!shared) return;
    shared.clients--;
    this.#release(shared);
  }

  async close(): Promise<void> {
    this.#clients.clear();
    await Promise.all([...this.#shared.values()].map(({ login }) => login.driver.close()));
  }

  #release(shared: Shared): void {
    if (shared.clients > 0) return;
    if (this.#shared.get(shared.key) === shared) this.#shared.delete(shared.key);
    void shared.login.driver.close();
  }

  /** A login that other clients already use, verified again because passwords change; undefined if not usable. */
  async #known(key: string, token: AuthToken): Promise<Shared | undefined> {
    const shared = this.#shared.get(key);
    if (!shared) return undefined;
    try {
      // False does not say why: then a new attempt gets the reason from the server.
      const good = await shared.login.driver.verifyAuthentication(token);
      // Its last client may have left meanwhile, and the driver with it.
      return good && this.#shared.get(key) === shared ? shared : undefined;
    } catch (error) {
      if (this.#shared.get(key) !== shared) return undefined;
      throw toFailure(error);
    }
  }

  async #open(token: AuthToken, clientVersion: string, clientAgent: string): Promise<Login> {
    const known = this.#offers.get(clientVersion);
    // The known offer first; then all, since the other server may have been replaced meanwhile.
    const offers = [...(known ? [known] : []), ...offersFor(clientVersion)];
    for (let at = 0; ; at++) {
      const versions = offers[at]!;
      const userAgent = `${clientAgent} via ${AGENT}`.trimStart();
      const made = driver(this.#uri, token, { userAgent, ...this.#config, versions });
      try {
        const { protocolVersion } = await made.getServerInfo();
        this.#offers.set(clientVersion, versions);
        return await this.#loginOf(made, BoltVersion.parse(protocolVersion));
      } catch (error) {
        await made.close();
        if (at + 1 === offers.length || !isNoCommonVersion(error)) throw toFailure(error);
      }
    }
  }

  /** Finds out the rest about a login through a query. */
  async #loginOf(made: Driver, version: BoltVersion): Promise<Login> {
    const homes = new Map<string, string>();
    let credentialsExpired = false;
    try {
      homes.set("", await homeDatabase(made));
    } catch (error) {
      // Any other failure concerns a database, not the login.
      if (!(error instanceof Failure)) throw error;
      credentialsExpired = error.code === EXPIRED;
    }
    return { driver: made, version, credentialsExpired, homes };
  }
}

/** The home database of a user, found out by running a query there. */
export async function homeDatabase(upstream: Driver, impersonatedUser?: string): Promise<string> {
  const session = upstream.session({
    mode: "read",
    ...(impersonatedUser !== undefined && { impersonatedUser }),
  });
  const { database = DEFAULT_DATABASE } = await session.run("RETURN 1").summary();
  return database;
}

/** A key that distinguishes logins without keeping their secrets. */
function digest(version: string, userAgent: string, token: AuthToken): string {
  const { scheme, principal, realm, credentials, parameters } = token;
  const all = [version, userAgent, scheme, principal, realm, credentials, parameters];
  const text = JSON.stringify(all, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  return createHash("sha256").update(text).digest("base64");
}
