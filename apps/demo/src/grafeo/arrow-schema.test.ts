import { describe, expect, test } from "vitest";
import { type ColumnType, readColumnTypes } from "./arrow-schema.ts";
import { openDatabase } from "./open.ts";

const form = ({ kind, children }: ColumnType): string =>
  children.length === 0
    ? kind
    : `${kind}<${children.map(([name, type]) => `${name} ${form(type)}`).join(", ")}>`;

describe("readColumnTypes", () => {
  test.each([
    ["RETURN 1 AS a, 1.0 AS b, 'x' AS c, true AS d, null AS e", "int float utf8 bool null"],
    [
      "RETURN [1.0] AS a, {x: 1, y: [date('2024-01-01')]} AS b",
      "list<item float> struct<x int, y list<item date>>",
    ],
    [
      "RETURN time('12:00Z') AS a, datetime() AS b, duration('P1D') AS c",
      "time timestamp struct<months int, days int, nanos int>",
    ],
    ["RETURN toDecimal('1.5') AS a, vector([1, 2]) AS b", "decimal fixedSizeList<item float>"],
    ["MATCH (n) RETURN n", "null"],
    ["CREATE ()", ""],
  ])("%s", async (query, types) => {
    using db = disposable();
    const result = await db.executeCypher(query);
    expect(readColumnTypes(result.toArrowIPC()).map(form).join(" ")).toBe(types);
  });

  test("refuses what is no schema", () => {
    expect(() => readColumnTypes(new Uint8Array(64))).toThrow();
  });
});

function disposable(): ReturnType<typeof openDatabase> & Disposable {
  const db = openDatabase();
  return Object.assign(db, { [Symbol.dispose]: () => db.close() });
}
