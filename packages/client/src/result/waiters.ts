// The waiters for the next change of a result: functions that are called once each, in the order they were added.

export class Waiters {
  // Usually there is one.
  #first: (() => void) | undefined;
  #others: (() => void)[] | undefined;

  add(waiter: () => void): void {
    if (this.#first === undefined) this.#first = waiter;
    else (this.#others ??= []).push(waiter);
  }

  get any(): boolean {
    return this.#first !== undefined;
  }

  /** Calls all of them. Functions added meanwhile are kept for the next time. */
  wake(): void {
    const first = this.#first;
    if (first === undefined) return;
    const others = this.#others;
    this.#first = this.#others = undefined;
    first();
    if (others) for (const other of others) other();
  }
}
