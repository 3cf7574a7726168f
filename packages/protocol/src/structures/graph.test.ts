import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Date } from "./date.ts";
import { Node, Path, Relationship, UnboundRelationship } from "./graph.ts";
import { Point2D } from "./spatial.ts";

const ann = new Node(1, ["Person", "Admin"], { name: "Ann" }, "4:x:1");
const bob = new Node(2, ["Person"], {}, "4:x:2");
const eve = new Node(3, [], {}, "4:x:3");
const knows = new UnboundRelationship(7, "KNOWS", { since: 1999 }, "5:x:7");
const likes = new UnboundRelationship(8, "LIKES", {}, "5:x:8");

/** ann knows bob, who likes eve, who is known by ann's acquaintance: back over KNOWS to ann. */
const walk = new Path([ann, eve, bob], [knows, likes], [1, 2, 2, 1, -2, 2, -1, 0]);

describe("Path", () => {
  test("start, end and length", () => {
    expect(walk.start).toBe(ann);
    expect(walk.end).toBe(ann);
    expect(walk.length).toBe(4);
    const single = new Path([ann], [], []);
    expect([single.start, single.end, single.length, single.segments]).toEqual([ann, ann, 0, []]);
  });

  test("segments in the direction of the walk, relationships in their own", () => {
    const forth = new Relationship(7, 1, 2, "KNOWS", { since: 1999 }, "5:x:7", "4:x:1", "4:x:2");
    const on = new Relationship(8, 2, 3, "LIKES", {}, "5:x:8", "4:x:2", "4:x:3");
    expect(walk.segments).toStrictEqual([
      { start: ann, relationship: forth, end: bob },
      { start: bob, relationship: on, end: eve },
      { start: eve, relationship: on, end: bob },
      { start: bob, relationship: forth, end: ann },
    ]);
    expect(walk.segments).toBe(walk.segments);
    expect(walk.segments[0]?.relationship).toBeInstanceOf(Relationship);
  });

  test("as Cypher draws it", () => {
    expect(String(walk)).toBe(
      '(:Person:Admin {name: "Ann"})-[:KNOWS {since: 1999}]->(:Person)-[:LIKES]->()' +
        '<-[:LIKES]-(:Person)<-[:KNOWS {since: 1999}]-(:Person:Admin {name: "Ann"})',
    );
    expect(String(new Path([eve], [], []))).toBe("()");
  });

  test("indices may be bigints", () => {
    expect(new Path([ann, bob], [knows], [1n, 1n])).toStrictEqual(new Path([ann, bob], [knows], [1, 1]));
  });

  test("bounds are checked", () => {
    const make =
      (...indices: number[]) =>
      () =>
        new Path([ann, bob], [knows], indices);
    expect(make(1, 1, -1, 0)).not.toThrow();
    const wrong = [
      [1],
      [0, 0],
      [2, 0],
      [-2, 0],
      [1, 2],
      [1, -1],
      [1.5, 0],
      [1, 0.5],
      [NaN, 0],
      [1, Infinity],
    ];
    for (const indices of wrong) expect(make(...indices)).toThrow(RangeError);
    expect(make(1, 1, 3, 0)).toThrow('indices must be within nodes and rels, got "1,1,3,0"');
    expect(make(1)).toThrow("indices must be a list of pairs");
    expect(() => new Path([], [], [])).toThrow("indices must be within nodes and rels");
    expect(() => new Path([knows as unknown as Node], [], [])).toThrow(
      "nodes must be a list of the path's own kind",
    );
    expect(() => new Path([ann], [ann as unknown as UnboundRelationship], [])).toThrow("rels must be");
  });
});

test("element ids are the decimal ids where none are given", () => {
  expect(new Node(1n, [], {}).elementId).toBe("1");
  const { elementId, startNodeElementId, endNodeElementId } = new Relationship(1, 2, 3, "X", {});
  expect([elementId, startNodeElementId, endNodeElementId]).toEqual(["1", "2", "3"]);
  expect(new UnboundRelationship(9, "X", {}).elementId).toBe("9");
});

test("fields are checked", () => {
  const bad = undefined as never;
  expect(() => new Node(bad, [], {})).toThrow("id must be an integer of 64 bits, got undefined");
  expect(() => new Node(1, bad, {})).toThrow("labels must be a list");
  expect(() => new Node(1, [1 as never], {})).toThrow("a label must be a string, got 1");
  expect(() => new Node(1, [], bad)).toThrow("properties must be a dictionary");
  expect(() => new Node(1, [], new Map() as never)).toThrow("properties must be a dictionary, got an object");
  expect(() => new Node(1, [], {}, null as never)).toThrow("elementId must be a string, got null");
  expect(() => new Relationship(1, bad, 3, "X", {})).toThrow("startNodeId must be");
  expect(() => new Relationship(1, 2, bad, "X", {})).toThrow("endNodeId must be");
  expect(() => new UnboundRelationship(1, bad, {})).toThrow("type must be a string");
});

test("a bigint id stays a bigint, an unsafe number becomes one", () => {
  expect(new Node(5n, [], {}).id).toBe(5n);
  expect(new Node(2 ** 60, [], {}).id).toBe(2n ** 60n);
});

describe("text and JSON", () => {
  const rich = new Node(2n ** 60n, ["A b", "c`d", "Ünï_1"], {
    "a b": [1, 2n ** 60n, null, true],
    text: 'q"\n',
    map: { x: { y: 1.5 } },
    born: Date.parse("2024-02-29"),
    at: new Point2D(7203, 1, 2),
    ["__proto__"]: 1,
  });

  test("names are quoted where Cypher requires it, values printed as literals", () => {
    expect(String(rich)).toBe(
      '(:`A b`:`c``d`:Ünï_1 {`a b`: [1, 1152921504606846976, null, true], text: "q\\"\\n", ' +
        "map: {x: {y: 1.5}}, born: 2024-02-29, at: point({srid: 7203, x: 1, y: 2}), __proto__: 1})",
    );
    expect(String(new Node(1, [], { a: 1 }))).toBe("({a: 1})");
    expect(String(new Relationship(1, 2, 3, "IS-A", {}))).toBe("[:`IS-A`]");
  });

  test("JSON takes bigints, nested values and odd keys", () => {
    expect(JSON.parse(JSON.stringify({ rich }))).toStrictEqual({
      rich: {
        id: "1152921504606846976",
        labels: ["A b", "c`d", "Ünï_1"],
        properties: JSON.parse(
          '{"a b":[1,"1152921504606846976",null,true],"text":"q\\"\\n","map":{"x":{"y":1.5}},"born":"2024-02-29",' +
            '"at":{"srid":7203,"x":1,"y":2},"__proto__":1}',
        ),
        elementId: "1152921504606846976",
      },
    });
    expect(JSON.stringify(new Node(5n, [], { n: 6n }))).toBe(
      '{"id":5,"labels":[],"properties":{"n":6},"elementId":"5"}',
    );
    expect(JSON.parse(JSON.stringify(new Path([ann], [knows], [])))).toStrictEqual({
      nodes: [{ id: 1, labels: ["Person", "Admin"], properties: { name: "Ann" }, elementId: "4:x:1" }],
      rels: [{ id: 7, type: "KNOWS", properties: { since: 1999 }, elementId: "5:x:7" }],
      indices: [],
    });
    expect(JSON.stringify(new Relationship(1n, 2n, 3n, "X", {}))).toBe(
      '{"id":1,"type":"X","properties":{},"elementId":"1","startNodeId":2,"endNodeId":3,' +
        '"startNodeElementId":"2","endNodeElementId":"3"}',
    );
  });

  test("console.log shows class and fields", () => {
    expect(inspect(bob)).toBe(
      "Node {\n  id: 2,\n  labels: [ 'Person' ],\n  properties: {},\n  elementId: '4:x:2'\n}",
    );
    expect(inspect(likes)).toMatch(/^UnboundRelationship \{/);
    expect(inspect(walk)).toMatch(/^Path \{\n {2}nodes: \[/);
  });
});
