// Checks what a backend returns, where a mistake would not show by itself: it is reported to the operator, or else rows
// would be missing, or no driver could read a routing table. Knows shapes, no requests.
import type { QueryResult, Routes, Transaction } from "../backend.ts";
import { isPromiseLike } from "../maybe-promise.ts";
import { kindOf } from "../option-checks.ts";

/** The backend broke its contract: logged for the operator, not sent to the client. */
export class BackendError extends TypeError {}

/** Says what was expected and what came. */
export function wrongShape(expected: string, came: unknown): BackendError {
  // A forgotten `await` must not end the process as well, should the promise reject.
  if (isPromiseLike(came)) void Promise.resolve(came).catch(() => {});
  return new BackendError(`${expected}, got ${kindOf(came)}`);
}

/** What rows are called elsewhere: under such a name they would silently be missing. */
const OTHER_NAMES = /^(rows?|record|results?|data|values|items)$/i;

const areStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

export function checkResult(result: QueryResult): void {
  const { keys, records } = result ?? {};
  if (!areStrings(keys)) {
    // Arrays have a method `keys`.
    const came = typeof keys === "function" ? result : (keys ?? result);
    throw wrongShape("run must return { keys, records }, keys being an array of strings", came);
  }
  if (records !== undefined || keys.length === 0) return;
  for (const [name, value] of Object.entries(result)) {
    if (!OTHER_NAMES.test(name) || typeof value !== "object" || value === null) continue;
    throw wrongShape("the rows of a result are its records", result);
  }
}

export function checkTransaction(transaction: Transaction): void {
  for (const method of ["run", "commit", "rollback"] as const) {
    if (typeof transaction?.[method] === "function") continue;
    throw wrongShape("begin must return { run, commit, rollback }", transaction);
  }
}

export function checkRoutes(routes: Routes): void {
  const { routers, readers, writers, ttlSeconds = 0 } = routes ?? {};
  for (const list of [routers, readers, writers]) {
    if (areStrings(list)) continue;
    throw wrongShape("route must return { routers, readers, writers }, arrays of host:port", list ?? routes);
  }
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 0) {
    throw new BackendError(`ttlSeconds must be a whole number, got ${ttlSeconds}`);
  }
}
