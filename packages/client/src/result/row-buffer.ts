// Rows that have come and were not taken: batches as they arrived, what each weighs, and where the reader is. Knows
// nothing of connections.

// What an empty buffer holds; never written to. A list that begins with an item is as long as it must be, where one
// that is pushed to has room for 16 at once: most results are one small batch.
const NO_BATCHES: unknown[][] = [];
const NO_WEIGHTS: number[] = [];

export class RowBuffer {
  /** Rows in here. */
  unread = 0;
  /** What their batches weigh, the one that is being read counted whole. */
  bytes = 0;
  #batches: unknown[][] = NO_BATCHES;
  #weights: number[] = NO_WEIGHTS;
  /** The place of the reader in the first batch. */
  #at = 0;

  add(rows: unknown[], bytes: number): void {
    if (this.#batches.length === 0) {
      this.#batches = [rows];
      this.#weights = [bytes];
    } else {
      this.#batches.push(rows);
      this.#weights.push(bytes);
    }
    this.unread += rows.length;
    this.bytes += bytes;
  }

  /** The next row; only when there is one. */
  take(): unknown {
    const batch = this.#batches[0]!;
    const row = batch[this.#at];
    this.unread--;
    if (++this.#at === batch.length) {
      this.#batches.shift();
      this.bytes -= this.#weights.shift()!;
      this.#at = 0;
    }
    return row;
  }

  /** The row that take() would return. */
  peek(): unknown {
    return this.#batches[0]![this.#at];
  }

  /** All rows, taken. */
  takeAll(): unknown[] {
    const batches = this.#batches;
    let rows: unknown[];
    if (batches.length === 1 && this.#at === 0) {
      rows = batches[0]!;
    } else {
      rows = [];
      for (let i = 0; i < batches.length; i++) {
        const batch = batches[i]!;
        for (let j = i === 0 ? this.#at : 0; j < batch.length; j++) rows.push(batch[j]);
      }
    }
    this.drop();
    return rows;
  }

  /** Forgets all rows. */
  drop(): void {
    this.#batches = NO_BATCHES;
    this.#weights = NO_WEIGHTS;
    this.#at = this.unread = this.bytes = 0;
  }
}
