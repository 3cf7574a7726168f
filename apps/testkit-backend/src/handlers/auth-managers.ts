// Auth managers that ask TestKit for tokens.
import { auth, type AuthManager } from "@bolt/client";
import { answer, type Handlers } from "../context.ts";
import { readToken, writeToken } from "../tokens.ts";

/** A manager, stored by id. */
export class Manager {
  readonly manager: AuthManager;

  constructor(manager: AuthManager) {
    this.manager = manager;
  }
}

export const authManagers: Handlers = {
  NewAuthTokenManager: (_data, context) => {
    const manager: AuthManager = {
      async getToken() {
        const { auth: token } = await context.ask("AuthTokenManagerGetAuthRequest", {
          authTokenManagerId: id,
        });
        return readToken(token);
      },
      async handleSecurityFailure(token, errorCode) {
        const { handled } = await context.ask("AuthTokenManagerHandleSecurityExceptionRequest", {
          authTokenManagerId: id,
          auth: writeToken(token),
          errorCode,
        });
        return handled as boolean;
      },
    };
    const id = context.keep(new Manager(manager));
    return answer("AuthTokenManager", { id });
  },

  NewBasicAuthTokenManager: (_data, context) => {
    const manager = auth.rotating(async () => {
      const { auth: token } = await context.ask("BasicAuthTokenProviderRequest", {
        basicAuthTokenManagerId: id,
      });
      return readToken(token);
    });
    const id = context.keep(new Manager(manager));
    return answer("BasicAuthTokenManager", { id });
  },

  NewBearerAuthTokenManager: (_data, context) => {
    const manager = auth.expiring(async () => {
      const given = await context.ask("BearerAuthTokenProviderRequest", { bearerAuthTokenManagerId: id });
      const { data } = given["auth"] as { data: { auth: unknown; expiresInMs: number | null } };
      return { token: readToken(data.auth), expiresInMs: data.expiresInMs ?? undefined };
    });
    const id = context.keep(new Manager(manager));
    return answer("BearerAuthTokenManager", { id });
  },

  AuthTokenManagerClose: ({ id }, context) => {
    context.forget(id);
    return answer("AuthTokenManager", { id });
  },
};
