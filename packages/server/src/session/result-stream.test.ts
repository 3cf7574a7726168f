import { describe, expect, test } from "vitest";
import { ResultStream, type RowSink } from "./result-stream.ts";

/** Takes `room` rows at a time; `go()` makes room for as many again. */
class Sink implements RowSink {
  rows: unknown[] = [];
  readonly room: number;
  #left: number;
  #resume: (() => void) | undefined;

  constructor(room = Infinity) {
    this.room = room;
    this.#left = room;
  }

  record(row: readonly unknown[]): void {
    this.rows.push(row[0]);
  }

  ready(resume: () => void): boolean {
    if (this.#left-- > 0) return true;
    this.#resume = resume;
    return false;
  }

  go(): void {
    this.#left = this.room;
    this.#resume?.();
  }
}

/** Counts from 0 and logs the calls. */
function counting(end: number, log: string[]): Iterable<number[]> {
  return {
    [Symbol.iterator]() {
      let i = 0;
      return {
        next() {
          log.push(`next ${i}`);
          return i < end ? { done: false, value: [i++] } : { done: true, value: undefined };
        },
        return() {
          log.push("return");
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function* asynchronous(rows: Iterable<number[]>): AsyncGenerator<number[]> {
  for (const row of rows) yield row;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Pulls once and returns the outcome. */
async function pull(stream: ResultStream, n: number, how: "pull" | "discard" = "pull", sink = new Sink()) {
  let outcome: string | undefined;
  stream.serve(n, how === "discard", sink, {
    done: (hasMore) => (outcome = hasMore ? "more" : "end"),
    failed: (error) => (outcome = String(error)),
  });
  await settled();
  return [sink.rows, outcome];
}

describe.each(["array", "iterable", "async iterable"])("from an %s", (kind) => {
  const stream = (end: number): ResultStream => {
    const rows = Array.from({ length: end }, (_, i) => [i]);
    const records = kind === "array" ? rows : kind === "iterable" ? new Set(rows) : asynchronous(rows);
    return new ResultStream({ keys: ["i"], records });
  };

  test("everything", async () => {
    expect(await pull(stream(3), -1)).toEqual([[0, 1, 2], "end"]);
  });

  test("in batches, which say whether there is more", async () => {
    const result = stream(5);
    expect(await pull(result, 2)).toEqual([[0, 1], "more"]);
    expect(await pull(result, 2)).toEqual([[2, 3], "more"]);
    expect(await pull(result, 2)).toEqual([[4], "end"]);
    expect(result.rows).toBe(5);
  });

  test("a batch that ends with the rows is the end", async () => {
    const result = stream(4);
    expect(await pull(result, 2)).toEqual([[0, 1], "more"]);
    expect(await pull(result, 2)).toEqual([[2, 3], "end"]);
  });

  test("nothing", async () => {
    expect(await pull(stream(0), 10)).toEqual([[], "end"]);
  });

  test("some dropped, then some sent", async () => {
    const result = stream(5);
    expect(await pull(result, 2, "discard")).toEqual([[], "more"]);
    expect(await pull(result, 1)).toEqual([[2], "more"]);
    expect(await pull(result, 9, "discard")).toEqual([[], "end"]);
    expect(result.rows).toBe(1);
  });

  test("no faster than the sink takes them", async () => {
    const sink = new Sink(2);
    expect(await pull(stream(5), -1, "pull", sink)).toEqual([[0, 1], undefined]);
    sink.go();
    await settled();
    expect(sink.rows).toEqual([0, 1, 2, 3]);
    sink.go();
    await settled();
    expect(sink.rows).toEqual([0, 1, 2, 3, 4]);
  });

  test("nothing more once it is closed", async () => {
    const sink = new Sink(1);
    const result = stream(5);
    await pull(result, -1, "pull", sink);
    void result.close();
    sink.go();
    await settled();
    expect(sink.rows).toEqual([0]);
  });
});

describe("an iterator", () => {
  test("is read one row ahead of the client, and no further", async () => {
    const log: string[] = [];
    await pull(new ResultStream({ keys: ["i"], records: counting(9, log) }), 2);
    expect(log).toEqual(["next 0", "next 1", "next 2"]);
  });

  test("that can say whether more is left is not read ahead", async () => {
    const log: string[] = [];
    const iterator = counting(9, log)[Symbol.iterator]();
    const records = { [Symbol.iterator]: () => Object.assign(iterator, { hasMore: () => true }) };
    expect(await pull(new ResultStream({ keys: ["i"], records }), 2)).toEqual([[0, 1], "more"]);
    expect(log).toEqual(["next 0", "next 1"]);
  });

  test("is not read before the client pulls", () => {
    const log: string[] = [];
    const result = new ResultStream({ keys: ["i"], records: counting(9, log) });
    void result.close();
    expect(log).toEqual(["return"]);
  });

  test.each([
    ["before its end", "return"],
    ["its own end", "next 3"],
  ])("is closed once, unless it has ended: %s", async (how, last) => {
    const log: string[] = [];
    const result = new ResultStream({ keys: ["i"], records: counting(3, log) });
    await pull(result, how === "its own end" ? -1 : 1);
    void result.close();
    void result.close();
    expect(log.at(-1)).toBe(last);
    expect(log.filter((entry) => entry === "return").length).toBeLessThan(2);
  });

  test("that throws fails the PULL, and is not closed", async () => {
    const log: string[] = [];
    const records = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error("broken");
        },
        return: () => (log.push("return"), { done: true as const, value: undefined }),
      }),
    };
    const result = new ResultStream({ keys: ["i"], records });
    expect(await pull(result, -1)).toEqual([[], "Error: broken"]);
    void result.close();
    expect(log).toEqual([]);
  });

  test("that is asynchronous and rejects fails the PULL", async () => {
    // eslint-disable-next-line require-yield
    async function* rows(): AsyncGenerator<number[]> {
      throw new Error("broken");
    }
    expect(await pull(new ResultStream({ keys: ["i"], records: rows() }), 1)).toEqual([[], "Error: broken"]);
  });

  test("is waited for when closing takes time", async () => {
    let closed = false;
    async function* rows(): AsyncGenerator<number[]> {
      try {
        yield [1];
        yield [2];
      } finally {
        await settled();
        closed = true;
      }
    }
    const result = new ResultStream({ keys: ["i"], records: rows() });
    await pull(result, 1);
    await result.close();
    expect(closed).toBe(true);
  });
});

describe("a malformed row or step is an error, not the end", () => {
  const of = (...steps: unknown[]) => ({
    next: () => (steps.length > 0 ? steps.shift() : { done: true }) as IteratorResult<number[]>,
  });
  const good = { done: false, value: [1] };
  const noRow = { done: false, value: undefined };
  const ofSync = (...steps: unknown[]) => ({ [Symbol.iterator]: () => of(...steps) });
  const ofAsync = (...steps: unknown[]) => ({
    [Symbol.asyncIterator]: () => of(...steps) as unknown as AsyncIterator<number[]>,
  });
  const notARow = "TypeError: a row must be an array of 1 values, one for each key, got undefined";

  test.each<[string, Iterable<number[]> | AsyncIterable<number[]>, string]>([
    ["in an array", [[1], undefined as unknown as number[], [3]], notARow],
    // eslint-disable-next-line no-sparse-arrays
    ["in an array with a hole", [[1], , [3]] as number[][], notARow],
    ["from an iterator", ofSync(good, noRow, good), notARow],
    ["from an async iterator", ofAsync(good, noRow, good), notARow],
    ["from an iterator without a step", ofSync(good, undefined), "TypeError: Cannot read"],
    ["from an async iterator without a step", ofAsync(good, undefined), "TypeError: Cannot read"],
  ])("%s", async (_, records, expected) => {
    const [rows, outcome] = await pull(new ResultStream({ keys: ["i"], records }), -1);
    expect(rows).toEqual([1]);
    expect(outcome).toContain(expected);
    // It fails the next PULL when it was read ahead.
    const result = new ResultStream({ keys: ["i"], records: ofSync(good, noRow) });
    expect(await pull(result, 1)).toEqual([[1], "more"]);
    expect(await pull(result, 1)).toEqual([[], notARow]);
  });

  test("a rejected promise in place of a step does not end the process", async () => {
    const late = Promise.reject(new Error("late"));
    const [, outcome] = await pull(new ResultStream({ keys: ["i"], records: ofSync(late) }), -1);
    expect(outcome).toBe("TypeError: an iterator must give steps, got a promise");
  });

  test("nor does a rejected promise that hasMore returns", async () => {
    const source = { ...of(good, good), hasMore: () => Promise.reject(new Error("late")) };
    const records = { [Symbol.iterator]: () => source } as unknown as Iterable<number[]>;
    const [, outcome] = await pull(new ResultStream({ keys: ["i"], records }), 1);
    expect(outcome).toBe("TypeError: hasMore must return a boolean, got a promise");
  });

  test("but an async iterator may answer at once", async () => {
    const result = new ResultStream({ keys: ["i"], records: ofAsync(good, good) });
    expect(await pull(result, -1)).toEqual([[1, 1], "end"]);
  });
});

test("the summary is asked for once, and may be a value", () => {
  expect(new ResultStream({ keys: [], summary: { type: "s" } }).summary()).toEqual({ type: "s" });
  expect(new ResultStream({ keys: [], summary: () => ({ type: "w" }) }).summary()).toEqual({ type: "w" });
  expect(new ResultStream({ keys: [] }).summary()).toBeUndefined();
});
