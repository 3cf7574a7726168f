// What is converted on the way: legacy date-times, JavaScript dates, Temporal, overrides of users.
import { PackError, type StructureReader, type StructureWriter, Structure } from "@bolt/framing";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  fromTemporal,
  LocalDateTime,
  LocalTime,
  Node,
  Point2D,
  Point3D,
  temporalReaders,
  temporalStringReaders,
  Time,
  toTemporal,
  Vector,
} from "../src/structures/index.ts";
import { codec, hexOf } from "./structures.ts";

fc.configureGlobal({ seed: 20240229 });

const STOCKHOLM = "Europe/Stockholm";
const f = (wall: string, zone = STOCKHOLM): Structure =>
  new Structure(0x66, [globalThis.Date.parse(`${wall}Z`) / 1000, 0, zone]);

describe("legacy DateTimeZoneId", () => {
  const old = codec({ bolt: "4.4" });
  const read = (wall: string, zone?: string): string => String(old.read(old.write(f(wall, zone))));
  const write = (iso: string): unknown => {
    const raw = codec({ bolt: "4.4" });
    raw.unpacker.structures = [];
    return raw.read(old.write(DateTimeZoneId.parse(iso)));
  };

  test.for([
    ["2024-02-29T12:00:00", "2024-02-29T12:00:00+01:00"],
    ["2024-03-31T01:59:59", "2024-03-31T01:59:59+01:00"],
    ["2024-03-31T02:30:00", "2024-03-31T03:30:00+02:00"],
    ["2024-03-31T03:00:00", "2024-03-31T03:00:00+02:00"],
    ["2024-10-27T02:30:00", "2024-10-27T02:30:00+02:00"],
    ["2024-10-27T03:00:00", "2024-10-27T03:00:00+01:00"],
  ] as const)("%s on the wire is %s", ([wall, printed]) => {
    expect(read(wall)).toBe(`${printed}[${STOCKHOLM}]`);
    // And back, where the wire can express it: a skipped reading has moved forward.
    const back = write(`${printed}[${STOCKHOLM}]`);
    expect(back).toStrictEqual(f(wall === "2024-03-31T02:30:00" ? "2024-03-31T03:30:00" : wall));
  });

  test("the second pass of a repeated hour is refused rather than moved", () => {
    expect(() => write(`2024-10-27T02:30:00+01:00[${STOCKHOLM}]`)).toThrow(
      "the second pass of a repeated hour needs Bolt 5.0, the UTC patch or an offset at $",
    );
    expect(() =>
      codec({ bolt: "4.4", utc: true }).write(
        DateTimeZoneId.parse(`2024-10-27T02:30:00+01:00[${STOCKHOLM}]`),
      ),
    ).not.toThrow();
  });

  test("zones named by an offset need no zone data", () => {
    expect(read("2024-02-29T12:00:00", "-09:30")).toBe("2024-02-29T12:00:00-09:30[-09:30]");
    expect(write("2024-02-29T12:00:00-09:30[-09:30]")).toStrictEqual(f("2024-02-29T12:00:00", "-09:30"));
  });

  test("unknown zones: raw for a client, refused by a server, refused to be sent", () => {
    const hex = old.write(f("2024-02-29T12:00:00", "Moon/Tycho"));
    expect(old.read(hex)).toStrictEqual(f("2024-02-29T12:00:00", "Moon/Tycho"));
    expect(() => codec({ bolt: "4.4", role: "server" }).read(hex)).toThrow(
      'tzId must be a time zone of this runtime, got "Moon/Tycho"',
    );
    expect(() => old.write([new DateTimeZoneId(0, 0, "Moon/Tycho")])).toThrow(
      'tzId must be a time zone of this runtime, got "Moon/Tycho" at $[0]',
    );
  });

  test("seconds beyond 64 bits", () => {
    const last = new DateTime(2n ** 63n - 1n, 0, 3600);
    expect(() => old.write({ last })).toThrow(PackError);
    expect(() => old.write({ last })).toThrow(/ at \$\.last$/);
    expect(codec().read(codec().write(last))).toStrictEqual(last);
    expect(old.read("b346cb800000000000000000c90e10")).toBeInstanceOf(Structure);
  });
});

describe("integers of temporal values are numbers while safe", () => {
  test.for(["auto", "bigint", "number"] as const)("integers: %s", (integers) => {
    const { read, write } = codec({ unpack: { integers } });
    const values = [
      new Date(-1),
      new Time(86399999999999, -3600),
      new LocalTime(0),
      new DateTime(1709202896, 789000000, 7200),
      new DateTimeZoneId(1709202896, 1, "UTC"),
      new LocalDateTime(-1, 999999999),
      new Duration(14, 3, 14706, 789000000),
      new Point2D(7203, 1, 2),
      new Point3D(9157, 1, 2, 3),
    ];
    expect(read(write(values))).toStrictEqual(values);
    const far = new LocalDateTime(2n ** 60n, 0);
    expect(read(write(far))).toStrictEqual(far);
  });

  test("ids stay bigints for those who asked for bigints, path indices do not", () => {
    const { read } = codec({ unpack: { integers: "bigint" } });
    expect(read("b44e0190a08131")).toStrictEqual(new Node(1n, [], {}, "1"));
    expect(read("b35092b44e0190a08131b44e0290a0813291b472038158a08133920101")).toMatchObject({
      indices: [1, 1],
    });
  });
});

describe("wire round trips", () => {
  const int64 = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer(),
    fc.maxSafeInteger(),
  );
  const seconds = fc.oneof(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.maxSafeInteger());
  const nanos = fc.nat(999_999_999);
  const offset = fc.integer({ min: -64_800, max: 64_800 });
  const double = fc.double();
  const value = fc.oneof(
    fc.integer({ min: -1e14, max: 1e14 }).map((days) => new Date(days)),
    fc.tuple(fc.integer({ min: 0, max: 86399999999999 }), offset).map((fields) => new Time(...fields)),
    fc.integer({ min: 0, max: 86399999999999 }).map((ns) => new LocalTime(ns)),
    fc.tuple(seconds, nanos, offset).map((fields) => new DateTime(...fields)),
    fc.tuple(seconds, nanos, fc.constantFrom("+05:30", "UTC")).map((fields) => new DateTimeZoneId(...fields)),
    fc.tuple(int64, nanos).map((fields) => new LocalDateTime(...fields)),
    fc.tuple(int64, int64, int64, nanos).map((fields) => new Duration(...fields)),
    fc.tuple(fc.integer(), double, double).map((fields) => new Point2D(...fields)),
    fc.tuple(fc.integer(), double, double, double).map((fields) => new Point3D(...fields)),
  );

  test.for([
    ["2", false],
    ["3", false],
    ["4.2", false],
    ["4.4", false],
    ["4.4", true],
    ["5.8", true],
    ["6.1", true],
  ] as const)("Bolt %s, UTC patch: %s", ([bolt, utc]) => {
    const client = codec({ bolt, utc });
    const server = codec({ bolt, utc, role: "server" });
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(server.read(client.write(values))).toStrictEqual(values);
        expect(client.read(server.write(values))).toStrictEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test("every half hour of a year in zones, legacy, except the second pass of repeated hours", () => {
    const { read, write } = codec({ bolt: "4.4" });
    const start = globalThis.Date.UTC(2024, 0) / 1000;
    fc.assert(
      fc.property(
        fc.nat(366 * 48),
        fc.constantFrom(STOCKHOLM, "America/New_York", "Asia/Kolkata"),
        (half, zone) => {
          const sent = new DateTimeZoneId(start + half * 1800, 0, zone);
          const before = new DateTimeZoneId(Number(sent.seconds) - 3600, 0, zone);
          const repeated = before.hour === sent.hour && before.tzOffsetSeconds !== sent.tzOffsetSeconds;
          if (repeated) expect(() => write(sent)).toThrow(PackError);
          else expect(read(write(sent))).toStrictEqual(sent);
        },
      ),
    );
  });

  test("any structure at all is read, kept or refused, and the reader stays usable", () => {
    const packer = codec({ bolt: "6.1" }).packer;
    const field = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.uint8Array(), value);
    const tag = fc.constantFrom(
      0x4e,
      0x52,
      0x72,
      0x50,
      0x44,
      0x54,
      0x74,
      0x49,
      0x69,
      0x64,
      0x45,
      0x58,
      0x59,
      0x56,
      0x3f,
    );
    for (const role of ["client", "server"] as const) {
      const { read } = codec({ bolt: "6.1", role });
      fc.assert(
        fc.property(tag, fc.array(field, { maxLength: 9 }), (t, fields) => {
          const hex = hexOf(packer.pack([new Structure(t, fields), 5]));
          try {
            expect((read(hex) as unknown[])[1]).toBe(5);
          } catch (error) {
            if (role === "client") throw error;
            expect(error).toMatchObject({ code: "UNPACK_ERROR", reason: "structure" });
          }
          expect(read("b14405")).toStrictEqual(new Date(5));
        }),
      );
    }
  });
});

describe("JavaScript dates are sent as DateTime in UTC", () => {
  const js = new globalThis.Date("2024-02-29T11:34:56.789Z");

  test("with their milliseconds, in the form of the version", () => {
    expect(codec().write(js)).toBe("b349ca65e06be0ca2f072f4000");
    expect(codec({ bolt: "4.2" }).write(js)).toBe("b346ca65e06be0ca2f072f4000");
    expect(codec({ role: "server" }).write(js)).toBe("b349ca65e06be0ca2f072f4000");
    expect(codec().read(codec().write(js))).toStrictEqual(DateTime.parse("2024-02-29T11:34:56.789Z"));
  });

  test("an invalid one is refused", () => {
    expect(() => codec().write({ at: new globalThis.Date(NaN) })).toThrow("the Date is invalid at $.at");
  });
});

describe("overrides", () => {
  const all = [
    new Date(19782),
    new Time(45296789000000, 7200),
    new LocalTime(45296789000000),
    new DateTime(1709202896, 789000000, 7200),
    new DateTimeZoneId(1709206496, 789000000, STOCKHOLM),
    new LocalDateTime(1709210096, 789000000),
    new Duration(14, 3, 14706, 789000000),
  ];

  test("temporal values as text, on every version", () => {
    for (const [bolt, utc] of [
      ["2", false],
      ["4.4", false],
      ["4.4", true],
      ["5.4", true],
    ] as const) {
      const { read, write } = codec({ bolt, utc, readers: temporalStringReaders() });
      expect(read(write(all))).toEqual([
        "2024-02-29",
        "12:34:56.789+02:00",
        "12:34:56.789",
        "2024-02-29T12:34:56.789+02:00",
        "2024-02-29T12:34:56.789+01:00[Europe/Stockholm]",
        "2024-02-29T12:34:56.789",
        "P1Y2M3DT4H5M6.789S",
      ]);
      expect(read("b2440102")).toStrictEqual(new Structure(0x44, [1, 2]));
      expect(() => read(utc ? "b3460000 00".replace(" ", "") : "b349000000")).toThrow("has no structure");
    }
  });

  test("a value that the conversion refuses stays unchanged", () => {
    const { read, write } = codec({
      readers: temporalReaders((value) => {
        if (value instanceof Date) throw new Error("no dates");
        return 1;
      }),
    });
    expect(read(write(all))).toEqual([all[0], 1, 1, 1, 1, 1, 1]);
  });

  test("a user's own reader for a known tag, and for an unknown one", () => {
    const own: StructureReader = (unpacker, size, tag) => [
      tag,
      ...Array.from({ length: size }, () => unpacker.read()),
    ];
    const { read } = codec({ bolt: "4.4", readers: { 0x44: own, 0x7b: own, 0x49: own } });
    expect(read("93b14405b27b0102b3640000 00".replace("b3640000 00", "b2640000"))).toStrictEqual([
      [0x44, 5],
      [0x7b, 1, 2],
      new LocalDateTime(0, 0),
    ]);
    expect(() => read("b349000000")).toThrow("Bolt 4.4 without UTC patch has no structure 0x49 (DateTime)");
  });

  test("a user's own writer for a class, and for a subclass of ours", () => {
    class Money {
      readonly cents = 5;
    }
    class Day extends Date {}
    const money: StructureWriter = (packer, value: Money) => packer.write(value.cents / 100);
    const { write } = codec({ writers: new Map([[Money, money]]) });
    expect(write([new Money(), new Day(5)])).toBe("92c13fa999999999999ab14405");
    expect(() => codec().write(new Money())).toThrow(PackError);
  });
});

// Runs on the workspace's Node.js, which has Temporal; skipped where there is none.
describe.runIf("Temporal" in globalThis)("Temporal", () => {
  const { write } = codec();
  const pairs: readonly (readonly [type: string, text: string, value: unknown])[] = [
    ["PlainDate", "2024-02-29", Date.parse("2024-02-29")],
    ["PlainDate", "-000044-03-15", Date.parse("-000044-03-15")],
    ["PlainTime", "12:34:56.000000007", LocalTime.parse("12:34:56.000000007")],
    ["PlainDateTime", "2024-02-29T12:34:56.789", LocalDateTime.parse("2024-02-29T12:34:56.789")],
    [
      "ZonedDateTime",
      `2024-02-29T12:34:56+01:00[${STOCKHOLM}]`,
      DateTimeZoneId.parse(`2024-02-29T12:34:56+01:00[${STOCKHOLM}]`),
    ],
    ["ZonedDateTime", "1969-12-31T23:59:59.999999999+00:00[UTC]", new DateTimeZoneId(-1, 999999999, "UTC")],
    ["ZonedDateTime", "2024-02-29T12:34:56-09:30[-09:30]", DateTime.parse("2024-02-29T12:34:56-09:30")],
    ["ZonedDateTime", "1970-01-01T00:00:00+00:00[+00:00]", new DateTime(0, 0, 0)],
    ["Duration", "P1Y2M3DT4H5M6.789S", Duration.parse("P1Y2M3DT4H5M6.789S")],
    ["Duration", "-P1Y2M3DT4H5M6.789S", Duration.parse("-P1Y2M3DT4H5M6.789S")],
    ["Duration", "-PT0.5S", new Duration(0, 0, -1, 500000000)],
    ["Duration", "PT0S", new Duration(0, 0, 0)],
  ];
  type Temporal = Record<string, { from(text: unknown): { toString(): string } }>;
  const temporal = (globalThis as unknown as { Temporal: Temporal }).Temporal;

  test.for(pairs)("%s %s, both ways", ([type, text, value]) => {
    const theirs = temporal[type]?.from(text);
    expect(fromTemporal(theirs)).toStrictEqual(value);
    expect(String(toTemporal(value))).toBe(text);
    expect(Object.getPrototypeOf(toTemporal(value))).toBe(Object.getPrototypeOf(theirs));
    expect(write({ at: [theirs] })).toBe(write({ at: [value] }));
  });

  test("one way only", () => {
    expect(fromTemporal(temporal.Instant?.from("2024-02-29T12:34:56.5+02:00"))).toStrictEqual(
      DateTime.parse("2024-02-29T10:34:56.5Z"),
    );
    expect(write(temporal.Instant?.from("1970-01-01T00:00Z"))).toBe("b349000000");
    expect(fromTemporal(temporal.Duration?.from({ weeks: 1, milliseconds: -0, hours: 1 }))).toStrictEqual(
      new Duration(0, 7, 3600),
    );
    expect(fromTemporal(temporal.Duration?.from({ milliseconds: Number.MAX_SAFE_INTEGER }))).toStrictEqual(
      new Duration(0, 0, 9007199254740, 991000000),
    );
    const hebrew = temporal.PlainDate?.from({ year: 5784, monthCode: "M05L", day: 20, calendar: "hebrew" });
    expect(fromTemporal(hebrew)).toStrictEqual(Date.parse("2024-02-29"));
  });

  test("what has no counterpart", () => {
    for (const other of [
      null,
      undefined,
      1,
      "P1Y",
      {},
      new globalThis.Date(0),
      temporal.PlainYearMonth?.from("2024-02"),
    ]) {
      expect(fromTemporal(other)).toBeUndefined();
    }
    const time = Time.parse("12:34Z");
    expect(toTemporal(time)).toBe(time);
    expect(toTemporal(5)).toBe(5);
    expect(() => write(temporal.PlainYearMonth?.from("2024-02"))).toThrow(PackError);
  });

  test("a value that Temporal refuses throws, and stays of our class when read", () => {
    const refused = [
      Date.parse("+999999999-12-31"),
      new LocalDateTime(2n ** 60n, 0),
      new DateTime(0, 0, 30),
      new DateTimeZoneId(0, 0, "Moon/Tycho"),
      new Duration(1, -1, 0),
      new Duration(2n ** 40n, 0, 0),
    ];
    for (const value of refused) expect(() => toTemporal(value)).toThrow(RangeError);
    const { read } = codec({ readers: temporalReaders(toTemporal) });
    expect(read(write(refused))).toStrictEqual(refused);
    expect(read(write(new Date(0)))).toEqual(temporal.PlainDate?.from("1970-01-01"));
  });
});

test("without Temporal", () => {
  vi.stubGlobal("Temporal", undefined);
  try {
    expect(() => toTemporal(new Date(0))).toThrow("this runtime has no Temporal");
    const readers = temporalReaders(toTemporal);
    expect(codec({ readers }).read("b14405")).toStrictEqual(new Date(5));
    expect(codec({ bolt: "5.7", role: "server" }).write(new Vector("int8", [1]).data)).toBe("9101");
  } finally {
    vi.unstubAllGlobals();
  }
});
