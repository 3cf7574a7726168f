import { describe, expect, test } from "vitest";
import { type Column, readColumns } from "./arrow.ts";
import { openDatabase } from "./open.ts";

const form = ({ kind, children }: Column): string =>
  children.length === 0
    ? kind
    : `${kind}<${children.map(([name, type]) => `${name} ${form(type)}`).join(", ")}>`;

describe("readColumns", () => {
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
    expect(readColumns(result.toArrowIPC()).map(form).join(" ")).toBe(types);
  });

  test("reads cells by position, in lists and maps too", async () => {
    using db = disposable();
    const local = (text: string): string => `localdatetime('2024-02-29T12:34:${text}')`;
    const result = await db.executeCypher(
      `UNWIND [[${local("00.000001")}, ${local("00.000002")}], [], null, [${local("00.000003")}]] AS list
       RETURN 1.5 AS a, list, {text: 'x', list: list} AS map, CASE WHEN list IS NULL THEN 1 ELSE ${local("01.5")} END AS mixed`,
    );
    const [, list, map, mixed] = readColumns(result.toArrowIPC()) as [Column, Column, Column, Column];
    const micros = ({ children, cells }: Column, row: number, item: number): bigint =>
      children[0]![1].cells.long(cells.first(row) + item) % 1_000_000n;
    const inMap = map.children.find(([name]) => name === "list")![1];
    for (const column of [list, inMap]) {
      expect([micros(column, 0, 0), micros(column, 0, 1), micros(column, 3, 0)]).toEqual([1n, 2n, 3n]);
    }
    const text = map.children.find(([name]) => name === "text")![1];
    expect([text.cells.text(0), text.cells.text(3)]).toEqual(["x", "x"]);
    expect(mixed.cells.text(2)).toBe("1");
    expect(mixed.cells.text(3)).toContain("2024-02-29T12:34:01.5");
  });

  test("refuses a stream without a schema", () => {
    expect(() => readColumns(new Uint8Array(64))).toThrow();
  });
});

function disposable(): ReturnType<typeof openDatabase> & Disposable {
  const db = openDatabase();
  return Object.assign(db, { [Symbol.dispose]: () => db.close() });
}
