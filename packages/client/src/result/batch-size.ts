// How many rows a result asks for at once, and how many may be left when it asks for the next ones. Knows numbers only.

const FIRST = 1000;
const LARGEST = 16_000;
/** Below this a batch is asked for only when somebody waits for it. */
const SMALLEST_AHEAD = 10;

export class BatchSize {
  /** Rows per PULL, -1 for all. */
  rows: number;
  /** When so many rows are left, the next batch is due; -1 for never. Known once a batch has come. */
  low = -1;
  readonly #adaptive: boolean;
  #starved = false;

  /** @param fetchSize a number is kept; undefined begins with 1000 and grows while the reader is the faster one */
  constructor(fetchSize: number | undefined) {
    this.rows = fetchSize ?? FIRST;
    this.#adaptive = fetchSize === undefined;
  }

  /** A batch came with so many rows, and there are more to be had. */
  came(rows: number): void {
    // Half a batch in hand covers the round trip. It counts as it came: a server that gives less than it was asked for
    // is not asked in advance for ever more.
    const batch = Math.min(this.rows, rows);
    this.low = batch < SMALLEST_AHEAD ? -1 : batch >> 1;
  }

  /** The reader is faster than the batches come. */
  starved(): void {
    this.#starved = this.#adaptive;
  }

  /** For the next PULL. */
  next(): number {
    if (this.#starved) this.rows = Math.min(2 * this.rows, LARGEST);
    this.#starved = false;
    return this.rows;
  }
}
