import { expect, test } from "vitest";
import { type SchemaResult, type StandardSchema, validateRow } from "./standard-schema.ts";

const schema = <Output>(
  validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>,
): StandardSchema<unknown, Output> => ({
  "~standard": { version: 1, vendor: "test", validate },
});

test("returns the schema's output for the row", async () => {
  expect(
    validateRow(
      schema((value) => ({ value: Object.keys(value as object) })),
      { a: 1 },
    ),
  ).toEqual(["a"]);
  expect(
    await validateRow(
      schema(async () => ({ value: 5 })),
      {},
    ),
  ).toBe(5);
});

test("names paths and reasons, not values", async () => {
  const bad = schema(() => ({
    issues: [
      { message: "expected a number", path: ["age"] },
      { message: "too long", path: [{ key: "names" }, 0] },
      { message: "odd" },
    ],
  }));
  expect(() => validateRow(bad, { age: "secret" })).toThrow(
    "the row does not fit the schema: age: expected a number; names.0: too long; row: odd",
  );
  await expect(async () =>
    validateRow(
      schema(async () => ({ issues: [{ message: "no" }] })),
      {},
    ),
  ).rejects.toMatchObject({
    code: "ROW_INVALID",
    issues: [{ message: "no" }],
  });
});
