// A first-in first-out queue whose shift() costs the same however long it is.

// An emptied array up to this length is kept, so that the next items need no new memory; a longer one is let go.
const KEPT = 16;

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

  toArray(): T[] {
    return this.#items.slice(this.#head, this.#end) as T[];
  }
}
