// From a row to what the caller wants of it: a schema's output, a function's, or both in this order.
// Knows nothing of results.
import { validateRow } from "./standard-schema.ts";
import type { RowMapper } from "./row.ts";
import type { ResultConfig } from "../session/work.ts";

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
