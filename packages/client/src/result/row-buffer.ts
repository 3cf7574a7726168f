// Rows that have arrived but are not yet taken: the batches, the size of each in bytes, and the reader's position.
// Knows nothing of connections.

// The lists of an empty buffer; never written to. A list created with one item takes no spare room, while pushing to an
// empty one reserves room for 16: most results are a single small batch.
const NO_BATCHES: unknown[][] = [];
const NO_WEIGHTS: number[] = [];

export class RowBuffer {
  /** Number of rows held. */
  unread = 0;
  /** Size of their batches in bytes; the batch being read counts in full. */
  bytes = 0;
  #batches: unknown[][] = NO_BATCHES;
  #weights: number[] = NO_WEIGHTS;
  /** The reader's position in the first batch. */
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

  /** Takes the next row; call only if there is one. */
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

  /** The row that take() would return; call only if there is one. */
  peek(): unknown {
    return this.#batches[0]![this.#at];
  }

  /** Takes all rows. */
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

  /** Discards all rows. */
  drop(): void {
    this.#batches = NO_BATCHES;
    this.#weights = NO_WEIGHTS;
    this.#at = this.unread = this.bytes = 0;
  }
}
