// How many rows a result requests at once, and at how many left it requests the next batch. Knows numbers only.

const FIRST = 1000;
const LARGEST = 16_000;
/** Batches smaller than this are requested only when a reader waits for rows. */
const SMALLEST_AHEAD = 10;

export class BatchSize {
  /** Rows per PULL, -1 for all. */
  rows: number;
  /** With this many rows left, the next batch is due; -1 for never. Known once a batch has arrived. */
  low = -1;
  readonly #adaptive: boolean;
  #starved = false;

  /** @param fetchSize a number is kept; undefined begins with 1000 and grows while the reader is faster */
  constructor(fetchSize: number | undefined) {
    this.rows = fetchSize ?? FIRST;
    this.#adaptive = fetchSize === undefined;
  }

  /** Call when a batch has arrived with this many rows, and there are more. */
  came(rows: number): void {
    // Half a batch in hand covers the round trip. The batch counts by the rows that arrived: a server that sends fewer
    // than requested would otherwise be asked ahead again and again.
    const batch = Math.min(this.rows, rows);
    this.low = batch < SMALLEST_AHEAD ? -1 : batch >> 1;
  }

  /** Call when the reader is faster than the batches. */
  starved(): void {
    this.#starved = this.#adaptive;
  }

  /** The number of rows for the next PULL. */
  next(): number {
    if (this.#starved) this.rows = Math.min(2 * this.rows, LARGEST);
    this.#starved = false;
    return this.rows;
  }
}
