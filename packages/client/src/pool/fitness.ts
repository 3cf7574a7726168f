// Whether a connection of the pool may be lent: its age, its idle time, and a liveness check where one is due. Knows
// one connection at a time.
import type { AuthToken } from "@bolt/protocol";
import type { Config } from "../config.ts";
import type { Deadline } from "../deadline.ts";
import { canLogIn } from "./logins.ts";
import type { AcquireRequest } from "./provider.ts";
import type { Entry } from "./server-pool.ts";

/** Whether the connection is open and not too old. `now` is the clock's. */
export function isFresh({ pool }: Config, { connection }: Entry, now: number): boolean {
  return connection.isOpen && now - connection.createdAt <= pool.maxLifetimeMs;
}

/** Whether the connection was idle for so long that it may have died, or a check is requested. */
export function needsCheck(
  { pool }: Config,
  { idleSince }: Entry,
  { probe }: AcquireRequest,
  now: number,
): boolean {
  return probe === true || now - idleSince >= pool.livenessCheckMs;
}

/** Does all checks, with a RESET where one is due. Never rejects. */
export async function isFit(
  config: Config,
  entry: Entry,
  token: AuthToken,
  request: AcquireRequest,
  deadline: Deadline,
): Promise<boolean> {
  const now = config.clock.now();
  if (!isFresh(config, entry, now) || !canLogIn(entry, token, request)) return false;
  if (!needsCheck(config, entry, request, now)) return true;
  deadline.doing = `checking an idle connection to ${entry.server.address.toString()}`;
  try {
    await deadline.race(entry.connection.reset());
    return true;
  } catch {
    // The next deadline.check() throws the deadline's error; a dead idle connection is no error.
    return false;
  }
}
