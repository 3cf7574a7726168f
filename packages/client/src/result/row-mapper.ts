// From a row to what the caller wants of it: a schema's output, a function's, or both in this order.
// Knows nothing of results.
import { type StandardSchema, validateRow } from "./standard-schema.ts";
import type { RowMapper } from "./row.ts";

/** Written as a method, so that the function may say what it expects of its row. */
interface RowMap<Row> {
  map(row: Record<string, unknown>): Row;
}

/** How one result is read. */
export interface ResultConfig<Row = unknown> {
  /** Rows asked for at once, -1 for all; default: the session's. */
  readonly fetchSize?: number | undefined;
  /** Makes of each row what the reader gets; with `schema`, of its output. */
  readonly map?: RowMap<Row>["map"] | undefined;
  /** Checks each row, by any Standard Schema (zod, valibot, arktype …); the reader gets its output. */
  readonly schema?: StandardSchema<unknown, Row> | undefined;
}

/** Undefined when rows stay what they are. A promise comes out only where the schema works asynchronously. */
export function rowMapper(config: ResultConfig): RowMapper | undefined {
  const { schema } = config;
  const map: RowMapper | undefined = config.map && ((row) => config.map!(row));
  if (!schema) return map;
  if (!map) return (row) => validateRow(schema, row);
  return (row) => {
    const valid = validateRow(schema, row);
    return valid instanceof Promise ? valid.then(map) : map(valid as Record<string, unknown>);
  };
}
