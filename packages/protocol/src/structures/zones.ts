/**
 * Time zones: the offset of a zone at an instant, and the instant of a wall clock reading.
 *
 * Knows zone names and Intl, the only time zone data that every runtime has; knows no structure. A name that
 * Intl does not know is not an error here: `undefined` says so, and the caller decides.
 */
import { add, misfit } from "./checks.ts";
import { parseOffset } from "./iso.ts";

/** The last instant of a JavaScript date, in seconds; a later or earlier one has the offset of that limit. */
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
      // Not a zone of this runtime: remembered as well, the attempt is expensive.
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
 * A reading that happens twice means the first of the two, one that is skipped moves on by the length of the
 * gap: what Java's ZonedDateTime.ofLocal does, so what the server meant (Spec: structures, legacy DateTimeZoneId).
 */
export function wallToUtc(tzId: string, wall: number | bigint): number | bigint {
  // The instant lies within reach of the reading taken as UTC, so these are the offsets it can have.
  const before = zoneOffset(tzId, add(wall, -REACH));
  const after = zoneOffset(tzId, add(wall, REACH));
  if (before === undefined || after === undefined) throw misfit("tzId", "a time zone of this runtime", tzId);
  const first = add(wall, -before);
  if (before === after || zoneOffset(tzId, first) === before) return first;
  const second = add(wall, -after);
  return zoneOffset(tzId, second) === after ? second : first;
}
