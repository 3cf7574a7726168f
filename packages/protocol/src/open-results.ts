// The results that a server has open, by qid, and what is known of each for its last summary.

/** A result that is open. */
export interface OpenResult {
  readonly columns: boolean;
  /** There were rows; undefined as long as nobody looked, where everything is discarded. */
  rows: boolean | undefined;
  /** The first type for which a placeholder was sent. */
  replaced: string | undefined;
}

/** Spec: server state specification, TX_STREAMING: ids count from 0 in each transaction. */
export class OpenResults {
  readonly #open: Map<number, OpenResult> = new Map();
  #next = 0;
  #last = -1;

  /** The id that the next RUN gets. */
  get next(): number {
    return this.#next;
  }

  get size(): number {
    return this.#open.size;
  }

  /** A RUN has succeeded. */
  add(columns: boolean): void {
    this.#last = this.#next++;
    this.#open.set(this.#last, { columns, rows: undefined, replaced: undefined });
  }

  /** The open result that is meant: -1 is that of the last RUN. Undefined when it is not open. */
  find(qid: number): number | undefined {
    const id = qid === -1 ? this.#last : qid;
    return this.#open.has(id) ? id : undefined;
  }

  /** What is known of an open result. */
  get(qid: number): OpenResult | undefined {
    return this.#open.get(qid);
  }

  /** The result has ended. */
  end(qid: number): void {
    this.#open.delete(qid);
  }

  /** A transaction or an auto-commit query is over, or begins. */
  clear(): void {
    this.#open.clear();
    this.#next = 0;
    this.#last = -1;
  }
}
