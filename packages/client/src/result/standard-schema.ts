// Checks rows with any validation library that implements Standard Schema v1 (zod, valibot, arktype …).
// Knows that interface only. Spec: https://standardschema.dev
import { RowInvalidError } from "../errors.ts";

/** The part of Standard Schema v1 that is used. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A schema's verdict on a value: its output, or what is wrong with the value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One problem with a value, and where it is. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The output type of a schema. */
export type SchemaOutput<Schema extends StandardSchema> =
  Schema extends StandardSchema<unknown, infer Output> ? Output : never;

/**
 * Returns the schema's output for a row; a promise only if the schema is asynchronous. Throws (or rejects with)
 * RowInvalidError, whose message names paths but no values.
 */
export function validateRow<Output>(
  schema: StandardSchema<unknown, Output>,
  row: unknown,
): Output | Promise<Output> {
  const result = schema["~standard"].validate(row);
  return result instanceof Promise ? result.then(unwrap) : unwrap(result);
}

function unwrap<Output>(result: SchemaResult<Output>): Output {
  if (result.issues === undefined) return result.value;
  const told = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
    return `${keys.join(".") || "row"}: ${message}`;
  });
  throw new RowInvalidError(`the row does not fit the schema: ${told.join("; ")}`, result.issues);
}
