// Which database is home to which user, as far as it was seen. Only a guess: the server has the last word
// and says it with each transaction. Knows users by keys.
import { tokenKey } from "../auth.ts";
import type { AcquireRequest } from "../pool/provider.ts";

/** Users remembered at most; those not seen for longest are forgotten. */
const MAX_USERS = 10_000;

export class HomeDatabaseCache {
  // A Map keeps the order of insertion: the first is the one not seen for longest.
  readonly #names: Map<string, string> = new Map();

  get(user: string): string | undefined {
    const name = this.#names.get(user);
    if (name !== undefined) this.set(user, name);
    return name;
  }

  set(user: string, name: string): void {
    this.#names.delete(user);
    this.#names.set(user, name);
    if (this.#names.size > MAX_USERS) this.#names.delete(this.#names.keys().next().value!);
  }
}

/** Who a request is made for: impersonated, the session's own login, or the driver's. */
export function userOf({ impersonatedUser, auth }: AcquireRequest): string {
  if (impersonatedUser !== undefined) return `basic ${impersonatedUser}`;
  if (!auth) return "";
  return auth.scheme === "basic" ? `basic ${auth.principal}` : tokenKey(auth);
}
