// A clock that a test can take over: the machine's clock until install(), then one that only tick() moves, and the
// machine's again after uninstall().
import { type Clock, systemClock } from "@bolt/client";

interface Timer {
  readonly callback: () => void;
  readonly at: number;
  /** The machine's timer behind it, while the clock is not taken over. */
  real: unknown;
}

export class TestClock implements Clock {
  #frozenAt: number | undefined;
  readonly #timers: Set<Timer> = new Set();

  now(): number {
    return this.#frozenAt ?? systemClock.now();
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer: Timer = { callback, at: this.now() + delayMs, real: undefined };
    this.#timers.add(timer);
    if (this.#frozenAt === undefined) this.#start(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    const timer = handle as Timer | undefined;
    if (timer && this.#timers.delete(timer)) systemClock.clearTimeout(timer.real);
  }

  install(): void {
    this.#frozenAt = systemClock.now();
    for (const timer of this.#timers) systemClock.clearTimeout(timer.real);
  }

  tick(ms: number): void {
    const until = this.now() + ms;
    for (let next; (next = this.#next(until));) {
      this.#frozenAt = Math.max(this.now(), next.at);
      this.#fire(next);
    }
    this.#frozenAt = until;
  }

  uninstall(): void {
    this.#frozenAt = undefined;
    for (const timer of this.#timers) this.#start(timer);
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && !(first && first.at <= timer.at)) first = timer;
    }
    return first;
  }

  #start(timer: Timer): void {
    timer.real = systemClock.setTimeout(() => this.#fire(timer), Math.max(0, timer.at - this.now()));
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.callback();
  }
}
