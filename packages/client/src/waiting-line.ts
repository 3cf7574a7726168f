// A queue of waiters: first come, first served. Every operation takes constant time.

export class WaitingLine<T> {
  /** In order of arrival; deleting one is a single step. */
  readonly #all: Set<T> = new Set();
  /** Stands after the last one served. A new iterator would walk over all the slots that served ones left empty. */
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
      // The iterator reached the end of an empty line once, and a finished iterator stays finished.
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
