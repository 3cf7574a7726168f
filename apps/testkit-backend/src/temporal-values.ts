// Converts dates and times: TestKit has wall clock fields, the driver counts seconds, days and nanoseconds.
import { Date, DateTime, DateTimeZoneId, Duration, LocalDateTime, LocalTime, Time } from "@bolt/client";
import type { Data } from "./context.ts";
import type { Message } from "./lines.ts";

type Temporal = Date | Time | LocalTime | DateTime | DateTimeZoneId | LocalDateTime | Duration;

/** A value that the driver returned intact but TestKit's types cannot express: TestKit expects an error then. */
export class UntellableError extends Error {}

/** Converts TestKit's value to one of the driver's classes. Throws TypeError for other types. */
export function readTemporal(name: string, data: Data): Temporal {
  const field = (key: string): number => Number(data[key] ?? 0);
  const offset = data["utc_offset_s"] as number | null | undefined;
  const hasOffset = offset !== null && offset !== undefined;
  switch (name) {
    case "CypherDate":
      return new Date(dayOf(data));
    case "CypherTime": {
      const nanoseconds = secondOf(data) * 1e9 + field("nanosecond");
      return hasOffset ? new Time(nanoseconds, offset) : new LocalTime(nanoseconds);
    }
    case "CypherDateTime": {
      const wall = dayOf(data) * 86_400 + secondOf(data);
      const nanosecond = field("nanosecond");
      if (!hasOffset) return new LocalDateTime(wall, nanosecond);
      const zone = data["timezone_id"];
      return typeof zone === "string"
        ? new DateTimeZoneId(wall - offset, nanosecond, zone)
        : new DateTime(wall - offset, nanosecond, offset);
    }
    case "CypherDuration":
      return new Duration(field("months"), field("days"), field("seconds"), field("nanoseconds"));
    default:
      throw new TypeError(`a value of type ${name} cannot be a parameter`);
  }
}

/** Converts the driver's value to TestKit's fields. */
export function writeTemporal(value: Temporal): Message {
  if (value instanceof Date) return { name: "CypherDate", data: dateOf(value) };
  if (value instanceof Duration) {
    const { months, days, seconds, nanoseconds } = value;
    return { name: "CypherDuration", data: { months, days, seconds, nanoseconds } };
  }
  if (value instanceof Time || value instanceof LocalTime) {
    const { nanosecond } = value;
    return { name: "CypherTime", data: { ...timeOf(value), nanosecond, utc_offset_s: offsetOf(value) } };
  }
  return {
    name: "CypherDateTime",
    data: {
      ...dateOf(value),
      ...timeOf(value),
      nanosecond: value.nanoseconds,
      utc_offset_s: offsetOf(value),
      timezone_id: value instanceof DateTimeZoneId ? value.tzId : null,
    },
  };
}

const dateOf = ({ year, month, day }: Date | DateTime | DateTimeZoneId | LocalDateTime): Data => ({
  year,
  month,
  day,
});

const timeOf = ({ hour, minute, second }: Exclude<Temporal, Date | Duration>): Data => ({
  hour,
  minute,
  second,
});

function offsetOf(value: object): number | null {
  if (value instanceof DateTimeZoneId && value.tzOffsetSeconds === undefined) {
    throw new UntellableError(`the time zone "${value.tzId}" is not known here`);
  }
  return "tzOffsetSeconds" in value ? (value.tzOffsetSeconds as number) : null;
}

// Date.parse() of the driver reads any year, where Date.UTC() takes 0 to 99 for 1900 to 1999.
function dayOf(data: Data): number {
  const pad = (key: string, size: number): string => String(data[key]).padStart(size, "0");
  return Date.parse(`${pad("year", 4)}-${pad("month", 2)}-${pad("day", 2)}`).days;
}

const secondOf = ({ hour, minute, second }: Data): number =>
  Number(hour) * 3600 + Number(minute) * 60 + Number(second);
