// Converts rows for the caller: by a schema, by a function, or by both in this order. Knows nothing of
// results.
import type { RowMapper } from "./row.ts";
import { type StandardSchema, validateRow } from "./standard-schema.ts";

/** A method, so that functions may declare a narrower type for their row. */
interface RowMap<Row> {
  map(row: Record<string, unknown>): Row;
}

/** How one result is read. */
export interface ResultConfig<Row = unknown> {
  /** Rows requested at once, -1 for all; default: the session's. */
  readonly fetchSize?: number | undefined;
  /** Converts each row for the reader; with `schema`, converts the schema's output. */
  readonly map?: RowMap<Row>["map"] | undefined;
  /** Checks each row with any Standard Schema (zod, valibot, arktype …); the reader gets its output. */
  readonly schema?: StandardSchema<unknown, Row> | undefined;
}

/** Returns undefined if rows are not converted. The mapper returns promises only if the schema is asynchronous. */
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
