// A clock that stands still until told otherwise. Timers run in the order of their time; between them all due
// promises get their turn, so that tests need no sleep.
import type { Clock } from "../src/clock.ts";

export class FakeClock implements Clock {
  #now = 1_000_000;
  #next = 1;
  readonly #timers: Map<number, { readonly at: number; readonly callback: () => void }> = new Map();
  /** What `random` returns. */
  chance = 0.5;

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#timers.set(this.#next, { at: this.#now + delayMs, callback });
    return this.#next++;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Number of timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Advances the time, firing the timers that become due. */
  async tick(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
      await settle();
    }
    this.#now = end;
  }
}

/** Runs everything that waits only for its turn: promises, microtasks, immediates. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
