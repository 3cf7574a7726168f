// Time that stands still until a test moves it. What is deferred runs when the test lets things settle.
import type { Clock } from "../src/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  readonly hold: boolean;
}

export class FakeClock implements Clock {
  #now = 1000;
  #ids = 0;
  readonly #timers = new Map<number, Timer>();
  #deferred: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number, hold = false): number {
    this.#timers.set(++this.#ids, { at: this.#now + delayMs, callback, hold });
    return this.#ids;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Whether a timer would keep the process from exiting. */
  get holds(): boolean {
    return [...this.#timers.values()].some(({ hold }) => hold);
  }

  /** Moves time without letting anything happen, as when a backend blocks the thread. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** One turn of the event loop: promises, then what was deferred until now. */
  async turn(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const callback of deferred) callback();
    return deferred.length > 0;
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    while (await this.turn());
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#deferred.length > 0) await this.settle();
  }

  /** Moves time on, and rings what is due on the way, in order. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(([, { at }]) => at <= end)
        .toSorted(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
      await this.settle();
    }
    this.#now = end;
    await this.settle();
  }
}
