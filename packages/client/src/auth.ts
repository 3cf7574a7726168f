// Who the driver logs in as: plain tokens, and managers that renew them. Knows no connection; what it is
// told by servers are codes. Nothing here prints a secret.
import { AuthToken } from "@bolt/protocol";
import type { AuthTokenInit } from "@bolt/protocol";
import { ConfigError } from "./errors.ts";

/** What a manager is given when a token is wanted. */
export interface AuthContext {
  /** The driver's clock, in milliseconds. */
  now(): number;
}

/** Where tokens come from. Asked each time a connection is taken, so it should answer from memory as a rule. */
export interface AuthManager {
  /** The token to use now. */
  getToken(context: AuthContext): AuthToken | Promise<AuthToken>;
  /** The same token when it is at hand, without side effects: saves promises where speed matters. */
  peek?(context: AuthContext): AuthToken | undefined;
  /**
   * A server refused `token` with `code` (`Neo.ClientError.Security.*`). True: the next `getToken` will
   * give another one, so that the failed work may be retried.
   */
  handleSecurityFailure(token: AuthToken, code: string): boolean | Promise<boolean>;
}

/** A token that is good for a while. */
export interface ExpiringToken {
  readonly token: AuthToken;
  /** Milliseconds from now until it has to be renewed; undefined: until a server refuses it. */
  readonly expiresInMs?: number | undefined;
}

/** Fetches a token: from a file, a vault, an identity provider. Called once at a time. */
export type TokenProvider = () => AuthToken | ExpiringToken | Promise<AuthToken | ExpiringToken>;

/** What `driver` takes for a login. A function is the same as `auth.expiring` of it. */
export type AuthSource = AuthToken | AuthTokenInit | AuthManager | TokenProvider;

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";
const TOKEN_EXPIRED = "Neo.ClientError.Security.TokenExpired";

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new ConfigError(`${what} must be a string, not ${typeof value}`);
  return value;
}

/** Makers of tokens and of managers that renew tokens. */
export const auth = {
  /** User name and password. */
  basic: (username: string, password: string, realm?: string): AuthToken =>
    new AuthToken({
      scheme: "basic",
      principal: text(username, "the user name"),
      credentials: text(password, "the password"),
      realm,
    }),
  /** A token of single sign-on. */
  bearer: (token: string): AuthToken =>
    new AuthToken({ scheme: "bearer", credentials: text(token, "the token") }),
  /** A base64 Kerberos ticket. */
  kerberos: (ticket: string): AuthToken =>
    new AuthToken({ scheme: "kerberos", principal: "", credentials: text(ticket, "the ticket") }),
  /** For servers that ask for no login. */
  none: (): AuthToken => new AuthToken({ scheme: "none" }),
  /** A scheme of the server's own. Empty strings of `credentials` and `realm` are left out. */
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
  /** Tokens that expire: asks `provider` again when the time is over, or on TokenExpired or Unauthorized. */
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
    // One renewal serves all who wait; a failed one is tried again by the next who asks.
    return (this.#renewal ??= this.#renew(context).finally(() => (this.#renewal = undefined)));
  }

  handleSecurityFailure(token: AuthToken, code: string): boolean {
    if (!this.#codes.includes(code)) return false;
    // A late complaint about a token that has been replaced in the meantime must not void its successor.
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

/** The manager of a token that stays. */
const keeping = (token: AuthToken): AuthManager => ({
  peek: () => token,
  getToken: () => token,
  handleSecurityFailure: () => false,
});

/** The manager behind what a user gave for a login; nothing given is `auth.none()`. */
export function toAuthManager(source: AuthSource | undefined): AuthManager {
  if (source === undefined) return keeping(auth.none());
  if (typeof source === "function") return auth.expiring(source);
  if (typeof source === "object" && source !== null && "getToken" in source) return source;
  return keeping(toToken(source, ", an auth manager or a function"));
}

/** The token that somebody has given. Throws ConfigError for anything else; `or` names what would do besides. */
export function toToken(given: unknown, or = ""): AuthToken {
  if (given instanceof AuthToken) return given;
  const { scheme } = (given ?? {}) as Partial<AuthTokenInit>;
  if (typeof scheme === "string") return AuthToken.from(given as AuthTokenInit);
  throw new ConfigError(`the login must be a token, as auth.basic(user, password)${or}`);
}

/** All of a token as one text, which is a secret. */
export const tokenKey = ({ scheme, principal, credentials, realm, parameters }: AuthToken): string =>
  JSON.stringify([scheme, principal, credentials, realm, parameters], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );

/** Whether two tokens log in as the same. */
export const sameToken = (a: AuthToken, b: AuthToken): boolean => a === b || tokenKey(a) === tokenKey(b);
