// Date: a day of the calendar, without time and zone. Spec: structures, Date (tag 44).
// In this file `Date` is the specification's; JavaScript's own is `globalThis.Date`.
import { integerBetween } from "./checks.ts";
import { CalendarValue, DAY, calendar, parseIso, printDate } from "./iso.ts";

/** A day of the proleptic Gregorian calendar. Immutable. */
export class Date extends CalendarValue {
  /** Days since 1970-01-01, negative before. */
  readonly days: number;

  /** Throws RangeError unless `days` is a whole number within 100 trillion of 0 (270 billion years). */
  constructor(days: number | bigint) {
    super();
    this.days = integerBetween(days, "days", -1e14, 1e14);
    if (new.target === Date) Object.freeze(this);
  }

  /** Reads `2024-02-29`; a year with a sign has 4 to 12 digits. Throws RangeError. */
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

  /** Midnight UTC of that day; an invalid date if more than 100 million days away from 1970. */
  toJSDate(): globalThis.Date {
    return new globalThis.Date(this.days * DAY * 1000);
  }

  /** `2024-02-29`; a year outside 0 to 9999 has a sign and at least six digits. */
  toString(): string {
    return printDate(this.days);
  }
}
