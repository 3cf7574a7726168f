// Points on the time line: DateTime (an instant and an offset), DateTimeZoneId (an instant and a named zone)
// and LocalDateTime (a wall clock reading). `seconds` of the first two is always UTC; definitions.ts converts
// the legacy wire forms. Spec: structures, DateTime (49, legacy 46), DateTimeZoneId (69, legacy 66),
// LocalDateTime (64).
import { add, int64, integerBetween, text } from "./checks.ts";
import { CalendarValue, calendar, parseIso, printDateTime, printOffset, splitDay } from "./iso.ts";
import { offsetSeconds } from "./time.ts";
import { wallToUtc, zoneOffset } from "./zones.ts";

/** What the three classes share. The wall clock accessors are computed on each access. */
export abstract class DateAndTime extends CalendarValue {
  /** Seconds since 1970-01-01T00:00; a `bigint` only beyond the safe numbers (285 million years). */
  readonly seconds: number | bigint;
  /** Nanoseconds of the second, 0 to 999999999. */
  readonly nanoseconds: number;

  constructor(seconds: number | bigint, nanoseconds: number | bigint) {
    super();
    this.seconds = int64(seconds, "seconds");
    this.nanoseconds = integerBetween(nanoseconds, "nanoseconds", 0, 999_999_999);
  }

  /** Seconds that the wall clock is ahead of {@link seconds}. */
  protected abstract ahead(): number;

  /** Hour on the wall clock, 0 to 23. */
  get hour(): number {
    return this.wall()[1].getUTCHours();
  }

  /** Minute on the wall clock, 0 to 59. */
  get minute(): number {
    return this.wall()[1].getUTCMinutes();
  }

  /** Second on the wall clock, 0 to 59. */
  get second(): number {
    return this.wall()[1].getUTCSeconds();
  }

  /**
   * The instant as a JavaScript date, truncated to milliseconds; for a LocalDateTime, the date whose UTC fields
   * are its wall clock. An invalid date if more than 100 million days away from 1970.
   */
  toJSDate(): globalThis.Date {
    return new globalThis.Date(Number(this.seconds) * 1000 + Math.floor(this.nanoseconds / 1e6));
  }

  /** Date and time on the wall clock, followed by the offset and the zone where there are any. */
  toString(): string {
    return printDateTime(add(this.seconds, this.ahead()), this.nanoseconds);
  }

  protected wall(): [year: number, date: globalThis.Date] {
    return calendar(...splitDay(add(this.seconds, this.ahead())));
  }
}

/** Seconds and nanoseconds of a JavaScript date. Throws RangeError for an invalid one. */
function instant(date: globalThis.Date): [seconds: number, nanoseconds: number] {
  if (Number.isNaN(date.getTime())) throw new RangeError("the Date is invalid");
  const seconds = Math.floor(date.getTime() / 1000);
  return [seconds, (date.getTime() - seconds * 1000) * 1e6];
}

/** A date and a time of day without zone. Immutable. */
export class LocalDateTime extends DateAndTime {
  /** Throws RangeError for a non-integer and for nanoseconds outside a second. */
  constructor(seconds: number | bigint, nanoseconds: number | bigint) {
    super(seconds, nanoseconds);
    if (new.target === LocalDateTime) Object.freeze(this);
  }

  /** Reads `2024-02-29T12:34:56.789`. Throws RangeError. */
  static parse(iso: string): LocalDateTime {
    const { wall, nanoseconds } = parseIso(iso, "LocalDateTime", /^dTt$/);
    return new LocalDateTime(wall, nanoseconds);
  }

  /** The UTC fields of a JavaScript date as a wall clock reading. Throws RangeError for an invalid date. */
  static from(date: globalThis.Date): LocalDateTime {
    return new LocalDateTime(...instant(date));
  }

  protected ahead(): number {
    return 0;
  }
}

/** An instant, seen at an offset from UTC. Immutable. */
export class DateTime extends DateAndTime {
  /** Seconds east of UTC, -64800 to 64800. */
  readonly tzOffsetSeconds: number;

  /** `seconds` are UTC. Throws RangeError for nanoseconds outside a second and an offset beyond 18 hours. */
  constructor(seconds: number | bigint, nanoseconds: number | bigint, tzOffsetSeconds: number | bigint) {
    super(seconds, nanoseconds);
    this.tzOffsetSeconds = offsetSeconds(tzOffsetSeconds);
    if (new.target === DateTime) Object.freeze(this);
  }

  /** Reads `2024-02-29T12:34:56.789+02:00`, or `Z` for the offset. Throws RangeError. */
  static parse(iso: string): DateTime {
    const { wall, nanoseconds, offset = 0 } = parseIso(iso, "DateTime", /^dTto$/);
    return new DateTime(add(wall, -offset), nanoseconds, offset);
  }

  /** The instant of a JavaScript date, in UTC unless an offset is given. Throws RangeError for an invalid date. */
  static from(date: globalThis.Date, tzOffsetSeconds = 0): DateTime {
    return new DateTime(...instant(date), tzOffsetSeconds);
  }

  protected ahead(): number {
    return this.tzOffsetSeconds;
  }

  override toString(): string {
    return super.toString() + printOffset(this.tzOffsetSeconds);
  }
}

/** An instant, seen in a time zone. Immutable. */
export class DateTimeZoneId extends DateAndTime {
  /** The zone's name, such as `Europe/Stockholm`; kept unchanged even when this runtime does not know it. */
  readonly tzId: string;

  /** `seconds` are UTC. Throws RangeError for nanoseconds outside a second; does not check that the zone exists. */
  constructor(seconds: number | bigint, nanoseconds: number | bigint, tzId: string) {
    super(seconds, nanoseconds);
    this.tzId = text(tzId, "tzId");
    if (new.target === DateTimeZoneId) Object.freeze(this);
  }

  /**
   * Reads `2024-02-29T12:34:56+01:00[Europe/Stockholm]`. An offset (or `Z`) determines the instant. Without one
   * the zone does: a reading that occurs twice means the first, and a skipped one moves forward by the gap.
   * Throws RangeError, without an offset also for a zone that this runtime does not know.
   */
  static parse(iso: string): DateTimeZoneId {
    const { wall, nanoseconds, offset, zone = "" } = parseIso(iso, "DateTimeZoneId", /^dTto?z$/);
    const seconds = offset === undefined ? wallToUtc(zone, wall) : add(wall, -offset);
    return new DateTimeZoneId(seconds, nanoseconds, zone);
  }

  /** The instant of a JavaScript date in a zone. Throws RangeError for an invalid date. */
  static from(date: globalThis.Date, tzId: string): DateTimeZoneId {
    return new DateTimeZoneId(...instant(date), tzId);
  }

  /** Seconds east of UTC in the zone at this instant, `undefined` when this runtime does not know the zone. */
  get tzOffsetSeconds(): number | undefined {
    return zoneOffset(this.tzId, this.seconds);
  }

  /** The zone's offset; 0 for an unknown zone, whose wall clock accessors and text are in UTC. */
  protected ahead(): number {
    return this.tzOffsetSeconds ?? 0;
  }

  /**
   * `2024-02-29T12:34:56.789+01:00[Europe/Stockholm]`. For a zone that this runtime does not know, the instant is
   * printed in UTC, as `2024-02-29T11:34:56.789Z[Moon/Tycho]`, which RFC 9557 reads as "offset unknown".
   */
  override toString(): string {
    return `${super.toString()}${printOffset(this.ahead())}[${this.tzId}]`;
  }
}
