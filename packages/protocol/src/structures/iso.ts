// Reads and prints dates, times and offsets in ISO 8601, and does the calendar arithmetic for that. Knows the
// proleptic Gregorian calendar for any year; knows no structure. JavaScript's own dates do the work within one
// cycle of 400 years (146097 days), after which leap years and weekdays repeat.
import { add, divide, misfit, showAsJson } from "./checks.ts";

const CYCLE_DAYS = 146_097;
/** Seconds in a day. */
export const DAY = 86_400;
/** Nanoseconds in a second. */
export const SECOND = 1e9;

/**
 * What all temporal values share: their text is also their JSON and what `console.log` shows. Each class freezes its
 * own instances, but not those of subclasses, which have further fields to set.
 */
export abstract class IsoValue {
  abstract toString(): string;

  toJSON(): string {
    return this.toString();
  }
}

showAsJson(IsoValue);

/** A value with a date: its calendar fields, computed on each access. */
export abstract class CalendarValue extends IsoValue {
  /** Year; 0 is the year before 1. Like month and day, it is the wall clock's where there is one. */
  get year(): number {
    return this.wall()[0];
  }

  /** Month on the calendar, 1 to 12. */
  get month(): number {
    return this.wall()[1].getUTCMonth() + 1;
  }

  /** Day of the month, 1 to 31. */
  get day(): number {
    return this.wall()[1].getUTCDate();
  }

  /** Year on the wall clock, and a date whose other UTC fields are the wall clock's. */
  protected abstract wall(): [year: number, date: globalThis.Date];
}

/** The year of a day counted from 1970-01-01, and a date whose other UTC fields are those of that day and second. */
export function calendar(day: number, second = 0): [year: number, date: globalThis.Date] {
  const cycle = Math.floor(day / CYCLE_DAYS);
  const date = new globalThis.Date(((day - cycle * CYCLE_DAYS) * DAY + second) * 1000);
  return [date.getUTCFullYear() + cycle * 400, date];
}

/** Splits seconds since 1970-01-01T00:00 into the day and the second of that day. */
export function splitDay(seconds: number | bigint): [day: number, second: number] {
  // By remainders: they are exact, where a quotient of doubles near 2^53 is not.
  if (typeof seconds === "bigint") {
    const [day, second] = divide(seconds, 86_400n);
    return [Number(day), Number(second)];
  }
  const second = ((seconds % DAY) + DAY) % DAY;
  return [(seconds - second) / DAY, second];
}

/** `.` and the digits of a fraction of a second, without trailing zeros; empty for 0. */
export function printFraction(nanoseconds: number): string {
  return nanoseconds ? `.${String(nanoseconds).padStart(9, "0")}`.replace(/0+$/, "") : "";
}

/** `2024-02-29T12:34:56`; years outside 0 to 9999 get a sign and at least six digits, as in JavaScript. */
function printSeconds(day: number, second: number): string {
  const [year, date] = calendar(day, second);
  const sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return sign + String(Math.abs(year)).padStart(sign ? 6 : 4, "0") + date.toISOString().slice(4, 19);
}

/** `2024-02-29`, or `-000044-03-15`. */
export function printDate(day: number): string {
  return printSeconds(day, 0).slice(0, -9);
}

/** `12:34:56.789`, from the second of the day and the nanosecond of that second. */
export function printTime(second: number, nanoseconds: number): string {
  return printSeconds(0, second).slice(11) + printFraction(nanoseconds);
}

/** `2024-02-29T12:34:56.789`, from wall clock seconds since 1970-01-01T00:00. */
export function printDateTime(seconds: number | bigint, nanoseconds: number): string {
  return printSeconds(...splitDay(seconds)) + printFraction(nanoseconds);
}

/** `Z`, `+02:00`, or with seconds when there are any: `+00:19:32`. */
export function printOffset(seconds: number): string {
  return seconds ? (seconds < 0 ? "-" : "+") + printTime(Math.abs(seconds), 0).replace(/:00$/, "") : "Z";
}

const OFFSET = /^(?:Z|(?:UTC|GMT|UT)?(?:([+-])([01]?\d)(?::?([0-5]\d)(?::?([0-5]\d))?)?)?)$/i;

/**
 * Reads seconds east of UTC: `Z`, `+01`, `+01:00`, `-00:19:32`, also Java's `UTC+1`, `GMT+01:00` and a bare `UTC`.
 * `undefined` for anything else.
 */
export function parseOffset(offset: string): number | undefined {
  const parts = offset ? OFFSET.exec(offset) : null;
  if (!parts) return undefined;
  const seconds = Number(parts[2] ?? 0) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0);
  return parts[1] === "-" ? 0 - seconds : seconds;
}

const ISO =
  /^(?:([+-]\d{4,12}|\d{4})(-\d\d-\d\d))?(T(?=\d))?(?:((?:[01]\d|2[0-3]):[0-5]\d)(?:(:[0-5]\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d[\d:]*)?(?:\[([^\]]+)\])?$/i;

/** What {@link parseIso} found; missing parts are 0 or undefined. */
export interface IsoParts {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Second of the day, and nanosecond of that second. */
  readonly second: number;
  readonly nanoseconds: number;
  /** Seconds since 1970-01-01T00:00 on the wall clock: day and second together. */
  readonly wall: number | bigint;
  /** Seconds east of UTC, given as an offset. */
  readonly offset: number | undefined;
  readonly zone: string | undefined;
}

/**
 * Reads text with the parts that `shape` allows, a pattern of letters for `d`ate, `T`, `t`ime, `o`ffset and `z`one.
 * Throws a RangeError that names `what` for any other text, including the 30th of February.
 */
export function parseIso(iso: string, what: string, shape: RegExp): IsoParts {
  const [match, years, monthDay, t, time, seconds = "", fraction = "", offsetText, zone] =
    ISO.exec(iso) ?? [];
  const parts = `${years ? "d" : ""}${t ? "T" : ""}${time ? "t" : ""}${offsetText ? "o" : ""}${zone ? "z" : ""}`;
  const cycle = Math.floor(Number(years ?? 1970) / 400);
  const date = new globalThis.Date(`${Number(years ?? 1970) - cycle * 400 + 2000}${monthDay ?? "-01-01"}`);
  const offset = parseOffset(offsetText ?? "");
  if (
    match === undefined ||
    !shape.test(parts) ||
    (offsetText && offset === undefined) ||
    // Engines read the 30th of February in different ways, but none gives it back unchanged.
    (monthDay && date.toJSON()?.slice(4, 10) !== monthDay)
  ) {
    throw misfit(what, "ISO 8601 text of its kind", iso);
  }
  const day = date.getTime() / (DAY * 1000) + (cycle - 5) * CYCLE_DAYS;
  const second = globalThis.Date.parse(`1970-01-01T${time ?? "00:00"}${seconds}Z`) / 1000;
  const midnight = day * DAY;
  const wall = add(Number.isSafeInteger(midnight) ? midnight : BigInt(day) * 86_400n, second);
  return { day, second, nanoseconds: Number(fraction.padEnd(9, "0")), wall, offset, zone };
}
