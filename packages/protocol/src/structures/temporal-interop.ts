/**
 * Our temporal values to and from JavaScript's Temporal, where the runtime has it.
 *
 * Knows the little of Temporal that it needs by the interfaces below, so it compiles without its types and
 * works with polyfills. Knows no bytes.
 */
import { Date } from "./date.ts";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Duration } from "./duration.ts";
import { SECOND, printOffset } from "./iso.ts";
import { LocalTime } from "./time.ts";
import { zoneOffset } from "./zones.ts";

interface FromText {
  from(iso: string): unknown;
}

interface TemporalNamespace {
  readonly PlainDate: FromText;
  readonly PlainTime: FromText;
  readonly PlainDateTime: FromText;
  readonly ZonedDateTime: new (epochNanoseconds: bigint, zone: string) => unknown;
  readonly Instant: unknown;
  readonly Duration: { from(fields: { [unit: string]: number }): unknown };
}

/** What a value of Temporal's may have; which class it is of tells `Symbol.toStringTag`. */
interface TemporalValue {
  readonly [Symbol.toStringTag]: string;
  readonly epochNanoseconds: bigint;
  readonly timeZoneId: string;
  toString(options: { calendarName: "never" }): string;
}

type DurationUnit = "years" | "months" | "weeks" | "days" | "hours" | "minutes" | "seconds";
type DurationFields = {
  readonly [unit in DurationUnit | "milliseconds" | "microseconds" | "nanoseconds"]: number;
};

/** The runtime's Temporal, `undefined` where there is none. Looked up anew each time: polyfills come late. */
function namespace(): TemporalNamespace | undefined {
  return (globalThis as { Temporal?: TemporalNamespace }).Temporal;
}

/** The classes that {@link fromTemporal} converts, as the runtime has them. */
export function temporalClasses(): Function[] {
  const { PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Instant, Duration } = namespace() ?? {};
  const classes = [PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Instant, Duration];
  return classes.filter((item) => typeof item === "function");
}

const BILLION = 1_000_000_000n;

function splitSecond(nanoseconds: bigint): [seconds: bigint, nanoseconds: bigint] {
  const rest = ((nanoseconds % BILLION) + BILLION) % BILLION;
  return [(nanoseconds - rest) / BILLION, rest];
}

/**
 * Temporal's counterpart: PlainDate, PlainTime (of LocalTime), PlainDateTime (of LocalDateTime), ZonedDateTime
 * (of DateTime and DateTimeZoneId) or Duration. Anything else is returned as it is, Time among it, for which
 * Temporal has nothing. Throws RangeError for what Temporal refuses: dates beyond 100 million days, zones that
 * the runtime does not know, offsets with seconds, durations of mixed sign; TypeError where there is no Temporal.
 */
export function toTemporal(value: unknown): unknown {
  const temporal = namespace();
  if (!temporal) throw new TypeError("this runtime has no Temporal");
  if (value instanceof Date) return temporal.PlainDate.from(value.toString());
  if (value instanceof LocalTime) return temporal.PlainTime.from(value.toString());
  if (value instanceof LocalDateTime) return temporal.PlainDateTime.from(value.toString());
  if (value instanceof DateTime || value instanceof DateTimeZoneId) {
    const zone = value instanceof DateTimeZoneId ? value.tzId : printOffset(value.tzOffsetSeconds);
    const instant = BigInt(value.seconds) * BILLION + BigInt(value.nanoseconds);
    return new temporal.ZonedDateTime(instant, zone === "Z" ? "+00:00" : zone);
  }
  if (!(value instanceof Duration)) return value;
  // Temporal wants one sign, so half a second back is 0 and -500000000 there.
  const back = value.seconds < 0 && value.nanoseconds > 0 ? 1 : 0;
  return temporal.Duration.from({
    months: Number(value.months),
    days: Number(value.days),
    seconds: Number(value.seconds) + back,
    nanoseconds: value.nanoseconds - back * SECOND,
  });
}

/**
 * Our counterpart of a Temporal value: Date of PlainDate, LocalTime of PlainTime, LocalDateTime of
 * PlainDateTime, DateTime of Instant (offset 0) and of ZonedDateTime with an offset for a zone, DateTimeZoneId
 * of any other ZonedDateTime, Duration. Calendars other than ISO are converted to it. `undefined` for the rest.
 */
export function fromTemporal(
  value: unknown,
): Date | LocalTime | LocalDateTime | DateTime | DateTimeZoneId | Duration | undefined {
  const temporal = value as TemporalValue;
  const iso = (): string => temporal.toString({ calendarName: "never" });
  switch (temporal?.[Symbol.toStringTag]) {
    case "Temporal.PlainDate":
      return Date.parse(iso());
    case "Temporal.PlainTime":
      return LocalTime.parse(iso());
    case "Temporal.PlainDateTime":
      return LocalDateTime.parse(iso());
    case "Temporal.Instant":
      return new DateTime(...splitSecond(temporal.epochNanoseconds), 0);
    case "Temporal.ZonedDateTime": {
      const zone = temporal.timeZoneId;
      const instant = splitSecond(temporal.epochNanoseconds);
      return /^[+-]/.test(zone)
        ? new DateTime(...instant, zoneOffset(zone, 0) ?? 0)
        : new DateTimeZoneId(...instant, zone);
    }
    case "Temporal.Duration": {
      const d = value as DurationFields;
      const seconds = BigInt(d.hours) * 3600n + BigInt(d.minutes) * 60n + BigInt(d.seconds);
      const fraction =
        BigInt(d.milliseconds) * 1_000_000n + BigInt(d.microseconds) * 1000n + BigInt(d.nanoseconds);
      return new Duration(
        d.years * 12 + d.months,
        d.weeks * 7 + d.days,
        ...splitSecond(seconds * BILLION + fraction),
      );
    }
    default:
      return undefined;
  }
}
