/**
 * Date: a day of the calendar, without time and zone. Spec: structures, Date (tag 44).
 *
 * The specification's name hides JavaScript's own date in this file, which is `globalThis.Date` here.
 */
import { integer } from "./checks.ts";
import { CalendarValue, DAY, calendar, parseIso, printDate } from "./iso.ts";

/** A day of the proleptic Gregorian calendar. Immutable. */
export class Date extends CalendarValue {
  /** Days since 1970-01-01, negative before. */
  readonly days: number;

  /** Throws RangeError unless `days` is a whole number of -100 to 100 trillion (years beyond 270 billion). */
  constructor(days: number | bigint) {
    super();
    this.days = integer(days, "days", -1e14, 1e14);
    if (new.target === Date) Object.freeze(this);
  }

  /** Reads `2024-02-29`, or with a sign and 4 to 12 digits for the year. Throws RangeError. */
  static parse(iso: string): Date {
    return new Date(parseIso(iso, "Date", /^d$/).day);
  }

  /** The UTC day of a JavaScript date. Throws RangeError for an invalid date. */
  static from(date: globalThis.Date): Date {
    return new Date(Math.floor(date.getTime() / (DAY * 1000)));
  }

  protected wall(): [year: number, date: globalThis.Date] {
    return calendar(this.days);
  }

  /** Midnight UTC of that day; an invalid date more than 100 million days away from 1970. */
  toJSDate(): globalThis.Date {
    return new globalThis.Date(this.days * DAY * 1000);
  }

  /** `2024-02-29`; a year outside 0 to 9999 has a sign and at least six digits. */
  toString(): string {
    return printDate(this.days);
  }
}
