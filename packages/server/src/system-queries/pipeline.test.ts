import { describe, expect, test } from "vitest";
import { execute, type Sources, type Table } from "./pipeline.ts";
import { parseStatement } from "./statements.ts";
import { NotOurs } from "./tokens.ts";

const people: Table = {
  columns: ["name", "age", "tags"],
  usual: ["name", "age"],
  rows: [
    { name: "Ann", age: 41, tags: ["a", "b"] },
    { name: "Bob", age: null, tags: [] },
    { name: "cid", age: 7, tags: ["b"] },
  ],
};

const sources: Sources = {
  call: (procedure, args) => {
    if (procedure === "people") return people;
    if (procedure === "echo") return { columns: ["value"], rows: [{ value: args }] };
    throw new NotOurs(procedure);
  },
  show: () => people,
  count: (what) => (what === "nodes" ? 12 : 0),
};

const run = (query: string, parameters: Record<string, unknown> = {}) =>
  execute(parseStatement(query), parameters, sources);
const rows = async (query: string, parameters = {}): Promise<unknown[][]> =>
  (await run(query, parameters)).records;

/** The value of an expression for Ann's row. */
const value = async (expression: string, parameters = {}): Promise<unknown> =>
  (await rows(`CALL people() YIELD * WHERE name = 'Ann' RETURN ${expression} AS x`, parameters))[0]?.[0];

describe("three-valued logic", () => {
  const TRUTH = ["true", "false", "null"] as const;
  test.each([
    ["AND", [true, false, null, false, false, false, null, false, null]],
    ["OR", [true, true, true, true, false, null, true, null, null]],
    ["XOR", [false, true, null, true, false, null, null, null, null]],
  ])("%s", async (operator, expected) => {
    const found: unknown[] = [];
    for (const left of TRUTH)
      for (const right of TRUTH) found.push(await value(`${left} ${operator} ${right}`));
    expect(found).toEqual(expected);
  });
});

describe("clauses", () => {
  test("a call alone gives all of its columns", async () => {
    expect((await run("CALL people()")).keys).toEqual(["name", "age", "tags"]);
  });

  test("a call with arguments", async () => {
    expect(await rows("CALL echo(1, $x, [true, null])", { x: "y" })).toEqual([[[1, "y", [true, null]]]]);
  });

  test("YIELD renames, WHERE filters, RETURN computes", async () => {
    const { keys, records } = await run(
      "CALL people() YIELD name AS n, age WHERE age > 10 RETURN toUpper(n), age + 1 AS next",
    );
    expect(keys).toEqual(["toUpper(n)", "next"]);
    expect(records).toEqual([["ANN", 42]]);
  });

  test("SHOW gives the usual columns, and all on request", async () => {
    expect((await run("SHOW INDEXES")).keys).toEqual(["name", "age"]);
    expect((await run("SHOW INDEXES YIELD *")).keys).toEqual(["name", "age", "tags"]);
    expect(await rows("SHOW INDEXES WHERE name = 'Bob'")).toEqual([["Bob", null]]);
  });

  test("ORDER BY what is not returned, null last", async () => {
    expect(await rows("CALL people() YIELD name, age RETURN name ORDER BY age")).toEqual([
      ["cid"],
      ["Ann"],
      ["Bob"],
    ]);
  });

  test("ORDER BY within SHOW, descending", async () => {
    expect(await rows("SHOW INDEXES YIELD name ORDER BY name DESC SKIP 1 LIMIT 1 RETURN name")).toEqual([
      ["Bob"],
    ]);
  });

  // `SHOW PROCEDURES YIELD name AS x … WHERE name = $name`, as Neo4j's JDBC driver asks.
  test("WHERE and ORDER BY may name a column by its old name, what follows may not", async () => {
    const show = "SHOW INDEXES YIELD name AS n ORDER BY name DESC WHERE name < 'a'";
    expect(await rows(`${show} RETURN n`)).toEqual([["Bob"], ["Ann"]]);
    await expect(run(`${show} RETURN name`)).rejects.toThrow(NotOurs);
    expect(await rows("CALL people() YIELD name WITH name AS n WHERE name = 'Bob' RETURN n")).toEqual([
      ["Bob"],
    ]);
    await expect(run("CALL people() YIELD name AS n WHERE name = 'Bob' RETURN n")).rejects.toThrow(NotOurs);
  });

  test("UNWIND, WITH and DISTINCT", async () => {
    expect(
      await rows("CALL people() YIELD tags UNWIND tags AS tag WITH DISTINCT tag WHERE tag <> 'a' RETURN tag"),
    ).toEqual([["b"]]);
    expect(
      await rows("CALL people() YIELD tags UNWIND tags AS tag RETURN tag, count(*) AS n ORDER BY n DESC"),
    ).toEqual([
      ["b", 2],
      ["a", 1],
    ]);
  });

  test("UNWIND of a value that is not a list", async () => {
    expect(await rows("CALL people() YIELD age UNWIND age AS a RETURN a")).toEqual([[41], [7]]);
  });

  test("aggregates of distinct values", async () => {
    expect(
      await rows(
        "CALL people() YIELD tags UNWIND tags AS tag RETURN collect(DISTINCT tag), count(DISTINCT tag), count(tag)",
      ),
    ).toEqual([[["a", "b"], 2, 3]]);
  });

  test("SKIP alone and LIMIT alone", async () => {
    expect(await rows("CALL people() YIELD name RETURN name SKIP 1")).toEqual([["Bob"], ["cid"]]);
    expect(await rows("CALL people() YIELD name RETURN name LIMIT 2")).toEqual([["Ann"], ["Bob"]]);
  });

  test("aggregates of nothing", async () => {
    expect(await rows("CALL people() YIELD name WHERE false RETURN count(*), collect(name)")).toEqual([
      [0, []],
    ]);
    expect(await rows("CALL people() YIELD name WHERE false RETURN name, count(*)")).toEqual([]);
  });

  test("aggregates inside other expressions", async () => {
    expect(
      await rows("CALL people() YIELD name RETURN {name: 'labels', data: COLLECT(name)[..2]} AS result"),
    ).toEqual([[{ name: "labels", data: ["Ann", "Bob"] }]]);
    expect(await rows("CALL people() YIELD age RETURN sum(age), min(age), max(age), count(age)")).toEqual([
      [48, 7, 41, 2],
    ]);
  });

  test("counts cost no rows", async () => {
    expect(
      await rows("MATCH () RETURN {n: count(*)} AS r UNION ALL MATCH ()-->() RETURN {n: count(*)} AS r"),
    ).toEqual([[{ n: 12 }], [{ n: 0 }]]);
  });

  test("UNION drops duplicate rows", async () => {
    expect(
      await rows("CALL people() YIELD name RETURN 1 AS x UNION CALL people() YIELD name RETURN 1 AS x"),
    ).toEqual([[1]]);
    await expect(run("CALL people() YIELD name UNION ALL CALL people() YIELD age")).rejects.toThrow(NotOurs);
  });

  // None of these may get an empty answer.
  test.each([
    "CALL people() YIELD nope",
    "CALL people() YIELD name WHERE nmae = 'Ann'",
    "CALL people() YIELD name RETURN nmae",
    "CALL people() YIELD name RETURN toString",
    "CALL people() YIELD name RETURN name ORDER BY nmae",
    "CALL people() YIELD name AS n WHERE name = 'Ann'",
    "CALL people() YIELD name WHERE name = $missing",
    "CALL people() YIELD name LIMIT $missing",
    "CALL people() YIELD name RETURN name LIMIT -1",
    "CALL people() YIELD name RETURN name SKIP 'a'",
    "CALL people() YIELD name WHERE count(*) > 1",
    "CALL people() YIELD name RETURN name, count(*) ORDER BY count(*)",
    "CALL people() YIELD name RETURN count(count(*))",
    "CALL people() YIELD name WHERE name =~ 'A.*'",
    "CALL people() YIELD age WHERE 1 < age < 3",
  ])("%s is not ours", async (query) => {
    await expect(Promise.resolve().then(() => run(query))).rejects.toThrow(NotOurs);
  });

  test("a column may have any name", async () => {
    expect(await rows("CALL people() YIELD name AS __proto__ RETURN __proto__ LIMIT 1")).toEqual([["Ann"]]);
  });
});

describe("a short query that asks for more than fits in memory", () => {
  const ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
  const times = (count: number, clause: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => clause(i)).join(" ");

  test.each<[string, string]>([
    ["rows", times(12, (i) => `UNWIND ${ten} AS x${i}`)],
    ["rows of calls", times(30, (i) => `CALL people() YIELD name AS x${i}`)],
    ["text", `WITH name AS x0 ${times(40, (i) => `WITH x${i} + x${i} AS x${i + 1}`)}`],
    ["a list", `WITH [name] AS x0 ${times(40, (i) => `WITH x${i} + x${i} AS x${i + 1}`)}`],
    ["lists in lists", `WITH name AS x0 ${times(40, (i) => `WITH [x${i}, x${i}] AS x${i + 1}`)}`],
    ["depth", `WITH name AS x0 ${times(30, (i) => `WITH [[[[[x${i}]]]]] AS x${i + 1}`)}`],
    [
      "what is sorted by",
      `WITH ${ten} AS x0 ${times(5, (i) => `WITH [${`x${i}, `.repeat(9)}x${i}] AS x${i + 1}`)} ` +
        `WITH 1 AS one, x5 UNWIND ${ten} AS y WITH one, x5, y ORDER BY [${"x5, ".repeat(99)}y]`,
    ],
  ])("is not ours: %s", async (_, clauses) => {
    await expect(run(`CALL people() YIELD name ${clauses} RETURN 1 AS one`)).rejects.toThrow(NotOurs);
  });
});

describe("expressions", () => {
  test.each<[string, unknown]>([
    ["1 + 2 * 3 - 4", 3],
    ["7 / 2", 3],
    ["7 % 4", 3],
    ["-(1)", -1],
    ["7 / 0", null],
    ["'7' - 1", null],
    ["7 * '1'", null],
    ["'a' - 'b'", null],
    ["true - 1", null],
    ["true + 1", null],
    ["1 + true", null],
    ["'a' + 'b'", "ab"],
    ["'a' + 1", "a1"],
    ["[1] + 2", [1, 2]],
    ["null = null", null],
    ["null IS NULL", true],
    ["'a' <= 'a' AND 'a' >= 'a'", true],
    ["'a' < 'a' OR 'a' > 'a'", false],
    ["age IS NOT NULL", true],
    ["NOT (age = 41)", false],
    ["true OR null", true],
    ["false AND null", false],
    ["true XOR true", false],
    ["3 IN [1, 2, 3]", true],
    ["3 IN [1, null]", null],
    ["[1, 2] = [1, 2]", true],
    ["[1, null] = [1, 2]", null],
    ["'abc' CONTAINS 'b'", true],
    ["'abc' STARTS WITH 'b'", false],
    ["'abc' ENDS WITH 'c'", true],
    ["'b' > 'a'", true],
    ["1 <= 1", true],
    ["'1' < 1", null],
    ["tags[0]", "a"],
    ["tags[-1]", "b"],
    ["tags[5]", null],
    ["tags[0..1]", ["a"]],
    ["{a: {b: 1}}.a.b", 1],
    ["{a: 1}['a']", 1],
    ["{a: 1}.toString", null],
    ["coalesce(null, 2)", 2],
    ["head(tags) + last(tags)", "ab"],
    ["keys({a: 1, b: 2})", ["a", "b"]],
    ["size(tags)", 2],
    ["split('a-b', '-')", ["a", "b"]],
    ["trim(' x ')", "x"],
    ["toString(1)", "1"],
    ["toLower(1)", null],
    ["tags['0']", null],
  ])("%s", async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  test("parameters", async () => {
    expect(await value("$p.q[$i]", { p: { q: [1, 2] }, i: 1 })).toBe(2);
  });
});
