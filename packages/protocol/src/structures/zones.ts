// Time zones: the offset of a zone at an instant, and the instant of a wall clock reading. Knows zone names and Intl,
// the only time zone data that every runtime has; knows no structure. The offset of a zone that Intl does not know is
// `undefined`, not an error: the caller decides.
import { add, misfit } from "./checks.ts";
import { parseOffset } from "./iso.ts";

/** The last instant of a JavaScript date, in seconds; beyond it, and its negative, the offset at the limit holds. */
const LIMIT = 8.64e12;
/** No offset of any zone was ever larger: 16 hours, in seconds (Manila and Juneau came close). */
const REACH = 57_600;

// Names come from the peer, so the cache is bounded: emptied when full, since real data use few zones. The
// longest real name has 32 characters.
const FORMATTERS = 128;
const LONGEST_NAME = 64;
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

function formatter(tzId: string): Intl.DateTimeFormat | undefined {
  if (tzId.length > LONGEST_NAME) return undefined;
  if (!formatters.has(tzId)) {
    let format: Intl.DateTimeFormat | undefined;
    try {
      format = new Intl.DateTimeFormat("en-US", { timeZone: tzId, timeZoneName: "longOffset" });
    } catch {
      // Not a zone of this runtime. Cached as well, since the attempt is expensive.
    }
    if (formatters.size >= FORMATTERS) formatters.clear();
    formatters.set(tzId, format);
  }
  return formatters.get(tzId);
}

/**
 * Seconds east of UTC in the zone at an instant (seconds since 1970-01-01T00:00Z), or `undefined` when this
 * runtime does not know the zone.
 */
export function zoneOffset(tzId: string, utcSeconds: number | bigint): number | undefined {
  const fixed = parseOffset(tzId);
  if (fixed !== undefined) return fixed;
  const at = Math.max(-LIMIT, Math.min(LIMIT, Number(utcSeconds)));
  // "2/29/2024, GMT+01:00"; before standard time also "GMT+00:19:32".
  const words = formatter(tzId)
    ?.format(at * 1000)
    .split(" ");
  return words && parseOffset(words.at(-1) ?? "");
}

/**
 * The instant of a wall clock reading in the zone. Throws RangeError when this runtime does not know the zone.
 * Argument and result are seconds since 1970-01-01T00:00, of the wall clock and of UTC.
 *
 * A reading that occurs twice means the first of the two instants; a skipped one moves forward by the length of the
 * gap. Java's ZonedDateTime.ofLocal does the same, so the server meant that (Spec: structures, legacy DateTimeZoneId).
 */
export function wallToUtc(tzId: string, wall: number | bigint): number | bigint {
  // The instant lies within REACH of the reading taken as UTC, so only these two offsets are possible.
  const before = zoneOffset(tzId, add(wall, -REACH));
  const after = zoneOffset(tzId, add(wall, REACH));
  if (before === undefined || after === undefined) throw misfit("tzId", "a time zone of this runtime", tzId);
  const first = add(wall, -before);
  if (before === after || zoneOffset(tzId, first) === before) return first;
  const second = add(wall, -after);
  return zoneOffset(tzId, second) === after ? second : first;
}
