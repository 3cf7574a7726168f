// Converts our temporal values to and from JavaScript's Temporal, where the runtime has it. Goes by names and
// ISO 8601 text, so it compiles without Temporal's types and works with polyfills. Knows no bytes.
import { divide } from "./checks.ts";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Date } from "./date.ts";
import { Duration } from "./duration.ts";
import { parseOffset, printOffset } from "./iso.ts";
import { LocalTime } from "./time.ts";

/** The part of Temporal that is used here. */
interface TemporalNamespace {
  readonly [name: string]: Function & { from(iso: string): unknown };
  readonly ZonedDateTime: Function & {
    new (epochNanoseconds: bigint, zone: string): unknown;
    from(iso: string): unknown;
  };
}

interface TemporalValue {
  readonly [Symbol.toStringTag]: string;
  readonly epochNanoseconds: bigint;
  readonly timeZoneId: string | undefined;
  toString(options: { calendarName: "never" }): string;
}

/** Our classes by Temporal's names, where ISO 8601 text says everything; and Temporal's classes of an instant. */
const byText = () => ({ PlainDate: Date, PlainTime: LocalTime, PlainDateTime: LocalDateTime, Duration });
const INSTANTS = ["ZonedDateTime", "Instant"];
const BILLION = 1_000_000_000n;

/** The runtime's Temporal. Looked up each time, since a polyfill may be loaded late. */
const namespace = (): TemporalNamespace | undefined =>
  (globalThis as { Temporal?: TemporalNamespace }).Temporal;

/** The classes that {@link fromTemporal} converts, as the runtime has them. */
export function temporalClasses(): Function[] {
  const temporal = namespace();
  return temporal ? [...Object.keys(byText()), ...INSTANTS].flatMap((name) => temporal[name] ?? []) : [];
}

/**
 * Temporal's counterpart: PlainDate, PlainTime (of LocalTime), PlainDateTime (of LocalDateTime), ZonedDateTime
 * (of DateTime and DateTimeZoneId) or Duration. Anything else is returned unchanged, including Time, which has no
 * counterpart. Throws RangeError for what Temporal refuses: dates beyond 100 million days, zones that the runtime
 * does not know, offsets with seconds, durations of mixed sign. Throws TypeError where there is no Temporal.
 */
export function toTemporal(value: unknown): unknown {
  const temporal = namespace();
  if (!temporal) throw new TypeError("this runtime has no Temporal");
  if (value instanceof DateTime || value instanceof DateTimeZoneId) {
    const zone = value instanceof DateTimeZoneId ? value.tzId : printOffset(value.tzOffsetSeconds);
    const instant = BigInt(value.seconds) * BILLION + BigInt(value.nanoseconds);
    return new temporal.ZonedDateTime(instant, zone === "Z" ? "+00:00" : zone);
  }
  for (const [name, type] of Object.entries(byText())) {
    if (!(value instanceof type)) continue;
    const iso = String(value);
    // We print a sign at each part of a duration; Temporal wants a single one in front.
    const negative = name === "Duration" && iso.includes("-") && !/[A-Z]\d/.test(iso);
    return temporal[name]?.from(negative ? `-${iso.replaceAll("-", "")}` : iso);
  }
  return value;
}

/**
 * Our counterpart of a Temporal value: Date for PlainDate, LocalTime for PlainTime, LocalDateTime for
 * PlainDateTime, DateTime for Instant (offset 0) and for a ZonedDateTime whose zone is an offset, DateTimeZoneId
 * for any other ZonedDateTime, or Duration. Other calendars are converted to ISO. `undefined` for anything else.
 */
export function fromTemporal(
  value: unknown,
): Date | LocalTime | LocalDateTime | DateTime | DateTimeZoneId | Duration | undefined {
  const temporal = value as TemporalValue | null | undefined;
  const name = String(temporal?.[Symbol.toStringTag]).replace("Temporal.", "");
  if (!temporal) return undefined;
  for (const [text, type] of Object.entries(byText())) {
    if (text === name) return type.parse(temporal.toString({ calendarName: "never" }));
  }
  if (!INSTANTS.includes(name)) return undefined;
  const { epochNanoseconds, timeZoneId = "Z" } = temporal;
  const [seconds, nanoseconds] = divide(epochNanoseconds, BILLION);
  const offset = /^[Z+-]/.test(timeZoneId) ? parseOffset(timeZoneId) : undefined;
  return offset === undefined
    ? new DateTimeZoneId(seconds, nanoseconds, timeZoneId)
    : new DateTime(seconds, nanoseconds, offset);
}
