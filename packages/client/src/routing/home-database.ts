// Remembers the home database of each user, as last seen. Only a guess: the server decides, and names the
// database with each transaction. Knows users by keys.
import { tokenKey } from "../auth.ts";
import type { AcquireRequest } from "../pool/provider.ts";

/** Most users to remember; the least recently seen are forgotten first. */
const MAX_USERS = 10_000;

export class HomeDatabaseCache {
  // A Map keeps the order of insertion: the first user is the least recently seen.
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

/** A key for the user that a request acts as: the impersonated one, the session's own login, or the driver's. */
export function userOf({ impersonatedUser, auth }: AcquireRequest): string {
  if (impersonatedUser !== undefined) return `basic ${impersonatedUser}`;
  if (!auth) return "";
  return auth.scheme === "basic" ? `basic ${auth.principal}` : tokenKey(auth);
}
