// Dates, times and durations as values: text, accessors, JavaScript dates, ranges, JSON, console.log.
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Date } from "./date.ts";
import { Duration } from "./duration.ts";
import { LocalTime, Time } from "./time.ts";

fc.configureGlobal({ seed: 20240229 });

type Value = Date | LocalTime | Time | LocalDateTime | DateTime | DateTimeZoneId | Duration;
type Class = { parse(iso: string): Value };

const STOCKHOLM = "Europe/Stockholm";

/** Text that prints as it was read. */
const TEXTS: readonly (readonly [type: Class, iso: string, value: Value])[] = [
  [Date, "1970-01-01", new Date(0)],
  [Date, "2024-02-29", new Date(19782)],
  [Date, "1969-12-31", new Date(-1)],
  [Date, "0000-01-01", new Date(-719528)],
  [Date, "0001-01-01", new Date(-719162)],
  [Date, "9999-12-31", new Date(2932896)],
  [Date, "+010000-01-01", new Date(2932897)],
  [Date, "-000001-12-31", new Date(-719529)],
  [Date, "-000044-03-15", new Date(-735525)],
  [Date, "+999999999-12-31", new Date(365241780471)],
  [Date, "-999999999-01-01", new Date(-365243219162)],
  [LocalTime, "00:00:00", new LocalTime(0)],
  [LocalTime, "12:34:56.789", new LocalTime(45296789000000)],
  [LocalTime, "23:59:59.999999999", new LocalTime(86399999999999)],
  [LocalTime, "00:00:00.000000001", new LocalTime(1)],
  [Time, "12:34:56.789+02:00", new Time(45296789000000, 7200)],
  [Time, "00:00:00Z", new Time(0, 0)],
  [Time, "00:00:00-00:30", new Time(0, -1800)],
  [Time, "00:00:00+00:19:32", new Time(0, 1172)],
  [Time, "00:00:00-18:00", new Time(0, -64800)],
  [LocalDateTime, "2024-02-29T12:34:56.789", new LocalDateTime(1709210096, 789000000)],
  [LocalDateTime, "1969-12-31T23:59:59.5", new LocalDateTime(-1, 500000000)],
  [LocalDateTime, "+999999999-12-31T23:59:59.999999999", new LocalDateTime(31556889832780799n, 999999999)],
  [LocalDateTime, "-999999999-01-01T00:00:00", new LocalDateTime(-31557014135596800n, 0)],
  [LocalDateTime, "+285428751-11-12T07:36:31", new LocalDateTime(Number.MAX_SAFE_INTEGER, 0)],
  [LocalDateTime, "+292277026596-12-04T15:30:07", new LocalDateTime(2n ** 63n - 1n, 0)],
  [LocalDateTime, "-292277022657-01-27T08:29:52", new LocalDateTime(-(2n ** 63n), 0)],
  [DateTime, "2024-02-29T12:34:56.789+02:00", new DateTime(1709202896, 789000000, 7200)],
  [DateTime, "1970-01-01T02:15:00.000000042+01:00", new DateTime(4500, 42, 3600)],
  [DateTime, "1970-01-01T00:00:00Z", new DateTime(0, 0, 0)],
  [
    DateTimeZoneId,
    `2024-02-29T12:34:56.789+01:00[${STOCKHOLM}]`,
    new DateTimeZoneId(1709206496, 789000000, STOCKHOLM),
  ],
  [DateTimeZoneId, "1970-01-01T00:00:00Z[UTC]", new DateTimeZoneId(0, 0, "UTC")],
  [DateTimeZoneId, "1970-01-01T00:00:00Z[Moon/Tycho]", new DateTimeZoneId(0, 0, "Moon/Tycho")],
  [DateTimeZoneId, "1970-01-01T01:00:00+01:00[+01:00]", new DateTimeZoneId(0, 0, "+01:00")],
  [
    DateTimeZoneId,
    "1900-01-01T00:00:00+00:09:21[Europe/Paris]",
    new DateTimeZoneId(-2208989361, 0, "Europe/Paris"),
  ],
  [Duration, "PT0S", new Duration(0, 0, 0)],
  [Duration, "P1Y2M3DT4H5M6.789S", new Duration(14, 3, 14706, 789000000)],
  [Duration, "P-1Y-2M-3DT-4H-5M-6.789S", new Duration(-14, -3, -14707, 211000000)],
  [Duration, "P1M-1DT-0.000000001S", new Duration(1, -1, -1, 999999999)],
  [Duration, "PT-1M", new Duration(0, 0, -60)],
  [Duration, "PT-1M-0.5S", new Duration(0, 0, -61, 500000000)],
  [Duration, "PT0.000000001S", new Duration(0, 0, 0, 1)],
  [Duration, "P14D", new Duration(0, 14, 0)],
  [
    Duration,
    "P768614336404564650Y7M9223372036854775807DT2562047788015215H30M7.999999999S",
    new Duration(2n ** 63n - 1n, 2n ** 63n - 1n, 2n ** 63n - 1n, 999999999),
  ],
  [
    Duration,
    "P-768614336404564650Y-8M-9223372036854775808DT-2562047788015215H-30M-8S",
    new Duration(-(2n ** 63n), -(2n ** 63n), -(2n ** 63n)),
  ],
];

test.for(TEXTS)("%o %s", ([type, iso, value]) => {
  expect(value.toString()).toBe(iso);
  expect(type.parse(iso)).toStrictEqual(value);
  expect(JSON.stringify({ value })).toBe(`{"value":"${iso}"}`);
  expect(inspect({ value }, { breakLength: 200 })).toBe(`{ value: ${iso} }`);
});

/** Text that is accepted, and prints differently. */
const READ: readonly (readonly [type: Class, iso: string, printed: string])[] = [
  [Date, "+2024-02-29", "2024-02-29"],
  [Date, "-0044-03-15", "-000044-03-15"],
  [LocalTime, "12:34", "12:34:00"],
  [LocalTime, "12:34:56,5", "12:34:56.5"],
  [LocalTime, "12:34:56.100000000", "12:34:56.1"],
  [Time, "12:34z", "12:34:00Z"],
  [Time, "12:34+0130", "12:34:00+01:30"],
  [Time, "12:34-01", "12:34:00-01:00"],
  [LocalDateTime, "2024-02-29t12:34", "2024-02-29T12:34:00"],
  [DateTimeZoneId, `2024-02-29T12:34:56[${STOCKHOLM}]`, `2024-02-29T12:34:56+01:00[${STOCKHOLM}]`],
  [DateTimeZoneId, `2024-10-27T02:30:00[${STOCKHOLM}]`, `2024-10-27T02:30:00+02:00[${STOCKHOLM}]`],
  [DateTimeZoneId, `2024-10-27T02:30:00+01:00[${STOCKHOLM}]`, `2024-10-27T02:30:00+01:00[${STOCKHOLM}]`],
  [DateTimeZoneId, `2024-03-31T02:30:00[${STOCKHOLM}]`, `2024-03-31T03:30:00+02:00[${STOCKHOLM}]`],
  [DateTimeZoneId, "2024-02-29T12:00+05:00[Moon/Tycho]", "2024-02-29T07:00:00Z[Moon/Tycho]"],
  [Duration, "P1W", "P7D"],
  [Duration, "P0Y1W", "P7D"],
  [Duration, "P12M", "P1Y"],
  [Duration, "PT3600S", "PT1H"],
  [Duration, "-P1Y-2DT3S", "P-1Y2DT-3S"],
  [Duration, "+p1yt1,5s", "P1YT1.5S"],
  [Duration, "P13M", "P1Y1M"],
  [Duration, "PT-0.5S", "PT-0.5S"],
  [Duration, "PT+0.5S", "PT0.5S"],
];

test.for(READ)("%o %s", ([type, iso, printed]) => {
  expect(type.parse(iso).toString()).toBe(printed);
});

const UNREADABLE: readonly (readonly [type: Class, texts: readonly string[]])[] = [
  [
    Date,
    [
      "",
      "2024",
      "2024-02",
      "2024-02-30",
      "2023-02-29",
      "2024-13-01",
      "2024-00-10",
      "2024-01-00",
      "2024-01-32",
    ],
  ],
  [
    Date,
    ["24-01-01", "2024-1-1", "20240101", "2024-01-01T00:00", "12024-01-01", " 2024-01-01", "2024-01-01\n"],
  ],
  [Date, ["+1234567890123-01-01", "-1-01-01", "2024-02-29Z", "2024-02-29[UTC]"]],
  [
    LocalTime,
    [
      "24:00",
      "12:60",
      "12:34:60",
      "12",
      "1:2",
      "12:34:56.",
      "12:34.5",
      "12:34:56.1234567890",
      "12:34Z",
      "T12:34",
    ],
  ],
  [Time, ["12:34", "12:34+25:00", "12:34+19:00", "12:34+01:60", "12:34+1", "12:34+01:00[UTC]"]],
  [
    LocalDateTime,
    ["2024-02-29", "2024-02-29 12:34", "2024-02-29T", "2024-02-29T12:34Z", "T12:34", "2024-02-2912:34"],
  ],
  [
    DateTime,
    ["2024-02-29T12:34", "2024-02-30T12:34Z", `2024-02-29T12:34Z[${STOCKHOLM}]`, "2024-02-29T12:34+18:01"],
  ],
  [
    DateTimeZoneId,
    ["2024-02-29T12:34Z", "2024-02-29T12:34[]", "2024-02-29T12:34[Moon/Tycho]", "2024-02-29T12:34[UTC][UTC]"],
  ],
  [
    Duration,
    [
      "",
      "P",
      "PT",
      "P1YT",
      "1Y",
      "P1",
      "P1.5Y",
      "PT1.5H",
      "P1D1Y",
      "PT1.0000000001S",
      "P--1Y",
      "P9999999999999999999M",
    ],
  ],
];

describe("parse() refuses", () => {
  test.for(UNREADABLE.flatMap(([type, texts]) => texts.map((iso) => [type, iso] as const)))(
    "%o %s",
    ([type, iso]) => {
      expect(() => type.parse(iso)).toThrow(RangeError);
    },
  );

  test("and quotes the text", () => {
    expect(() => Date.parse("2024-02-30")).toThrow(
      'Date must be ISO 8601 text of its kind, got "2024-02-30"',
    );
    expect(() => DateTimeZoneId.parse("2024-02-29T12:34[Moon/Tycho]")).toThrow(
      'tzId must be a time zone of this runtime, got "Moon/Tycho"',
    );
  });
});

describe("accessors", () => {
  test("of the calendar", () => {
    const { year, month, day } = Date.parse("-000044-03-15");
    expect([year, month, day]).toEqual([-44, 3, 15]);
    expect(Date.parse("+999999999-12-31").year).toBe(999999999);
    expect(Date.parse("0000-01-01").year).toBe(0);
  });

  test("of the clock", () => {
    for (const time of [LocalTime.parse("23:59:58.000000007"), Time.parse("23:59:58.000000007-05:00")]) {
      expect([time.hour, time.minute, time.second, time.nanosecond]).toEqual([23, 59, 58, 7]);
    }
  });

  test("of both: what the wall clock shows", () => {
    const all = [
      LocalDateTime.parse("2024-03-01T00:59:58.5"),
      DateTime.parse("2024-03-01T00:59:58.5+02:00"),
      DateTimeZoneId.parse(`2024-03-01T00:59:58.5[${STOCKHOLM}]`),
    ];
    for (const { year, month, day, hour, minute, second, nanoseconds } of all) {
      expect([year, month, day, hour, minute, second, nanoseconds]).toEqual([
        2024, 3, 1, 0, 59, 58, 500000000,
      ]);
    }
    expect(all.map((value) => value.seconds)).toEqual([1709254798, 1709247598, 1709251198]);
    expect(all[2]).toHaveProperty("tzOffsetSeconds", 3600);
    expect(new DateTimeZoneId(0, 0, "Moon/Tycho").tzOffsetSeconds).toBeUndefined();
    expect(new DateTimeZoneId(0, 0, "Moon/Tycho").hour).toBe(0);
  });
});

describe("JavaScript dates", () => {
  const js = new globalThis.Date("1969-12-31T23:59:59.250Z");

  test("there and back", () => {
    expect(String(Date.from(js))).toBe("1969-12-31");
    expect(Date.from(js).toJSDate()).toEqual(new globalThis.Date("1969-12-31"));
    expect(LocalDateTime.from(js)).toStrictEqual(new LocalDateTime(-1, 250000000));
    expect(DateTime.from(js)).toStrictEqual(new DateTime(-1, 250000000, 0));
    expect(String(DateTime.from(js, 3600))).toBe("1970-01-01T00:59:59.25+01:00");
    expect(String(DateTimeZoneId.from(js, STOCKHOLM))).toBe(`1970-01-01T00:59:59.25+01:00[${STOCKHOLM}]`);
    for (const value of [LocalDateTime.from(js), DateTime.from(js, 60), DateTimeZoneId.from(js, "UTC")]) {
      expect(value.toJSDate()).toEqual(js);
    }
    expect(DateTime.parse("2024-02-29T12:34:56.789999999Z").toJSDate().toJSON()).toBe(
      "2024-02-29T12:34:56.789Z",
    );
  });

  test("beyond their range, or invalid", () => {
    expect(Date.parse("+999999999-12-31").toJSDate().getTime()).toBeNaN();
    expect(new DateTime(2n ** 62n, 0, 0).toJSDate().getTime()).toBeNaN();
    const invalid = new globalThis.Date(NaN);
    expect(() => Date.from(invalid)).toThrow(RangeError);
    expect(() => DateTime.from(invalid)).toThrow(RangeError);
    expect(() => DateTimeZoneId.from(invalid, "UTC")).toThrow(RangeError);
  });
});

describe("ranges", () => {
  test("are checked with names and values in the message", () => {
    expect(() => new Date(1.5)).toThrow(
      "days must be a whole number from -100000000000000 to 100000000000000, got 1.5",
    );
    expect(() => new Date(1e14 + 1)).toThrow(RangeError);
    expect(() => new LocalTime(86400000000000n)).toThrow("got 86400000000000");
    expect(() => new Time(0, -64801)).toThrow(
      "tzOffsetSeconds must be a whole number from -64800 to 64800, got -64801",
    );
    expect(() => new DateTime(0, 1e9, 0)).toThrow(
      "nanoseconds must be a whole number from 0 to 999999999, got 1000000000",
    );
    expect(() => new DateTime(2n ** 63n, 0, 0)).toThrow(
      "seconds must be an integer of 64 bits, got 9223372036854775808",
    );
    expect(() => new DateTime(1e300, 0, 0)).toThrow("seconds must be an integer of 64 bits, got 1e+300");
    expect(() => new LocalDateTime(NaN, 0)).toThrow("got NaN");
    expect(() => new Duration(0, 0, 0.5)).toThrow("seconds must be an integer of 64 bits, got 0.5");
    expect(() => new DateTimeZoneId(0, 0, undefined as unknown as string)).toThrow(
      "tzId must be a string, got undefined",
    );
    const long = "x".repeat(10_000);
    expect(() => new Date(long as unknown as number)).toThrow(`got "${"x".repeat(40)}"`);
    expect(() => new Date(Object.create(null) as number)).toThrow("got an object");
    expect(() => new Date(Symbol("s") as unknown as number)).toThrow("got Symbol(s)");
  });

  test("integers are numbers while safe, bigints beyond, whatever was given", () => {
    expect(new Date(5n).days).toBe(5);
    expect(new LocalDateTime(5n, 7n)).toStrictEqual(new LocalDateTime(5, 7));
    expect(new LocalDateTime(2 ** 60, 0).seconds).toBe(2n ** 60n);
    expect(new LocalDateTime(Number.MAX_SAFE_INTEGER, 0).seconds).toBe(Number.MAX_SAFE_INTEGER);
    expect(new Duration(2n ** 53n, -1n, 0)).toStrictEqual(new Duration(2 ** 53, -1, 0));
    expect(Object.is(new Date(-0).days, 0)).toBe(true);
    expect(Object.is(new Duration(-0, -0, -0, -0).months, 0)).toBe(true);
  });

  test("nanoseconds of a Duration carry over", () => {
    const parts = ({ seconds, nanoseconds }: Duration) => [seconds, nanoseconds];
    expect(parts(new Duration(0, 0, 1, -1))).toEqual([0, 999999999]);
    expect(parts(new Duration(0, 0, -1, 2_500_000_000))).toEqual([1, 500000000]);
    expect(parts(new Duration(0, 0, 0, -(2n ** 63n)))).toEqual([-9223372037, 145224192]);
    expect(() => new Duration(0, 0, -(2n ** 63n), -1)).toThrow("seconds must be an integer of 64 bits");
  });
});

describe("what is printed can be read", () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const some = fc.oneof(int64, fc.integer(), fc.maxSafeInteger());
  const nanos = fc.nat(999_999_999);
  const offset = fc.integer({ min: -64_800, max: 64_800 });
  // Leaves room for the offset, which could push the sum beyond 64 bits.
  const seconds = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n) + 200_000n, max: 2n ** 63n - 200_000n }),
    fc.maxSafeInteger(),
  );
  const zone = fc.constantFrom(STOCKHOLM, "America/New_York", "Asia/Kolkata", "+05:30", "UTC", "Moon/Tycho");
  const same = (type: Class, value: Value): void => {
    expect(type.parse(String(value))).toStrictEqual(value);
  };

  test("Date", () => {
    fc.assert(fc.property(fc.integer({ min: -1e14, max: 1e14 }), (days) => same(Date, new Date(days))));
  });
  test("LocalTime and Time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86399999999999 }), offset, (ns, at) => {
        same(LocalTime, new LocalTime(ns));
        same(Time, new Time(ns, at));
      }),
    );
  });
  test("LocalDateTime", () => {
    fc.assert(fc.property(int64, nanos, (s, ns) => same(LocalDateTime, new LocalDateTime(s, ns))));
  });
  test("DateTime and DateTimeZoneId", () => {
    fc.assert(
      fc.property(seconds, nanos, offset, zone, (s, ns, at, name) => {
        same(DateTime, new DateTime(s, ns, at));
        same(DateTimeZoneId, new DateTimeZoneId(s, ns, name));
      }),
    );
  });
  test("Duration", () => {
    fc.assert(
      fc.property(some, some, some, nanos, (m, d, s, ns) => same(Duration, new Duration(m, d, s, ns))),
    );
  });
  test("and any text at all is parsed or refused with a RangeError", () => {
    const token = fc.constantFrom(
      "2024",
      "-",
      "02",
      "29",
      "T",
      ":",
      "12",
      ".",
      "5",
      "Z",
      "+",
      "01",
      "[",
      "UTC",
      "]",
      "P",
      "D",
      "S",
    );
    const mess = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 20 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(mess, (iso) => {
        for (const type of [Date, LocalTime, Time, LocalDateTime, DateTime, DateTimeZoneId, Duration]) {
          try {
            same(type, type.parse(iso));
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
          }
        }
      }),
    );
  });
});

test("years agree with JavaScript's dates over their whole range", () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
      const js = new globalThis.Date(days * 86_400_000);
      const date = new Date(days);
      expect(String(date)).toBe(js.toISOString().slice(0, -14));
      expect([date.year, date.month, date.day]).toEqual([
        js.getUTCFullYear(),
        js.getUTCMonth() + 1,
        js.getUTCDate(),
      ]);
    }),
  );
});
