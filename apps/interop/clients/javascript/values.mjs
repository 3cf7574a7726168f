// Values of every type that a driver has, made with that driver's own classes.
import { check, checkSame } from "./report.mjs";

export function values({ int }) {
  return {
    null: null,
    booleans: [true, false],
    "small integers": [0, -1, -16, -17, 127, 128, -128, -129].map((n) => int(n)),
    "large integers": [
      "32767",
      "2147483648",
      "9007199254740993",
      "9223372036854775807",
      "-9223372036854775808",
    ].map((text) => int(text)),
    floats: [0.5, -1.25, 1e300, -0, 5e-324, Infinity, -Infinity, NaN, 1.1],
    strings: ["", "a", "ä€😀", "x".repeat(15), "x".repeat(16), "y".repeat(256), "z".repeat(100_000)],
    "no bytes": new Int8Array(0),
    bytes: Int8Array.from([0, 1, 127, -128, -1]),
    "many bytes": new Int8Array(70_000).fill(7),
    lists: [[], [int(1), "two", [3.5, null]], Array.from({ length: 300 }, (_, n) => int(n))],
    maps: { empty: {}, nested: { deep: { list: [int(1), { x: true }] } }, "key with ä": "v" },
    "a large map": Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`key${n}`, int(n)])),
  };
}

export function temporal({ types, int }, classic) {
  if (!types.Date) return undefined;
  const { Date, Time, LocalTime, DateTime, LocalDateTime, Duration } = types;
  const day = [2024, 2, 29].map((n) => int(n));
  const clock = [12, 34, 56, 789_000_001].map((n) => int(n));
  return {
    date: new Date(...day),
    "date before 1970": new Date(...[1582, 10, 4].map((n) => int(n))),
    time: new Time(...clock, int(-5400)),
    "local time": new LocalTime(...clock),
    "date time with offset": new DateTime(...day, ...clock, int(7200)),
    // 1.x accepts only one of offset and zone; later versions want both, to fix the moment.
    "date time with zone": new DateTime(...day, ...clock, classic ? undefined : int(3600), "Europe/Berlin"),
    "local date time": new LocalDateTime(...day, ...clock),
    duration: new Duration(int(14), int(-3), int(5), int(999_999_999)),
  };
}

export function spatial({ types, int }) {
  const { Point } = types;
  return (
    Point && {
      cartesian: new Point(int(7203), 1.5, -2.5),
      "cartesian 3d": new Point(int(9157), 1.5, -2.5, 3.25),
      "WGS 84": new Point(int(4326), 12.99, 55.6),
      "WGS 84 3d": new Point(int(4979), 12.99, 55.6, 100.5),
    }
  );
}

export function vectors({ vector }) {
  return (
    vector && {
      int8: vector(Int8Array.of(-128, 0, 127)),
      int16: vector(Int16Array.of(-32768, 0, 32767)),
      int32: vector(Int32Array.of(-2147483648, 0, 2147483647)),
      int64: vector(BigInt64Array.of(-1n, 2n ** 62n)),
      float32: vector(Float32Array.of(0.5, -1.25)),
      float64: vector(Float64Array.of(0.1, 1e300)),
    }
  );
}

export function uuids({ uuid }) {
  return uuid && { uuid: uuid("550e8400-e29b-41d4-a716-446655440000") };
}

export async function graph(neo4j, session, run) {
  const created = await session.run(
    "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Interop {run: $run, name: 'b'}) RETURN a, r, b",
    { run },
  );
  const [a, r, b] = created.records[0].keys.map((key) => created.records[0].get(key));
  checkSame([a.labels, a.properties], [["Interop"], { run, name: "a" }]);
  checkSame([r.type, r.properties], ["KNOWS", { since: neo4j.int(2020) }]);
  const id = (thing) => thing.elementId ?? thing.identity.toString();
  checkSame(
    [r.startNodeElementId ?? r.start.toString(), r.endNodeElementId ?? r.end.toString()],
    [id(a), id(b)],
  );
  const found = await session.run(
    "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p",
    { run },
  );
  const path = found.records[0].get("p");
  checkSame(path.segments.length, 1);
  checkSame([id(path.start), id(path.end)], [id(b), id(a)]);
  check(id(path.segments[0].relationship) === id(r), "another relationship in the path");
}
