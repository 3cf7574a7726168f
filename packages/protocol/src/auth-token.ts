// The authentication token of INIT, HELLO and LOGON. It knows what is secret: printing it in any way,
// by console.log, JSON.stringify or a template, shows stars.
import { showAsJson } from "./structures/checks.ts";

/** Stands for a secret wherever a message is printed. */
export const STARS = "*****";

/** A plain token, as users write it: the entries of the specification. */
export interface AuthTokenInit {
  /** `none`, `basic`, `bearer`, `kerberos`, or the name of a custom scheme. */
  readonly scheme: string;
  readonly principal?: string | undefined;
  readonly credentials?: string | undefined;
  readonly realm?: string | undefined;
  /** Only custom schemes take parameters. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** Spec: Bolt message specification, LOGON `auth`. */
export class AuthToken implements AuthTokenInit {
  readonly scheme: string;
  readonly principal: string | undefined;
  readonly realm: string | undefined;
  // Private fields with accessors: no enumeration, spread or inspection reaches them by accident.
  readonly #credentials: string | undefined;
  readonly #parameters: Readonly<Record<string, unknown>> | undefined;

  constructor(init: AuthTokenInit) {
    this.scheme = init.scheme;
    this.principal = init.principal;
    this.realm = init.realm;
    this.#credentials = init.credentials;
    this.#parameters = init.parameters;
  }

  static from(init: AuthTokenInit): AuthToken {
    return init instanceof AuthToken ? init : new AuthToken(init);
  }

  /** The secret itself. */
  get credentials(): string | undefined {
    return this.#credentials;
  }

  /** A custom scheme's own fields, any of which may be secret. */
  get parameters(): Readonly<Record<string, unknown>> | undefined {
    return this.#parameters;
  }

  /** The same token with stars for everything secret: what observers see packed. */
  redacted(): AuthToken {
    return new AuthToken(this.toJSON());
  }

  toJSON(): AuthTokenInit {
    const secret = this.#parameters;
    return {
      scheme: this.scheme,
      principal: this.principal,
      credentials: this.#credentials === undefined ? undefined : STARS,
      realm: this.realm,
      parameters: secret && Object.fromEntries(Object.keys(secret).map((key) => [key, STARS])),
    };
  }

  toString(): string {
    return `AuthToken ${JSON.stringify(this)}`;
  }
}

showAsJson(AuthToken);
