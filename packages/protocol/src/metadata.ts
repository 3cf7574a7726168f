// SUCCESS metadata between the wire and the program: one table of keys, with the versions that have them.
// Reading is forgiving (a key of a wrong type is left out, an unknown one kept); writing is exact.
import type { BoltVersion, Dictionary, Value } from "@bolt/framing";
import { dictionary } from "./failure.ts";
import {
  notificationFromWire,
  notificationsFromStatuses,
  notificationToWire,
  type Outcome,
  statusesFromNotifications,
  statusFromWire,
  statusToWire,
  withWarning,
} from "./notifications.ts";
import { remarkOnReplaced } from "./placeholders.ts";
import type { Hints, Metadata } from "./responses.ts";

type Check = (value: Value) => unknown;

const isString: Check = (value) => (typeof value === "string" ? value : undefined);
/** A number while it is safe, whatever the caller wants integers of results to be. */
const isInteger: Check = (value) => {
  if (typeof value !== "bigint") return Number.isSafeInteger(value) ? value : undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};
const isBoolean: Check = (value) => (typeof value === "boolean" ? value : undefined);
const isDictionary: Check = dictionary;
const isCounters: Check = (value) => {
  const counters = dictionary(value);
  return (
    counters &&
    Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, isInteger(count) ?? count]))
  );
};
const isStrings: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
const list =
  (read: (item: Dictionary) => unknown): Check =>
  (value) =>
    Array.isArray(value)
      ? value.flatMap((item) => {
          const entry = dictionary(item);
          return entry ? [read(entry)] : [];
        })
      : undefined;

const isPositive: Check = (value) => {
  const number = isInteger(value);
  return typeof number === "number" && number > 0 ? number : undefined;
};

const HINTS: readonly (readonly [keyof Hints, string, Check])[] = [
  ["recvTimeoutSeconds", "connection.recv_timeout_seconds", isPositive],
  ["telemetryEnabled", "telemetry.enabled", isBoolean],
  ["ssrEnabled", "ssr.enabled", isBoolean],
];

const readHints: Check = (value) => {
  const wire = dictionary(value);
  if (!wire) return undefined;
  const hints: Record<string, unknown> = {};
  for (const [name, key, check] of HINTS) {
    const hint = key in wire ? check(wire[key]!) : undefined;
    if (hint !== undefined) hints[name] = hint;
  }
  return hints;
};

const readTable: Check = (value) => {
  const wire = dictionary(value);
  if (!wire || !Array.isArray(wire["servers"])) return undefined;
  const servers = wire["servers"].flatMap((item) => {
    const server = dictionary(item);
    const addresses = server && isStrings(server["addresses"] ?? null);
    return addresses && typeof server["role"] === "string" ? [{ addresses, role: server["role"] }] : [];
  });
  // A database of a wrong type (ArcadeDB sends one) is as good as none.
  const db = isString(wire["db"] ?? null);
  return { ttl: isInteger(wire["ttl"] ?? null) ?? 0, servers, ...(db !== undefined && { db }) };
};

interface Key {
  readonly name: string;
  readonly wire: string;
  /** The value when it is of the right type, else undefined. */
  readonly read: Check;
  /** First version that says it, as major * 10 + minor. */
  readonly since: number;
  /** First version that no longer says it so. */
  readonly until: number;
}

const key = (name: string, wire: string, read: Check, since = 10, until = Infinity): Key => ({
  name,
  wire,
  read,
  since,
  until,
});

const KEYS: readonly Key[] = [
  key("server", "server", isString),
  key("connectionId", "connection_id", isString, 30),
  key("hints", "hints", readHints, 43),
  key("patchBolt", "patch_bolt", isStrings, 43),
  key("protocolVersion", "protocol_version", isString, 57),
  key("credentialsExpired", "credentials_expired", isBoolean),
  key("advertisedAddress", "advertised_address", isString, 58),
  key("fields", "fields", isStrings),
  key("qid", "qid", isInteger, 40),
  key("tFirst", "result_available_after", isInteger, 10, 30),
  key("tLast", "result_consumed_after", isInteger, 10, 30),
  key("tFirst", "t_first", isInteger, 30),
  key("tLast", "t_last", isInteger, 30),
  key("db", "db", isString, 40),
  key("hasMore", "has_more", isBoolean, 40),
  key("bookmark", "bookmark", isString),
  key("type", "type", isString),
  key("stats", "stats", isCounters),
  key("plan", "plan", isDictionary),
  key("profile", "profile", isDictionary),
  key("notifications", "notifications", list(notificationFromWire), 10, 56),
  key("statuses", "statuses", list(statusFromWire), 56),
  key("rt", "rt", readTable, 43),
];

const BY_WIRE: ReadonlyMap<string, Key> = new Map(KEYS.map((entry) => [entry.wire, entry]));
const OURS: ReadonlySet<string> = new Set(KEYS.map(({ name }) => name));

/** The keys that a version knows, by name. Made once for each version. */
function keysAt(at: number): ReadonlyMap<string, Key> {
  let keys = BY_NAME.get(at);
  if (!keys) {
    const known = KEYS.filter(({ since, until }) => at >= since && at < until);
    keys = new Map(known.map((entry) => [entry.name, entry]));
    BY_NAME.set(at, keys);
  }
  return keys;
}

const BY_NAME = new Map<number, ReadonlyMap<string, Key>>();

/** Metadata as the program sees it. A known key is read whatever the version: servers run ahead of it. */
export function metadataFromWire(wire: Readonly<Dictionary>): Metadata {
  const metadata: Record<string, unknown> = {};
  for (const entry of Object.keys(wire)) {
    const known = BY_WIRE.get(entry);
    const value = known ? known.read(wire[entry]!) : wire[entry];
    // Unknown keys that no server has: one would set the prototype, others pass for ours without a check.
    if (!known && (entry === "__proto__" || OURS.has(entry))) continue;
    if (value !== undefined) metadata[known?.name ?? entry] = value;
  }
  return metadata;
}

/** How a result has ended. */
interface ResultOutcome extends Outcome {
  /** The type for which placeholders were sent, if it was so. */
  readonly replaced: string | undefined;
}

/** Metadata as the version has it: keys that it does not know are left out, remarks take its shape. */
export function metadataToWire(
  metadata: Metadata,
  version: BoltVersion,
  outcome?: ResultOutcome,
): Dictionary {
  const at = version.major * 10 + version.minor;
  const keys = keysAt(at);
  const wire: Dictionary = {};
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    // has_more is only ever said when true; a Neo4j server does the same. Remarks follow below.
    const later = name === "notifications" || name === "statuses";
    if (value === undefined || later || (name === "hasMore" && value === false)) continue;
    const key = keys.get(name);
    if (key === undefined) {
      if (!OURS.has(name)) wire[name] = value as Value;
    } else if (value !== null) wire[key.wire] = WRITE[name] ? WRITE[name](value, at) : (value as Value);
  }
  writeRemarks(wire, metadata, at, outcome);
  return wire;
}

/** Entries whose form on the wire differs from the one in the program. */
const WRITE: Readonly<Record<string, ((value: unknown, at: number) => Value) | undefined>> = {
  hints: hintsToWire,
  stats: statsToWire,
};

function hintsToWire(value: unknown): Dictionary {
  const hints = value as Record<string, Value | undefined>;
  const wire: Dictionary = {};
  for (const [name, key] of HINTS) if (hints[name] !== undefined) wire[key] = hints[name];
  return wire;
}

/** `contains-updates` came with 4.4, and drivers of Bolt 3 and below stumble over a counter that is no number. */
function statsToWire(value: unknown, at: number): Dictionary {
  const stats = { ...(value as Dictionary) };
  if (at < 44) {
    delete stats["contains-updates"];
    delete stats["contains-system-updates"];
  }
  return stats;
}

/** Fills in the remarks that the version wants from those of the other kind, and the outcome from 5.6 on. */
function writeRemarks(wire: Dictionary, metadata: Metadata, at: number, outcome?: ResultOutcome): void {
  const { notifications, statuses } = metadata;
  const ours = outcome?.replaced === undefined ? undefined : remarkOnReplaced(outcome.replaced);
  if (at >= 56) {
    const said = statuses ?? (outcome && statusesFromNotifications(notifications ?? [], outcome));
    if (said) wire["statuses"] = (ours ? withWarning(said, ours) : said).map(statusToWire);
  } else {
    const said = notifications ?? (statuses && notificationsFromStatuses(statuses)) ?? [];
    const all = ours ? [...said, ...notificationsFromStatuses([ours])] : said;
    // Absent when there are none, as every server has it.
    if (all.length > 0) wire["notifications"] = all.map(notificationToWire);
  }
}
