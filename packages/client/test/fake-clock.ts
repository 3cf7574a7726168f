// A clock that stands still until it is told otherwise. Timers run in the order of their time; between them
// everything that is due in promises gets its turn, so that a test needs no sleep.
import type { Clock } from "../src/clock.ts";

export class FakeClock implements Clock {
  #now = 1_000_000;
  #next = 1;
  readonly #timers: Map<number, { readonly at: number; readonly callback: () => void }> = new Map();
  /** What `random` gives. */
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

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on, firing what is due on the way. */
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

/** Lets everything happen that waits for nothing but its turn: promises, microtasks, immediates. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
