import { describe, expect, test } from "vitest";
import { parseStatement } from "./statements.ts";
import { NotOurs, tokenize } from "./tokens.ts";

describe("tokens", () => {
  const texts = (query: string): string[] => tokenize(query).map(({ kind, text }) => `${kind}:${text}`);

  test("names, strings, numbers, parameters and symbols", () => {
    expect(texts("a.`b``c` 'it\\'s' \"\\u0041\" 1.5 $p $`q r` <> [..1000]")).toEqual([
      "word:a",
      "symbol:.",
      "name:b`c",
      "string:it's",
      "string:A",
      "number:1.5",
      "parameter:p",
      "parameter:q r",
      "symbol:<>",
      "symbol:[",
      "symbol:..",
      "number:1000",
      "symbol:]",
      "end:",
    ]);
  });

  test("comments and blanks are skipped", () => {
    expect(texts("CALL // one\n/* two\n */ x")).toEqual(["word:CALL", "word:x", "end:"]);
  });

  test.each(["'open", "`open", "$ x", "#", "\u0000"])("%j is not ours", (query) => {
    expect(() => tokenize(query)).toThrow(NotOurs);
  });
});

describe("is understood", () => {
  test.each([
    "CALL db.ping()",
    "call dbms.components() yield versions, edition return versions[0], edition",
    "CALL db.labels",
    "CYPHER 5\nSHOW FUNCTIONS YIELD name AS n WHERE n IN ['a', $b] RETURN n;",
    "CYPHER runtime=slotted SHOW INDEXES",
    "SHOW DATABASE neo4j",
    "SHOW DATABASE $name YIELD name",
    "SHOW DEFAULT DATABASE YIELD *",
    "SHOW ALL CONSTRAINTS YIELD name, type ORDER BY name DESC SKIP 1 LIMIT 2 WHERE type <> 'X' RETURN name",
    "SHOW RELATIONSHIP PROPERTY EXISTENCE CONSTRAINTS",
    "SHOW PROCEDURES EXECUTABLE YIELD name",
    "SHOW FUNCTIONS EXECUTABLE BY CURRENT USER YIELD name",
    "MATCH () RETURN { name:'nodes', data:count(*) } AS result UNION ALL MATCH ()-[]->() RETURN {name: 'r', data: count(*)} AS result",
    "CALL db.labels() YIELD label WITH * WHERE NOT label IN [] RETURN DISTINCT label LIMIT 5",
    "CALL x() YIELD a UNWIND a AS b RETURN collect(DISTINCT toLower(b))[..3] AS c, -1 + 2 * 3 >= 5 AND b IS NOT NULL XOR false",
  ])("%s", (query) => {
    expect(parseStatement(query).parts.length).toBeGreaterThan(0);
  });
});

describe("is left to the backend", () => {
  test.each([
    "",
    "CREATE ()",
    "MATCH (n) RETURN count(n)",
    "MATCH () RETURN 1",
    "MATCH () RETURN count(*), collect(1)",
    "MATCH () WITH 1 AS x RETURN count(*)",
    "MATCH ()<-[]-() RETURN count(*)",
    "CALL { RETURN 1 }",
    "CALL db.labels() YIELD label SET label.x = 1",
    "CALL db.labels() YIELD label RETURN apoc.text.join(label)",
    "CALL db.labels() YIELD label RETURN [x IN label | x]",
    "SHOW INDEXES YIELD name RETURN name CREATE ()",
    "CALL db.ping() CALL",
    `CALL db.ping() YIELD success WHERE ${"(".repeat(3000)}`,
    `CALL db.ping() YIELD success RETURN ${"[".repeat(1500)}${"]".repeat(1500)}`,
    `CALL db.ping() YIELD success WHERE ${"NOT ".repeat(900)}success`,
    `CALL db.ping() YIELD success RETURN ${"-".repeat(3000)}1`,
  ])("%j", (query) => {
    expect(() => parseStatement(query)).toThrow(NotOurs);
  });
});

test("a column without an alias is named by its text", () => {
  const [clauses] = parseStatement("CALL a() YIELD b RETURN  b [ 0 ] , b , b.c AS d").parts;
  const last = clauses!.at(-1)!;
  expect(last.is === "project" && last.items !== "*" && last.items.map(({ as }) => as)).toEqual([
    "b [ 0 ]",
    "b",
    "d",
  ]);
});

test("random tokens are parsed, or refused with NotOurs", () => {
  const pieces = [
    "CALL",
    "SHOW",
    "RETURN",
    "YIELD",
    "WHERE",
    "a",
    ".",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'s'",
    "1",
    ",",
    "$p",
    "..",
    "->",
    "-",
    "IN",
    "NOT",
    ":",
    "DATABASES",
    "UNION",
    "MATCH",
  ];
  let state = 7;
  const next = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % n;
  };
  for (let i = 0; i < 3000; i++) {
    const query = Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]).join(" ");
    try {
      parseStatement(query);
    } catch (error) {
      expect([query, error]).toEqual([query, expect.any(NotOurs)]);
    }
  }
});
