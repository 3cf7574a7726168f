// Who waits for the next change of a result. Knows functions to be called, once each, in the order in which they came.

export class Waiters {
  // Mostly there is one.
  #first: (() => void) | undefined;
  #others: (() => void)[] | undefined;

  add(waiter: () => void): void {
    if (this.#first === undefined) this.#first = waiter;
    else (this.#others ??= []).push(waiter);
  }

  get any(): boolean {
    return this.#first !== undefined;
  }

  /** Calls all of them. Whoever comes meanwhile is for the next time. */
  wake(): void {
    const first = this.#first;
    if (first === undefined) return;
    const others = this.#others;
    this.#first = this.#others = undefined;
    first();
    if (others) for (const other of others) other();
  }
}
