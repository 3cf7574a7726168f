// An open result: PULL and DISCARD take their n rows from the backend's iterator, as fast as the client
// reads and no faster. A synchronous source costs no promise; an asynchronous one only its own.
import type { QueryResult, Row, Summary } from "../backend.ts";
import { isPromiseLike, type MaybePromise } from "../maybe-promise.ts";
import { checkResult, wrongShape } from "./contract.ts";

/** Where rows go. */
export interface RowSink {
  record(row: Row): void;
  /**
   * False: write no more for now; `resume` is called when there is room again, or others have had their turn.
   * Called before every row except one that was read ahead.
   */
  ready(resume: () => void): boolean;
}

/** Receives the outcome of one PULL or DISCARD: exactly one of the two is called, unless the result is closed. */
export interface PullHandlers {
  done(hasMore: boolean): void;
  failed(error: unknown): void;
}

type RowIterator = (Iterator<Row> | AsyncIterator<Row>) & { hasMore?(): boolean };

/** No row. Not undefined: a backend may yield that by mistake, which must fail and not end the result. */
const NONE = Symbol("no row");

export class ResultStream {
  readonly keys: readonly string[];
  /** Rows sent so far. */
  rows = 0;
  /** Whether there were any rows, sent or dropped; undefined until one was looked for. */
  had: boolean | undefined;
  readonly #summary: QueryResult["summary"];
  readonly #array: readonly Row[] | undefined;
  /** Undefined once it has thrown: it has ended then, and must not be closed as well. */
  #iterator: RowIterator | undefined;
  readonly #async: boolean = false;
  #index = 0;
  /** A row that was read ahead. */
  #held: Row | typeof NONE = NONE;
  #closed = false;

  // The PULL or DISCARD that is being served.
  #left = 0;
  #discard = false;
  #sink!: RowSink;
  #handlers!: PullHandlers;

  /** Throws BackendError when this is not a result. */
  constructor(result: QueryResult) {
    checkResult(result);
    const { keys, records = [], summary } = result;
    this.keys = keys;
    this.#summary = summary;
    if (Array.isArray(records)) {
      this.#array = records;
      return;
    }
    const source = records as Partial<Iterable<Row> & AsyncIterable<Row>> | null;
    const later = source?.[Symbol.asyncIterator];
    const start = later ?? source?.[Symbol.iterator];
    if (typeof start !== "function") throw wrongShape("the records of a result must be iterable", records);
    this.#async = start === later;
    this.#iterator = (start as () => RowIterator).call(source);
  }

  /** Sends `n` rows, at least one, -1 for all; or drops them. To drop all that are left, call close(). */
  serve(n: number, discard: boolean, sink: RowSink, handlers: PullHandlers): void {
    this.#left = n < 0 ? Infinity : n;
    this.#discard = discard;
    this.#sink = sink;
    this.#handlers = handlers;
    this.#go();
  }

  /** The backend's summary. Call it once, at the end. */
  summary(): MaybePromise<Summary | undefined | void> {
    const summary = this.#summary;
    return typeof summary === "function" ? summary() : summary;
  }

  /** No row is wanted any more. Returns a promise if the source takes its time to stop. */
  close(): PromiseLike<unknown> | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    const returned: unknown = this.#iterator?.return?.();
    return isPromiseLike(returned) ? returned : undefined;
  }

  // Bound once, for all the times that a result has to wait.
  readonly #go = (): void => {
    if (this.#closed) return;
    try {
      const held = this.#held;
      this.#held = NONE;
      if (held !== NONE) this.#take(held);
      if (this.#async) this.#goAsync();
      else this.#goSync();
    } catch (error) {
      this.#fail(error);
    }
  };

  #goSync(): void {
    while (this.#left > 0) {
      if (!this.#sink.ready(this.#go)) return;
      const row = this.#nextSync();
      if (row === NONE) return this.#done(false);
      this.#take(row);
    }
    this.#done(this.#moreSync());
  }

  /** The next row; NONE at the end. */
  #nextSync(): Row | typeof NONE {
    if (this.#array) return this.#index < this.#array.length ? this.#array[this.#index++]! : NONE;
    let step: IteratorResult<Row>;
    try {
      step = (this.#iterator as Iterator<Row>).next();
      if (step.done) return NONE;
    } catch (error) {
      this.#iterator = undefined;
      throw error;
    }
    const { value } = step;
    if (value === undefined && isPromiseLike(step)) throw wrongShape("an iterator must give steps", step);
    return value;
  }

  #moreSync(): boolean {
    if (this.#array) return this.#index < this.#array.length;
    const known = this.#known();
    if (known !== undefined) return known;
    this.#held = this.#nextSync();
    return this.#held !== NONE;
  }

  /** Whether more is left, if the iterator can tell. */
  #known(): boolean | undefined {
    const more: unknown = this.#iterator?.hasMore?.();
    if (more === undefined || typeof more === "boolean") return more;
    throw wrongShape("hasMore must return a boolean", more);
  }

  #goAsync(): void {
    if (this.#left > 0) {
      if (!this.#sink.ready(this.#go)) return;
    } else {
      const known = this.#known();
      if (known !== undefined) return this.#done(known);
    }
    // As `for await` does: an iterator may also answer at once.
    Promise.resolve((this.#iterator as AsyncIterator<Row>).next()).then(this.#arrived, this.#broke);
  }

  readonly #broke = (error: unknown): void => {
    this.#iterator = undefined;
    this.#fail(error);
  };

  // A step of an async iterator, asked for or read ahead.
  readonly #arrived = (step: IteratorResult<Row>): void => {
    if (this.#closed) return;
    // Nothing else would catch an error, such as that of a step which is not an object.
    try {
      if (step.done) return this.#done(false);
      if (this.#left === 0) {
        this.#held = step.value;
        return this.#done(true);
      }
      this.#take(step.value);
    } catch (error) {
      return this.#fail(error);
    }
    this.#go();
  };

  #take(row: Row): void {
    this.#left--;
    this.had = true;
    if (this.#discard) return;
    if (!Array.isArray(row) || row.length !== this.keys.length) {
      throw wrongShape(`a row must be an array of ${this.keys.length} values, one for each key`, row);
    }
    this.#sink.record(row);
    this.rows++;
  }

  #done(hasMore: boolean): void {
    if (!hasMore) this.#closed = true;
    this.had ??= false;
    this.#handlers.done(hasMore);
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#handlers.failed(error);
  }
}
