// A queue. Knows nothing of what is in it.

// An emptied array up to this length is kept, so that the next items need no new memory; a longer one is let go.
const KEPT = 16;

/** First in, first out, at constant cost however long it is: for handlers that wait for answers, which come in order. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#head;
  }

  push(item: T): void {
    this.#items[this.#end++] = item;
  }

  /** The item that is next to leave; undefined if there is none. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#head === this.#end) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#end) {
      this.#head = this.#end = 0;
      if (this.#items.length > KEPT) this.#items = [];
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#end) {
      this.#items = this.#items.slice(this.#head, this.#end);
      this.#end -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** All items, the next one first; they stay. */
  toArray(): T[] {
    return this.#items.slice(this.#head, this.#end) as T[];
  }
}
