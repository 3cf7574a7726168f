// Any temporal value that a client may send is returned unchanged or refused. Nothing is lost silently.
import {
  Date as BoltDate,
  DateTime,
  Duration,
  Failure,
  LocalDateTime,
  LocalTime,
  type Row,
  Time,
} from "@bolt/server";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { execute } from "./execute.ts";
import { openDatabase } from "./open.ts";

const db = openDatabase();
afterAll(() => db.close());

async function rows(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
  const { records } = await execute(db, query, parameters, { readOnly: false, rehearse: undefined });
  return [...(records as Iterable<Row>)];
}

/** The value that the engine returns for `value`, or the code with which it refuses it. */
async function back(value: unknown): Promise<unknown> {
  try {
    return (await rows("RETURN $x AS x", { x: value }))[0]![0];
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

const REFUSED = "Neo.ClientError.Statement.TypeError";

const nanoseconds = fc.oneof(
  fc.integer({ min: 0, max: 999_999_999 }),
  fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1000),
);
const offset = fc.oneof(
  fc.integer({ min: -1080, max: 1080 }).map((minutes) => minutes * 60),
  fc.integer({ min: -64_800, max: 64_800 }),
);
/** Mostly within the range of calendars, some up to the limits of Bolt. */
const seconds = fc.oneof(
  fc.integer({ min: -70_000_000_000, max: 260_000_000_000 }),
  fc.bigInt({ min: -31_556_889_864_403_199n, max: 31_556_889_864_403_199n }),
);
const nanosecondOfDay = fc.integer({ min: 0, max: 86_399_999_999_999 });
const part = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

describe("is returned unchanged or refused", () => {
  test.each<[string, fc.Arbitrary<unknown>]>([
    [
      "Date",
      fc
        .oneof(fc.integer({ min: -3_000_000, max: 3_000_000 }), fc.integer())
        .map((days) => new BoltDate(days)),
    ],
    [
      "far Date",
      fc.integer({ min: -365_000_000_000, max: 365_000_000_000 }).map((days) => new BoltDate(days)),
    ],
    ["LocalTime", nanosecondOfDay.map((nanos) => new LocalTime(nanos))],
    ["Time", fc.tuple(nanosecondOfDay, offset).map(([nanos, tz]) => new Time(nanos, tz))],
    ["LocalDateTime", fc.tuple(seconds, nanoseconds).map(([s, nanos]) => new LocalDateTime(s, nanos))],
    ["DateTime", fc.tuple(seconds, nanoseconds, offset).map(([s, nanos, tz]) => new DateTime(s, nanos, tz))],
    [
      "Duration",
      fc
        .tuple(part, part, part, nanoseconds)
        .map(([months, days, s, nanos]) => new Duration(months, days, s, nanos)),
    ],
    ["far Duration", fc.tuple(seconds, nanoseconds).map(([s, nanos]) => new Duration(0, 0, s, nanos))],
  ])("%s", async (_, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const came = await back(value);
        if (came !== REFUSED) expect(came).toStrictEqual(value);
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});

const LOCAL = LocalDateTime.parse("2024-02-29T12:34:56.123456");
const EARLY = LocalDateTime.parse("-000044-03-15T23:59:59.999999");

describe("refused", () => {
  test.each<[string, unknown, string]>([
    [
      "nanoseconds of a local date-time",
      LocalDateTime.parse("2024-02-29T12:34:56.123456789"),
      "microseconds",
    ],
    ["nanoseconds of a date-time", DateTime.parse("2024-02-29T12:34:56.123456789+02:00"), "microseconds"],
    ["an offset with seconds", new Time(0, 30), "whole minutes"],
    ["a date in a million years", new BoltDate(365_000_000_0), "32 bits"],
    ["a date-time in a million years", new DateTime(31_556_889_864_403, 0, 0), "do not reach"],
    ["a duration of 300 years in seconds", new Duration(0, 0, 10_000_000_000), "64 bits"],
    ["a map that the engine would take for a date", { $date: "2024-02-29" }, "to mark types"],
  ])("%s", async (_, value, reason) => {
    const failed = rows("RETURN $x", { x: [value] });
    await expect(failed).rejects.toThrow(reason);
    await expect(failed).rejects.toMatchObject({ code: REFUSED });
  });
});

describe("microseconds of local date-times", () => {
  test.each<[string, unknown]>([
    ["RETURN $x", LOCAL],
    ["RETURN $early", EARLY],
    ["RETURN [$x, null, $early]", [LOCAL, null, EARLY]],
    ["RETURN [[], [$x], [$early, $x]]", [[], [LOCAL], [EARLY, LOCAL]]],
    ["RETURN {a: $x, b: [$early]}", { a: LOCAL, b: [EARLY] }],
    ["RETURN [{a: $x}, {a: $early}]", [{ a: LOCAL }, { a: EARLY }]],
    ["RETURN [1, $x, 'text']", [1, LOCAL, "text"]],
    ["RETURN [1, [$x], {a: $early}]", [1, [LOCAL], { a: EARLY }]],
  ])("%s", async (query, expected) => {
    expect((await rows(query, { x: LOCAL, early: EARLY }))[0]![0]).toEqual(expected);
  });

  test("are kept row by row, in columns of one type and of mixed types", async () => {
    const list = [LOCAL, EARLY, LocalDateTime.parse("2024-01-01T00:00:00")];
    const query = "UNWIND $list AS x RETURN x, [x, x], CASE WHEN x = $list[1] THEN 1 ELSE x END";
    expect(await rows(query, { list })).toEqual(list.map((x, i) => [x, [x, x], i === 1 ? 1 : x]));
  });

  test("are kept in nodes, relationships and paths", async () => {
    await rows("CREATE (a:A {t: $x})-[r:R {t: $early}]->(b:B {t: 1})", { x: LOCAL, early: EARLY });
    const query = "MATCH p = (a:A)-[r]->(b:B) RETURN a, r, [a, b], p";
    const [[a, r, both, p]] = (await rows(query)) as [Row];
    expect(a).toMatchObject({ properties: { t: LOCAL } });
    expect(r).toMatchObject({ properties: { t: EARLY } });
    expect(both).toMatchObject([{ properties: { t: LOCAL } }, { properties: { t: 1 } }]);
    expect(p).toMatchObject({
      nodes: [{ properties: { t: LOCAL } }, { properties: { t: 1 } }],
      rels: [{ properties: { t: EARLY } }],
    });
  });

  test("that are ambiguous in a path cause a failure, not a guess", async () => {
    const [x, y] = [LOCAL, LocalDateTime.parse("2024-02-29T12:34:56.123457")];
    await rows("CREATE (:C {t: $x})-[:R]->(:C {t: $y})", { x, y });
    await expect(rows("MATCH p = (:C)-->() RETURN p")).rejects.toThrow("does not tell the microseconds");
  });
});
