// Who waits for a turn: first come, first served. Everything costs the same however many there are.

export class WaitingLine<T> {
  /** In the order of arrival; who gives up leaves in one step. */
  readonly #all: Set<T> = new Set();
  /** Stands behind whoever was served last. A fresh one would walk again over all the places that they left empty. */
  #next = this.#all.values();

  get length(): number {
    return this.#all.size;
  }

  push(item: T): void {
    this.#all.add(item);
  }

  delete(item: T): void {
    this.#all.delete(item);
  }

  shift(): T | undefined {
    if (this.#all.size === 0) return undefined;
    let next = this.#next.next();
    if (next.done) {
      // It was here when the line was empty, and stays finished.
      this.#next = this.#all.values();
      next = this.#next.next();
    }
    this.#all.delete(next.value!);
    return next.value;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#all.values();
  }
}
