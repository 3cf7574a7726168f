// SUCCESS metadata as a server writes it, exactly as the version has it, with what is added to the end of a result.
import type { BoltVersion, Dictionary } from "@bolt/framing";
import { KEYS, OURS } from "./metadata-keys.ts";
import {
  notificationsFromStatuses,
  notificationToWire,
  type Outcome,
  ranked,
  statusesFromNotifications,
  statusToWire,
} from "./notifications.ts";
import { remarkOnReplaced } from "./placeholders.ts";
import type { Hints, Metadata } from "./responses.ts";

/** The keys that a version knows, by name. Made once for each version. */
function keysAt(version: BoltVersion): ReadonlyMap<string, string> {
  // As on the wire: a byte each.
  const bytes = (version.major << 8) | version.minor;
  let keys = BY_NAME.get(bytes);
  if (!keys) {
    const known = KEYS.filter(
      ([, , since, until]) => (!since || version.atLeast(...since)) && !(until && version.atLeast(...until)),
    );
    keys = new Map(known.map(([name, wire]) => [name, wire]));
    BY_NAME.set(bytes, keys);
  }
  return keys;
}

const BY_NAME = new Map<number, ReadonlyMap<string, string>>();

/** How a result has ended. */
interface ResultOutcome extends Outcome {
  /** The type for which placeholders were sent, if any were. */
  readonly replaced: string | undefined;
}

/** Metadata as the version has it: keys that it does not know are left out, remarks take its shape. */
export function metadataToWire(
  metadata: Metadata,
  version: BoltVersion,
  outcome?: ResultOutcome,
): Record<string, unknown> {
  const keys = keysAt(version);
  const wire: Record<string, unknown> = {};
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    // has_more is sent only when true, as by a Neo4j server. Remarks follow below.
    const later = name === "notifications" || name === "statuses";
    if (value === undefined || later || (name === "hasMore" && value === false)) continue;
    const key = keys.get(name);
    if (key === undefined) {
      if (!OURS.has(name)) wire[name] = value;
    } else if (value !== null) wire[key] = WRITE[name] ? WRITE[name](value, version) : value;
  }
  writeRemarks(wire, metadata, version, outcome);
  return wire;
}

/** Entries whose form on the wire differs from the one in the program. */
const WRITE: Readonly<Record<string, ((value: unknown, version: BoltVersion) => object) | undefined>> = {
  hints: hintsToWire,
  stats: statsToWire,
};

function hintsToWire(value: unknown, version: BoltVersion): object {
  const { recvTimeoutSeconds, telemetryEnabled, ssrEnabled } = value as Hints;
  return {
    "connection.recv_timeout_seconds": recvTimeoutSeconds,
    "telemetry.enabled": version.atLeast(5, 4) ? telemetryEnabled : undefined,
    "ssr.enabled": version.atLeast(5, 8) ? ssrEnabled : undefined,
  };
}

/** `contains-updates` came with 4.4, and drivers of Bolt 3 and below fail on a counter that is not a number. */
function statsToWire(value: unknown, version: BoltVersion): object {
  const stats = { ...(value as Dictionary) };
  if (!version.atLeast(4, 4)) {
    delete stats["contains-updates"];
    delete stats["contains-system-updates"];
  }
  return stats;
}

/** Writes the remarks of the version's kind, converted from the other kind if need be; from 5.6 on the outcome, too. */
function writeRemarks(
  wire: Record<string, unknown>,
  metadata: Metadata,
  version: BoltVersion,
  outcome?: ResultOutcome,
): void {
  const { notifications, statuses } = metadata;
  const ours = outcome?.replaced === undefined ? undefined : remarkOnReplaced(outcome.replaced);
  if (version.atLeast(5, 6)) {
    const { plan } = metadata;
    const said =
      statuses ?? (outcome && statusesFromNotifications(notifications ?? [], { ...outcome, plan }));
    if (said) wire["statuses"] = (ours ? ranked([...said, ours]) : said).map(statusToWire);
  } else {
    const said = notifications ?? (statuses && notificationsFromStatuses(statuses)) ?? [];
    const all = ours ? [...said, ...notificationsFromStatuses([ours])] : said;
    // Absent when there are none, as on every server.
    if (all.length > 0) wire["notifications"] = all.map(notificationToWire);
  }
}
