// The driver's login: plain tokens, and managers that renew them. Knows no connection, and of servers only
// their error codes. Nothing here prints a secret.
import { AuthToken, type AuthTokenInit } from "@bolt/protocol";
import { ConfigError } from "./errors.ts";

/** What a manager receives when it is asked for a token. */
export interface AuthContext {
  /** The driver's clock, in milliseconds. */
  now(): number;
}

/** Provides tokens. Asked each time a connection is acquired, so it should usually answer from memory. */
export interface AuthManager {
  /** The token to use now. */
  getToken(context: AuthContext): AuthToken | Promise<AuthToken>;
  /** The same token if it is available at once, without side effects: saves a promise where speed matters. */
  peek?(context: AuthContext): AuthToken | undefined;
  /**
   * Called when a server refused `token` with `code` (`Neo.ClientError.Security.*`). Return true if the next
   * `getToken` will give another token: then the failed work may be retried.
   */
  handleSecurityFailure(token: AuthToken, code: string): boolean | Promise<boolean>;
}

/** A token that is valid for a limited time. */
export interface ExpiringToken {
  readonly token: AuthToken;
  /** Milliseconds from now until it must be renewed; undefined: valid until a server refuses it. */
  readonly expiresInMs?: number | undefined;
}

/** Fetches a token: from a file, a vault, an identity provider. Never called again before it has settled. */
export type TokenProvider = () => AuthToken | ExpiringToken | Promise<AuthToken | ExpiringToken>;

/** What `driver` accepts as a login. A function `f` is the same as `auth.expiring(f)`. */
export type AuthSource = AuthToken | AuthTokenInit | AuthManager | TokenProvider;

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";
const TOKEN_EXPIRED = "Neo.ClientError.Security.TokenExpired";

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new ConfigError(`${what} must be a string, not ${typeof value}`);
  return value;
}

/** Makes tokens, and managers that renew tokens. */
export const auth = {
  /** User name and password. */
  basic: (username: string, password: string, realm?: string): AuthToken =>
    new AuthToken({
      scheme: "basic",
      principal: text(username, "the user name"),
      credentials: text(password, "the password"),
      realm,
    }),
  /** A single sign-on token. */
  bearer: (token: string): AuthToken =>
    new AuthToken({ scheme: "bearer", credentials: text(token, "the token") }),
  /** A base64 Kerberos ticket. */
  kerberos: (ticket: string): AuthToken =>
    new AuthToken({ scheme: "kerberos", principal: "", credentials: text(ticket, "the ticket") }),
  /** No login, for servers that ask for none. */
  none: (): AuthToken => new AuthToken({ scheme: "none" }),
  /** A scheme of the server's own. Empty `credentials` and `realm` are left out. */
  custom: (
    principal: string,
    credentials: string | undefined,
    realm: string | undefined,
    scheme: string,
    parameters?: Readonly<Record<string, unknown>>,
  ): AuthToken =>
    new AuthToken({
      scheme: text(scheme, "the scheme"),
      principal,
      credentials: credentials || undefined,
      realm: realm || undefined,
      parameters: parameters && Object.keys(parameters).length > 0 ? parameters : undefined,
    }),
  /** Passwords that change: asks `provider` again when a server answers Unauthorized. */
  rotating: (provider: TokenProvider): AuthManager => new RenewedToken(provider, [UNAUTHORIZED]),
  /** Tokens that expire: asks `provider` again when a token's time is up, or on TokenExpired or Unauthorized. */
  expiring: (provider: TokenProvider): AuthManager =>
    new RenewedToken(provider, [TOKEN_EXPIRED, UNAUTHORIZED]),
};

class RenewedToken implements AuthManager {
  readonly #provider: TokenProvider;
  readonly #codes: readonly string[];
  #current: AuthToken | undefined;
  #expiresAt = 0;
  #renewal: Promise<AuthToken> | undefined;

  constructor(provider: TokenProvider, codes: readonly string[]) {
    this.#provider = provider;
    this.#codes = codes;
  }

  peek(context: AuthContext): AuthToken | undefined {
    return context.now() < this.#expiresAt ? this.#current : undefined;
  }

  getToken(context: AuthContext): AuthToken | Promise<AuthToken> {
    const current = this.peek(context);
    if (current) return current;
    // All waiting callers share one renewal; after a failed one, the next call tries again.
    return (this.#renewal ??= this.#renew(context).finally(() => (this.#renewal = undefined)));
  }

  handleSecurityFailure(token: AuthToken, code: string): boolean {
    if (!this.#codes.includes(code)) return false;
    // A late refusal of a token that has since been replaced must not void its successor.
    if (this.#current && sameToken(token, this.#current)) this.#current = undefined;
    return true;
  }

  async #renew(context: AuthContext): Promise<AuthToken> {
    const given: unknown = await this.#provider();
    const isExpiring = typeof given === "object" && given !== null && "token" in given;
    const { token, expiresInMs = Infinity } = (isExpiring ? given : { token: given }) as ExpiringToken;
    this.#expiresAt = context.now() + expiresInMs;
    return (this.#current = toToken(token));
  }
}

/** A manager for a token that never changes. */
const keeping = (token: AuthToken): AuthManager => ({
  peek: () => token,
  getToken: () => token,
  handleSecurityFailure: () => false,
});

/** Makes a manager of what a user gave as a login; undefined is `auth.none()`. */
export function toAuthManager(source: AuthSource | undefined): AuthManager {
  if (source === undefined) return keeping(auth.none());
  if (typeof source === "function") return auth.expiring(source);
  if (typeof source === "object" && source !== null && "getToken" in source) return source;
  return keeping(toToken(source, ", an auth manager or a function"));
}

/** Makes an AuthToken of what was given. Throws ConfigError for anything else; `or` names the alternatives. */
export function toToken(given: unknown, or = ""): AuthToken {
  if (given instanceof AuthToken) return given;
  const { scheme } = (given ?? {}) as Partial<AuthTokenInit>;
  if (typeof scheme === "string") return AuthToken.from(given as AuthTokenInit);
  throw new ConfigError(`the login must be a token, as auth.basic(user, password)${or}`);
}

/** The whole token as one string, which is a secret. */
export const tokenKey = ({ scheme, principal, credentials, realm, parameters }: AuthToken): string =>
  JSON.stringify([scheme, principal, credentials, realm, parameters], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );

/** Whether two tokens are the same login. */
export const sameToken = (a: AuthToken, b: AuthToken): boolean => a === b || tokenKey(a) === tokenKey(b);
