// A running query as its user sees it: rows to iterate or to await, keys, summary. Knows how rows are returned;
// the stream behind it knows where they come from.
import { ConfigError, NotSingleError, ResultConsumedError } from "../errors.ts";
import { rejection } from "../stack.ts";
import { show } from "../validate.ts";
import type { AnyRow } from "./row.ts";
import type { ResultStream } from "./stream.ts";
import type { Summary } from "./summary.ts";

/** A whole result. */
export interface QueryResult<Row = AnyRow> {
  readonly records: Row[];
  readonly summary: Summary;
  readonly keys: readonly string[];
}

/** Rows to iterate, or to await all at once. */
export interface Rows<Row> extends AsyncIterable<Row>, PromiseLike<Row[]> {}

/**
 * The result of one query. `await` reads all of it; `for await` streams it, and leaving the loop discards the
 * rest (the query is not undone: for that, abort it with its signal). It has one reader: rows taken in one way of
 * reading are gone for every other. Every way of reading throws the query's error.
 */
export class Result<Row = AnyRow> implements AsyncIterable<Row>, PromiseLike<QueryResult<Row>> {
  readonly #stream: ResultStream;
  #whole: Promise<QueryResult<Row>> | undefined;

  /** @internal Made by run(). */
  constructor(stream: ResultStream) {
    this.#stream = stream;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is the point
  then<A = QueryResult<Row>, B = never>(
    onFulfilled?: ((result: QueryResult<Row>) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return (this.#whole ??= collect(this.#stream, undefined, whole<Row>)).then(onFulfilled, onRejected);
  }

  catch<B = never>(
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<QueryResult<Row> | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<QueryResult<Row>> {
    return this.then().finally(onFinally);
  }

  /** Streams the rows. Rows that have arrived cost no promise besides the one that `for await` needs. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Row> {
    return new RowIterator<Row>(this.#stream, undefined);
  }

  /** The names of the columns, as soon as the server has accepted the query. */
  keys(): Promise<readonly string[]> {
    const stream = this.#stream;
    return arrival(stream, KEYS, () => stream.layout.keys);
  }

  /**
   * The rows as arrays of values in the order of the keys, to iterate or to await. The only way to get all columns
   * when two of them have the same name.
   */
  values(): Rows<unknown[]> {
    const stream = this.#stream;
    stream.layout.arrays = true;
    const toArray = (built: unknown): unknown[] => stream.layout.toArray(built);
    let all: Promise<unknown[][]> | undefined;
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is the point
      then: (onFulfilled, onRejected) =>
        (all ??= collect(stream, toArray, (rows) => rows)).then(onFulfilled, onRejected),
      [Symbol.asyncIterator]: () => new RowIterator(stream, toArray),
    };
  }

  /**
   * Calls `fn` for each row as it is decoded, and resolves with the summary: the fastest way to read a result. If
   * `fn` throws, the rest is discarded and the promise rejects with that error. Promises of `fn` are not awaited: for
   * asynchronous work use `for await`, which slows the server down meanwhile.
   */
  async forEach(fn: (row: Row) => void): Promise<Summary> {
    const stream = this.#stream;
    if (typeof fn !== "function") throw new ConfigError(`forEach takes a function, not ${show(fn)}`);
    if (stream.consumed) throw consumed();
    stream.pour(fn);
    try {
      const summary = await this.#ended();
      if (!stream.thrown) return summary;
    } catch (error) {
      if (!stream.thrown) throw error;
    }
    throw stream.thrown.error;
  }

  /** The only row. Rejects with NotSingleError if there is none or more than one; the rest is discarded. */
  async single(): Promise<Row> {
    const stream = this.#stream;
    if (stream.consumed) throw consumed();
    await arrival(stream, 2, nothing);
    if (stream.buffer.unread !== 1) {
      const error = new NotSingleError(stream.buffer.unread === 0 ? 0 : 2, { server: stream.server });
      stream.discard();
      await this.#ended();
      throw error;
    }
    const row = stream.layout.rowOf(stream.take()) as Row;
    await this.#ended();
    return row;
  }

  /** The first row, undefined if there is none; the others are discarded. */
  async first(): Promise<Row | undefined> {
    const stream = this.#stream;
    if (stream.consumed) throw consumed();
    try {
      return await this.peek();
    } finally {
      stream.discard();
      await this.#ended();
    }
  }

  /** The next row, without taking it; undefined at the end. Calls `map` and `schema` for it each time. */
  peek(): Promise<Row | undefined> {
    const stream = this.#stream;
    return arrival(stream, 1, () => {
      if (stream.buffer.unread > 0) return stream.layout.rowOf(stream.buffer.peek()) as Row;
      if (stream.dropped) throw consumed();
      return undefined;
    });
  }

  /** The server's summary at the end of the result; unread rows are discarded. */
  summary(): Promise<Summary> {
    if (!this.#whole) this.#stream.discard();
    return this.#ended();
  }

  /** Returns a WHATWG stream of the rows. Cancelling it discards the rest. */
  toReadableStream(): ReadableStream<Row> {
    const rows = this[Symbol.asyncIterator]();
    return new ReadableStream<Row>(
      {
        async pull(controller): Promise<void> {
          const { done, value } = await rows.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel(): Promise<void> {
          await rows.return?.();
        },
      },
      // Rows wait in the result, not in a second queue.
      { highWaterMark: 0 },
    );
  }

  #ended(): Promise<Summary> {
    const stream = this.#stream;
    return arrival(stream, END, () => stream.summary());
  }
}

/** Converts what the layout built for the reader, where that differs from the layout's own rows. */
type Getter<Row> = ((built: unknown) => Row) | undefined;

/** No rows: waits for the keys only. */
const KEYS = 0;
/** More rows than any result has: waits for its end. */
const END = Infinity;

/**
 * Waits until this many rows have arrived or the result has ended, and resolves with `value()`. Rejects if the result
 * failed before that.
 */
function arrival<T>(stream: ResultStream, rows: number, value: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const ready = rows === KEYS ? stream.started !== undefined : stream.buffer.unread >= rows;
      if (!ready) {
        // Waiting for the end must not request rows.
        if (!stream.settled) return stream.wait(look, rows === END ? 0 : rows);
        if (stream.error) {
          stream.told = true;
          return resolve(rejection(stream.error));
        }
      }
      try {
        resolve(value());
      } catch (error) {
        reject(error);
      }
    };
    look();
  });
}

const consumed = (): ResultConsumedError =>
  new ResultConsumedError("the result was already read, or the rest of it discarded");

const nothing = (): void => {};

/** Reads all rows to the end and resolves with `finish(rows)`, with a single promise. */
function collect<T, Whole>(
  stream: ResultStream,
  get: Getter<T>,
  finish: (rows: T[], stream: ResultStream) => Whole,
): Promise<Whole> {
  if (stream.consumed) return Promise.reject(consumed());
  stream.collect();
  return arrival(stream, END, () => {
    const rows = rest(stream, get);
    return rows instanceof Promise ? rows.then((late) => finish(late, stream)) : finish(rows, stream);
  });
}

const whole = <Row>(records: Row[], stream: ResultStream): QueryResult<Row> => ({
  records,
  summary: stream.summary(),
  keys: stream.layout.keys,
});

function rest<T>(stream: ResultStream, get: Getter<T>): T[] | Promise<T[]> {
  if (stream.consumed) throw consumed();
  const built = stream.buffer.takeAll();
  if (get) return built.map(get);
  if (!stream.layout.converts) return built as T[];
  const rows = built.map((row) => stream.layout.rowOf(row)) as T[];
  return isPromise(rows[0]) ? Promise.all(rows) : rows;
}

/** Schemas may be asynchronous. */
const isPromise = (value: unknown): value is Promise<never> => value instanceof Promise;

class RowIterator<Row> implements AsyncIterableIterator<Row> {
  readonly #stream: ResultStream;
  readonly #get: Getter<Row>;
  readonly #late: boolean;
  #left = false;

  constructor(stream: ResultStream, get: Getter<Row>) {
    this.#stream = stream;
    this.#get = get;
    this.#late = stream.consumed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Row>> {
    const stream = this.#stream;
    if (stream.buffer.unread > 0) {
      try {
        return Promise.resolve(this.#take());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return arrival(stream, 1, () => this.#take());
  }

  async return(): Promise<IteratorResult<Row>> {
    const stream = this.#stream;
    this.#left = true;
    stream.discard();
    // A query whose loop is left early is still carried out; its failure must not be lost.
    await arrival(stream, END, nothing);
    return { done: true, value: undefined };
  }

  #take(): IteratorResult<Row> | Promise<IteratorResult<Row>> {
    const stream = this.#stream;
    if (stream.buffer.unread === 0) {
      if (!this.#left && (this.#late || stream.dropped)) throw consumed();
      return { done: true, value: undefined };
    }
    const built = stream.take();
    try {
      const value = this.#get ? this.#get(built) : (stream.layout.rowOf(built) as Row);
      if (!stream.layout.map || !isPromise(value)) return { done: false, value };
      return value.then(
        (row: Row) => ({ done: false, value: row }),
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** For a row that its map or schema refused: a loop that throws does not call return(). */
  #failed(error: unknown): never {
    this.#stream.discard();
    throw error;
  }
}
