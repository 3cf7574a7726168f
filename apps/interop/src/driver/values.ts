// Every type, sent and read back as a parameter and as a property, and compared with what the server itself creates.
import assert from "node:assert/strict";
import {
  Date,
  DateTime,
  DateTimeZoneId,
  type Driver,
  Duration,
  Float,
  LocalDateTime,
  LocalTime,
  Node,
  PackError,
  Path,
  Point2D,
  Point3D,
  Relationship,
  SRID,
  Time,
  UnsupportedType,
  UUID,
  Vector,
} from "@bolt/client";
import { type Checks, type Context, rejection, Skip } from "./check.ts";

type Examples = Readonly<Record<string, unknown>>;

const INTEGERS = [
  0, -1, -16, -17, 127, 128, -128, -129, 32_767, -32_769, 2 ** 31, -(2 ** 31) - 1,
  Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 53n, -(2n ** 53n),
  2n ** 63n - 1n, -(2n ** 63n),
]; // oxfmt-ignore

const FLOATS = [0.5, -1.25, -0, 1.1, 1e300, 5e-324, 2 ** 63, Infinity, -Infinity, NaN];

const STRINGS = ["", "a", "ä€😀 \u0000 \u202e", "汉字 हिन्दी عربى", "x".repeat(255), "ü".repeat(70_000)];

const STORABLE: Examples = {
  "a boolean": true,
  "64-bit integer": 2n ** 63n - 1n,
  "list of integers": [1, 2, 3],
  "list of floats": [0.5, 1.5],
  "list of strings": ["ä", ""],
  string: "ä€😀",
};

const TEMPORAL: Examples = {
  date: Date.parse("2024-02-29"),
  "date before 1582": Date.parse("0001-01-01"),
  "date before year 0": Date.parse("-0044-03-15"),
  time: Time.parse("12:34:56.789000001-01:30"),
  "local time": LocalTime.parse("23:59:59.999999999"),
  "date-time with offset": DateTime.parse("2024-02-29T12:34:56.789000001+02:00"),
  "date-time before 1970": DateTime.parse("1890-01-01T00:00:00.000000001Z"),
  "date-time with zone": DateTimeZoneId.parse("2024-07-01T12:34:56.789[Europe/Berlin]"),
  "date-time in winter": DateTimeZoneId.parse("2024-12-01T12:34:56[America/New_York]"),
  "local date-time": LocalDateTime.parse("2024-02-29T12:34:56.000000001"),
  duration: Duration.parse("P1Y2M3DT4H5M6.789S"),
  "negative duration": new Duration(-14, -3, -5, 999_999_999),
};

const SPATIAL: Examples = {
  "WGS 84": new Point2D(SRID.WGS84_2D, 12.99, 55.6),
  "WGS 84 3D": new Point3D(SRID.WGS84_3D, 12.99, 55.6, 100.5),
  Cartesian: new Point2D(SRID.CARTESIAN_2D, 1.5, -2.5),
  "Cartesian 3D": new Point3D(SRID.CARTESIAN_3D, 1.5, -2.5, 3.25),
};

const VECTORS: Examples = {
  int8: new Vector("int8", [-128, 0, 127]),
  int16: new Vector("int16", [-32_768, 0, 32_767]),
  int32: new Vector("int32", [-(2 ** 31), 0, 2 ** 31 - 1]),
  int64: new Vector("int64", [-(2n ** 63n), 0n, 2n ** 63n - 1n]),
  float32: new Vector("float32", [-1.5, 0, 2.25]),
  float64: new Vector("float64", [-1.1, 0, 1e300]),
};

/** Prefix for queries that use functions of newer types. */
const CYPHER_25 = "CYPHER 25 ";

async function echo(db: Driver, x: unknown): Promise<unknown> {
  await using session = db.session();
  return (await session.run("RETURN $x AS x", { x }).single())["x"];
}

/** Checks all values as parameters, one by one. */
async function thereAndBack(db: Driver, examples: Examples): Promise<void> {
  for (const [name, value] of Object.entries(examples)) {
    assert.deepEqual(await echo(db, value), value, `as a parameter: ${name}`);
    assert.deepEqual(await echo(db, { list: [value] }), { list: [value] }, `in a list in a map: ${name}`);
  }
}

/** Checks all values as properties of one node. */
async function stored({ db, run }: Context, examples: Examples): Promise<void> {
  const properties = Object.fromEntries(Object.values(examples).map((value, i) => [`p${i}`, value]));
  const text = "CREATE (n:Driven {run: $run}) SET n += $properties RETURN n";
  const { records } = await db.executeQuery<{ n: Node<Record<string, unknown>> }>(text, { run, properties });
  for (const [i, [name, value]] of Object.entries(examples).entries()) {
    assert.deepEqual(records[0]?.n.properties[`p${i}`], value, `as a property: ${name}`);
  }
}

/** Compares the server's results of expressions with values made here. */
async function made(db: Driver, expressions: Examples, before = ""): Promise<void> {
  await using session = db.session();
  for (const [expression, value] of Object.entries(expressions)) {
    const { x } = await session.run<{ x: unknown }>(`${before}RETURN ${expression} AS x`).single();
    assert.deepEqual(x, value, expression);
  }
}

export const values: Checks = {
  "null and booleans": async ({ db }) => {
    await thereAndBack(db, { null: null, true: true, false: false });
    assert.deepEqual(await echo(db, [undefined, { left: undefined }]), [null, {}]);
  },

  "integers to the limits of 64 bits": async ({ db, open }) => {
    assert.deepEqual(await echo(db, INTEGERS), INTEGERS);
    const all = INTEGERS.map(BigInt);
    assert.deepEqual(await echo(open({ integers: "bigint" }), all), all);
    assert.deepEqual(await echo(open({ integers: "number" }), all), all.map(Number));
    await made(db, { "9223372036854775807": 2n ** 63n - 1n, "-9223372036854775808": -(2n ** 63n) });
    for (const x of [2n ** 63n, -(2n ** 63n) - 1n]) await rejection(echo(db, x), PackError);
    return `number to 2^53 - 1, bigint to 2^63 - 1; "bigint" and "number" too`;
  },

  "floats to the last bit": async ({ db, open }) => {
    assert.deepEqual(await echo(db, FLOATS), FLOATS);
    assert.equal(await echo(db, new Float(1)), 1);
    const wrapped = [new Float(1), 1, new Float(0.5)];
    assert.deepEqual(await echo(open({ floats: "wrap" }), wrapped), wrapped);
    await made(db, { "1.0 / 3": 1 / 3, "0.1 + 0.2": 0.1 + 0.2 });
  },

  "strings in any script": async ({ db }) => {
    assert.deepEqual(await echo(db, STRINGS), STRINGS);
    await made(db, { "size('ä€')": 2, "'ä' + '€'": "ä€", "reverse('汉字')": "字汉" });
    await rejection(echo(db, "\ud800"), PackError);
  },

  bytes: async ({ db }) => {
    for (const length of [0, 1, 255, 256, 70_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i % 256);
      assert.deepEqual(await echo(db, bytes), bytes);
    }
    assert.deepEqual(await echo(db, Buffer.from([1, 2]).buffer.slice(0, 0)), new Uint8Array(0));
  },

  "lists and maps": async ({ db }) => {
    await thereAndBack(db, {
      empty: [[], {}],
      mixed: [1, "two", [3.5, null], { four: [true] }],
      "long list": Array.from({ length: 70_000 }, (_, i) => i % 7),
      "long map": Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
      "key beyond ASCII": { "ä €": 1, "": 2 },
      __proto__: JSON.parse(`{"__proto__": 1, "constructor": 2}`),
    });
    assert.deepEqual(await echo(db, new Map([["a", new Set([1])]])), { a: [1] });
    await rejection(echo(db, { f: () => 1 }), PackError);
  },

  "as properties": (context) => stored(context, STORABLE),

  temporal: async (context) => {
    await thereAndBack(context.db, TEMPORAL);
    await stored(context, TEMPORAL);
  },

  "temporal, made by the server": async ({ db }) =>
    made(db, {
      "date('2024-02-29')": TEMPORAL["date"],
      "time('12:34:56.789000001-01:30')": TEMPORAL["time"],
      "localtime('23:59:59.999999999')": TEMPORAL["local time"],
      "datetime('2024-02-29T12:34:56.789000001+02:00')": TEMPORAL["date-time with offset"],
      "datetime('2024-07-01T12:34:56.789[Europe/Berlin]')": TEMPORAL["date-time with zone"],
      "localdatetime('2024-02-29T12:34:56.000000001')": TEMPORAL["local date-time"],
      "duration('P1Y2M3DT4H5M6.789S')": TEMPORAL["duration"],
    }),

  "temporal, as strings and as Temporal": async ({ open }) => {
    const text = { temporal: "string" } as const;
    const expression = "date('2024-02-29') AS d, datetime('2024-02-29T12:34:56+02:00') AS dt";
    const { records } = await open(text).executeQuery(`RETURN ${expression}`);
    assert.deepEqual(records, [{ d: "2024-02-29", dt: "2024-02-29T12:34:56+02:00" }]);
    if (!("Temporal" in globalThis)) return "this runtime has no Temporal; strings only";
    const { Temporal } = globalThis as unknown as {
      Temporal: Record<string, { from(iso: string): { toString(): string } }>;
    };
    const db = open({ temporal: "Temporal" });
    for (const [type, iso] of [
      ["PlainDate", "2024-02-29"],
      ["PlainTime", "12:34:56.000000001"],
      ["PlainDateTime", "2024-02-29T12:34:56"],
      ["ZonedDateTime", "2024-07-01T12:34:56+02:00[Europe/Berlin]"],
      ["Duration", "P1Y2M3DT4H5M6S"],
    ] as const) {
      const value = Temporal[type]!.from(iso);
      const back = await echo(db, value);
      assert.equal(back?.constructor, value.constructor, type);
      if (type !== "Duration") assert.equal(String(back), String(value));
    }
  },

  spatial: async (context) => {
    await thereAndBack(context.db, SPATIAL);
    await stored(context, SPATIAL);
    await made(context.db, {
      "point({longitude: 12.99, latitude: 55.6})": SPATIAL["WGS 84"],
      "point({longitude: 12.99, latitude: 55.6, height: 100.5})": SPATIAL["WGS 84 3D"],
      "point({x: 1.5, y: -2.5})": SPATIAL["Cartesian"],
      "point({x: 1.5, y: -2.5, z: 3.25})": SPATIAL["Cartesian 3D"],
    });
  },

  "nodes, relationships, paths": async ({ db, run }) => {
    const { records } = await db.executeQuery<{ a: Node; r: Relationship; b: Node; p: Path }>(
      `CREATE p = (a:Driven:Second {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Driven {run: $run})
       RETURN a, r, b, p`,
      { run },
    );
    const { a, r, b, p } = records[0]!;
    assert.ok(a instanceof Node && r instanceof Relationship && p instanceof Path);
    assert.deepEqual([a.labels.toSorted(), a.properties], [["Driven", "Second"], { run, name: "a" }]);
    assert.deepEqual([r.type, r.properties], ["KNOWS", { since: 2020 }]);
    assert.deepEqual([r.startNodeElementId, r.endNodeElementId], [a.elementId, b.elementId]);
    assert.deepEqual([p.nodes.length, p.segments.length], [2, 1]);
    assert.equal(p.segments[0]?.relationship.elementId, r.elementId);
    const back = "MATCH p = (:Driven {run: $run, name: 'a'})-[:KNOWS]->() RETURN nodes(p) AS n, p";
    const again = await db.executeQuery<{ n: Node[]; p: Path }>(back, { run }, { mode: "read" });
    assert.deepEqual(
      again.records[0]?.n.map(({ elementId }) => elementId),
      [a.elementId, b.elementId],
    );
    await rejection(echo(db, a), PackError);
    JSON.stringify(records);
  },

  vectors: async ({ db, capabilities }) => {
    if (!capabilities.vectors) throw new Skip("needs Bolt 6.0");
    // As parameters only: the store of the Community edition takes neither vectors nor UUIDs as properties.
    await thereAndBack(db, VECTORS);
    await made(db, { "vector([1, 2, 3], 3, INTEGER8)": new Vector("int8", [1, 2, 3]) }, CYPHER_25);
  },

  "vectors before Bolt 6.0": async ({ open, capabilities }) => {
    const older = open({ versions: ["5.8-5.0", "4.4-4.2", "4.1", "3"] });
    await rejection(echo(older, new Vector("int8", [1])), PackError);
    assert.deepEqual(await echo(older, 1), 1);
    if (!capabilities.vectors) return "refused before anything is sent";
    const query = CYPHER_25 + "RETURN vector([1, 2, 3], 3, INTEGER8) AS v";
    const { records, summary } = await older.executeQuery(query);
    assert.ok(summary.notifications.some(({ code }) => code.endsWith("UnsupportedType")));
    return `Bolt 5.8 gives ${JSON.stringify(records[0]?.["v"])} and says so`;
  },

  UUIDs: async ({ db, open, capabilities }) => {
    if (!capabilities.uuids) throw new Skip("needs Bolt 6.1");
    const uuid = UUID.parse("550e8400-e29b-41d4-a716-446655440000");
    await thereAndBack(db, { uuid });
    await made(db, { [`uuid('${uuid.toString()}')`]: uuid }, CYPHER_25);
    // 6.0 has a placeholder for unknown types, which says which version they need.
    const { records } = await open({ versions: "6.0" }).executeQuery<{ x: UnsupportedType }>(
      `${CYPHER_25}RETURN uuid('${uuid.toString()}') AS x`,
    );
    assert.ok(records[0]!.x instanceof UnsupportedType);
    return `on Bolt 6.0 an UnsupportedType, ${records[0]!.x.toString()}`;
  },

  "custom codecs": async ({ open }) => {
    class Money {
      readonly cents: number;
      constructor(cents: number) {
        this.cents = cents;
      }
    }
    const db = open({
      codecs: [
        { type: Money, encode: ({ cents }: Money) => cents },
        { reads: Point2D, decode: ({ x, y }: Point2D) => ({ x, y }) },
      ],
    });
    const query = "RETURN $price + 1 AS price, point({x: 1, y: 2}) AS place";
    const { records } = await db.executeQuery(query, { price: new Money(199) });
    assert.deepEqual(records, [{ price: 200, place: { x: 1, y: 2 } }]);
  },
};
