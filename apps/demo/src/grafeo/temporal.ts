// Converts the engine's dates and times to Bolt's: counts from Arrow's cells, and texts that deviate from ISO 8601.
import { Duration, failure, LocalDateTime } from "@bolt/server";

/** Makes a year valid. ISO 8601 wants four digits, or a sign and more; the engine writes `12024-` and `-044-`. */
export function year(iso: string): string {
  return iso.replace(/^(-?)(\d+)/, (_, sign: string, digits: string) =>
    digits.length > 4 || sign ? `${sign || "+"}${digits.padStart(6, "0")}` : digits,
  );
}

/** The duration with the three counts that the engine keeps. */
export function duration(months = 0n, days = 0n, nanos = 0n): Duration {
  const [seconds, nanoseconds] = split(nanos, 1_000_000_000n);
  return new Duration(months, days, seconds, nanoseconds);
}

/** Whole units and the rest, which is never negative. */
function split(count: bigint, unit: bigint): [whole: bigint, rest: number] {
  const rest = ((count % unit) + unit) % unit;
  return [(count - rest) / unit, Number(rest)];
}

/** The local date-time for microseconds since 1970. */
export function localDateTime(microseconds: bigint): LocalDateTime {
  const [seconds, fraction] = split(microseconds, 1_000_000n);
  return new LocalDateTime(seconds, fraction * 1000);
}

const LOCAL_DATE_TIME = /-?\d{3,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?=Z)/g;

/** Restores the microseconds that a JavaScript date has lost, from the text of the value that contains it. */
export function localDateTimeOf(date: Date, within: string): LocalDateTime {
  const candidates = new Map<string, LocalDateTime>();
  for (const [iso] of within.matchAll(LOCAL_DATE_TIME)) {
    const candidate = LocalDateTime.parse(year(iso));
    const { seconds, nanoseconds } = candidate;
    // Truncated towards 1970, as the binding does.
    const milliseconds = Math.trunc(Number(seconds) * 1000 + nanoseconds / 1e6);
    if (milliseconds === date.getTime()) candidates.set(iso, candidate);
  }
  const [only] = candidates.values();
  if (only && candidates.size === 1) return only;
  throw failure(
    "unsupported",
    `This engine does not tell the microseconds of ${date.toISOString()} inside a path or a list of several types.`,
  );
}
