// Slows down whoever tries passwords: counts failed logins by user and address, and refuses both for a while.
// Knows no connection and no password.
import type { Clock } from "../clock.ts";
import type { Limits } from "../config.ts";

interface Attempts {
  failed: number;
  /** When the count is forgotten. */
  until: number;
}

/** Beyond so many users and addresses the oldest are forgotten: a flood must not fill the memory. */
const MAX_ENTRIES = 10_000;

export class LoginGuard {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #attempts = new Map<string, Attempts>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** No further try is looked at for now. */
  isLocked(key: string): boolean {
    return (this.#current(key)?.failed ?? 0) >= (this.#limits.maxFailedLogins || Infinity);
  }

  failed(key: string): void {
    const failed = (this.#current(key)?.failed ?? 0) + 1;
    this.#attempts.delete(key);
    this.#attempts.set(key, { failed, until: this.#clock.now() + this.#limits.failedLoginLockMs });
    if (this.#attempts.size > MAX_ENTRIES) {
      const oldest = this.#attempts.keys().next();
      if (!oldest.done) this.#attempts.delete(oldest.value);
    }
  }

  succeeded(key: string): void {
    this.#attempts.delete(key);
  }

  #current(key: string): Attempts | undefined {
    const attempts = this.#attempts.get(key);
    if (!attempts || attempts.until > this.#clock.now()) return attempts;
    this.#attempts.delete(key);
    return undefined;
  }
}
