import { describe, expect, test } from "vitest";
import { readStatement, replaceParameters } from "./statement.ts";

describe("readStatement", () => {
  test.each([
    ["RETURN 1", "run", false, false],
    ["  explain MATCH (n) RETURN n", "explain", false, false],
    ["/* PROFILE */ PROFILE\nMATCH (n) SET n.x = 1", "profile", true, false],
    ["MATCH (n) WHERE n.create = 'SET' RETURN n // DELETE", "run", false, false],
    ["MATCH (n:Delete) RETURN `merge`", "run", false, false],
    ["MERGE (n) RETURN n", "run", true, false],
    ["CREATE INDEX foo IF NOT EXISTS FOR (n:P) ON (n.z)", "run", true, true],
    ["DROP CONSTRAINT foo", "run", true, true],
    ["SHOW INDEXES", "run", false, true],
    ["CREATE (:Constraint)", "run", true, false],
    ["", "run", false, false],
  ])("%j", (text, mode, writes, schema) => {
    expect(readStatement(text)).toMatchObject({ mode, writes, schema });
  });

  test("blanks out leading words, so that positions in messages stay right", () => {
    const text = "CYPHER 5 runtime=slotted EXPLAIN RETURN 1";
    expect(readStatement(text).query).toBe(`${" ".repeat(text.indexOf("RETURN"))}RETURN 1`);
    expect(readStatement(text).mode).toBe("explain");
  });

  test("changes nothing else, even in unterminated strings", () => {
    for (const text of ["RETURN 'a\\'b' AS x", 'RETURN "x', "RETURN `a``b`", "/* open", "RETURN '🌍'"]) {
      expect(readStatement(text).query).toBe(text);
    }
  });
});

test("replaceParameters finds parameters and nothing that looks like one", () => {
  const query = "RETURN $x, '$x', \"$x\", `$x`, $xy, $`x`, $`a b` // $x";
  const replaced = replaceParameters(query, (name) =>
    name === "x" || name === "a b" ? `<${name}>` : undefined,
  );
  expect(replaced).toBe("RETURN <x>, '$x', \"$x\", `$x`, $xy, <x>, <a b> // $x");
});
