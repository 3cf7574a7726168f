// Requests about results. TestKit expects rows as lists of values in the order of the columns.
import type { Result } from "@bolt/client";
import { answer, type Context, type Data, type Handlers } from "../context.ts";
import type { Message } from "../lines.ts";
import { summaryData } from "../summary.ts";
import { fromValue } from "../values.ts";

/** A result, stored by id, with the single iterator that ResultNext advances. */
export class KeptResult {
  readonly result: Result;
  #rows: AsyncIterator<unknown[]> | undefined;

  constructor(result: Result) {
    this.result = result;
  }

  next(): Promise<IteratorResult<unknown[]>> {
    this.#rows ??= this.result.values()[Symbol.asyncIterator]();
    return this.#rows.next();
  }
}

/** The answer to a run request: TestKit expects the columns, or the query's error, at once. */
export async function started(result: Result, context: Context): Promise<Message> {
  const id = context.keep(new KeptResult(result));
  return answer("Result", { id, keys: await result.keys() });
}

const resultOf = ({ resultId }: Data, context: Context): KeptResult => context.get(resultId, KeptResult);

const recordData = (row: readonly unknown[]): Data => ({ values: row.map(fromValue) });

async function rowData({ result }: KeptResult, row: Record<string, unknown>): Promise<Data> {
  const keys = await result.keys();
  return recordData(keys.map((key) => row[key]));
}

const record = (data: Data | undefined): Message => (data ? answer("Record", data) : answer("NullRecord"));

export const results: Handlers = {
  ResultNext: async (data, context) => {
    const { done, value } = await resultOf(data, context).next();
    return record(done ? undefined : recordData(value));
  },

  ResultPeek: async (data, context) => {
    const kept = resultOf(data, context);
    const row = await kept.result.peek();
    return record(row && (await rowData(kept, row)));
  },

  ResultSingle: async (data, context) => {
    const kept = resultOf(data, context);
    return record(await rowData(kept, await kept.result.single()));
  },

  // The driver has no such call: first(), then a check whether there were more rows.
  ResultSingleOptional: async (data, context) => {
    const kept = resultOf(data, context);
    const { done, value } = await kept.next();
    const more = !done && (await kept.result.peek()) !== undefined;
    await kept.result.summary();
    return answer("RecordOptional", {
      record: done ? null : recordData(value),
      warnings: more ? ["expected a result with a single record, found more"] : [],
    });
  },

  ResultList: async (data, context) => {
    const rows = await resultOf(data, context).result.values();
    return answer("RecordList", { records: rows.map(recordData) });
  },

  ResultConsume: async (data, context) =>
    answer("Summary", summaryData(await resultOf(data, context).result.summary())),
};
