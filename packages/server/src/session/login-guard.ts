// Slows down the guessing of passwords: counts failed logins of a user from an address, and refuses this pair for a
// while. Knows no connection and no password.
import type { Config } from "../config.ts";

interface Attempts {
  failed: number;
  /** When the count is forgotten. */
  until: number;
}

/** Beyond this many pairs the oldest are forgotten: a flood must not fill the memory. */
const MAX_ENTRIES = 10_000;

export class LoginGuard {
  readonly #config: Pick<Config, "clock" | "limits">;
  readonly #attempts = new Map<string, Attempts>();

  constructor(config: Pick<Config, "clock" | "limits">) {
    this.#config = config;
  }

  /** Whether further attempts are refused for now. */
  isLocked(key: string): boolean {
    return (this.#current(key)?.failed ?? 0) >= this.#config.limits.maxFailedLogins;
  }

  failed(key: string): void {
    const failed = (this.#current(key)?.failed ?? 0) + 1;
    this.#attempts.delete(key);
    const { clock, limits } = this.#config;
    this.#attempts.set(key, { failed, until: clock.now() + limits.failedLoginLockMs });
    if (this.#attempts.size > MAX_ENTRIES) this.#attempts.delete(this.#attempts.keys().next().value!);
  }

  succeeded(key: string): void {
    this.#attempts.delete(key);
  }

  #current(key: string): Attempts | undefined {
    const attempts = this.#attempts.get(key);
    if (!attempts || attempts.until > this.#config.clock.now()) return attempts;
    this.#attempts.delete(key);
    return undefined;
  }
}
