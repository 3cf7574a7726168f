// Times of day: Time with an offset from UTC, LocalTime without. Both count nanoseconds of the day on the wall clock;
// the offset of a Time does not shift them. Spec: structures, Time (54), LocalTime (74).
import { integerBetween } from "./checks.ts";
import { IsoValue, type IsoParts, SECOND, parseIso, printOffset, printTime } from "./iso.ts";

/** The largest distance from UTC that a value may have, in seconds: 18 hours, Java's limit. */
const MAX_OFFSET = 64_800;

/** Seconds east of UTC, within 18 hours. Throws RangeError. */
export function offsetSeconds(value: unknown): number {
  return integerBetween(value, "tzOffsetSeconds", -MAX_OFFSET, MAX_OFFSET);
}

/** What both times of day share. */
export abstract class TimeOfDay extends IsoValue {
  /** Nanoseconds since midnight on the wall clock, 0 to 86399999999999. */
  readonly nanoseconds: number;

  constructor(nanoseconds: number | bigint) {
    super();
    this.nanoseconds = integerBetween(nanoseconds, "nanoseconds", 0, 86_399_999_999_999);
  }

  /** Hour, 0 to 23. */
  get hour(): number {
    return Math.floor(this.nanoseconds / (3600 * SECOND));
  }

  /** Minute, 0 to 59. */
  get minute(): number {
    return Math.floor(this.nanoseconds / (60 * SECOND)) % 60;
  }

  /** Second, 0 to 59. */
  get second(): number {
    return Math.floor(this.nanoseconds / SECOND) % 60;
  }

  /** Nanosecond of the second, 0 to 999999999. */
  get nanosecond(): number {
    return this.nanoseconds % SECOND;
  }

  /** `12:34:56.789`, and the offset if there is one. */
  toString(): string {
    return printTime(Math.floor(this.nanoseconds / SECOND), this.nanosecond);
  }
}

const ofDay = (parts: IsoParts): number => parts.second * SECOND + parts.nanoseconds;

/** A time of day without offset. Immutable. */
export class LocalTime extends TimeOfDay {
  /** Throws RangeError for a nanosecond outside the day. */
  constructor(nanoseconds: number | bigint) {
    super(nanoseconds);
    if (new.target === LocalTime) Object.freeze(this);
  }

  /** Reads `12:34`, `12:34:56` or `12:34:56.789000001`. Throws RangeError. */
  static parse(iso: string): LocalTime {
    return new LocalTime(ofDay(parseIso(iso, "LocalTime", /^t$/)));
  }
}

/** A time of day at an offset from UTC. Immutable. */
export class Time extends TimeOfDay {
  /** Seconds east of UTC, -64800 to 64800. */
  readonly tzOffsetSeconds: number;

  /** Throws RangeError for a nanosecond outside the day and for an offset beyond 18 hours. */
  constructor(nanoseconds: number | bigint, tzOffsetSeconds: number | bigint) {
    super(nanoseconds);
    this.tzOffsetSeconds = offsetSeconds(tzOffsetSeconds);
    if (new.target === Time) Object.freeze(this);
  }

  /** Reads `12:34:56.789+02:00`, or `Z` for the offset. Throws RangeError. */
  static parse(iso: string): Time {
    const parts = parseIso(iso, "Time", /^to$/);
    return new Time(ofDay(parts), parts.offset ?? 0);
  }

  override toString(): string {
    return super.toString() + printOffset(this.tzOffsetSeconds);
  }
}
