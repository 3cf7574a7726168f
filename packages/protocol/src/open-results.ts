// The results that a server has open, by qid, and what is known about each for its last summary.

/** A result that is open. */
export interface OpenResult {
  readonly qid: number;
  readonly columns: boolean;
  /** Whether there were rows; undefined until a PULL or `has_more` has shown it. */
  rows: boolean | undefined;
  /** The first type for which a placeholder was sent. */
  replaced: string | undefined;
}

/** Spec: server state specification, TX_STREAMING: ids count from 0 in each transaction. */
export class OpenResults {
  /** The id that the next RUN gets. */
  next = 0;
  readonly #open: Map<number, OpenResult> = new Map();

  get size(): number {
    return this.#open.size;
  }

  /** A RUN has succeeded. */
  add(columns: boolean): void {
    const qid = this.next++;
    this.#open.set(qid, { qid, columns, rows: undefined, replaced: undefined });
  }

  /** The result of that id, -1 being that of the last RUN; undefined when it is not open. */
  find(qid: number): OpenResult | undefined {
    return this.#open.get(qid === -1 ? this.next - 1 : qid);
  }

  /** The result has ended. */
  end({ qid }: OpenResult): void {
    this.#open.delete(qid);
  }

  /** A transaction or an auto-commit query is over, or begins. */
  clear(): void {
    this.#open.clear();
    this.next = 0;
  }
}
