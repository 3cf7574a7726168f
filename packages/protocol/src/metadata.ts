// SUCCESS metadata as a client reads it. It is forgiving: a key of a wrong type is left out, an unknown one kept.
import type { Dictionary, Value } from "@bolt/framing";
import { boolean, dictionary, integer, present, string, strings } from "./kinds.ts";
import { KEYS, OURS } from "./metadata-keys.ts";
import { notificationFromWire, statusFromWire } from "./notifications.ts";
import type { Hints, Metadata } from "./responses.ts";

/** The value as the program sees it; undefined for one of a wrong type. */
type Reader = (value: Value | undefined) => unknown;

const counters: Reader = (value) => {
  const wire = dictionary(value);
  return (
    wire && Object.fromEntries(Object.entries(wire).map(([name, count]) => [name, integer(count) ?? count]))
  );
};

const list =
  (read: (item: Dictionary) => unknown): Reader =>
  (value) =>
    Array.isArray(value) ? value.flatMap<Dictionary>((item) => dictionary(item) ?? []).map(read) : undefined;

function seconds(value: unknown): number | undefined {
  const number = integer(value);
  return typeof number === "number" && number > 0 ? number : undefined;
}

const hints: Reader = (value) => {
  const wire = dictionary(value);
  return (
    wire &&
    present<Hints>({
      recvTimeoutSeconds: seconds(wire["connection.recv_timeout_seconds"]),
      telemetryEnabled: boolean(wire["telemetry.enabled"]),
      ssrEnabled: boolean(wire["ssr.enabled"]),
    })
  );
};

const table: Reader = (value) => {
  const { ttl, servers, db } = dictionary(value) ?? {};
  if (!Array.isArray(servers)) return undefined;
  return present({
    ttl: integer(ttl) ?? 0,
    servers: servers.flatMap((item) => {
      const { addresses, role } = dictionary(item) ?? {};
      return strings(addresses) && typeof role === "string" ? { addresses, role } : [];
    }),
    // A database of a wrong type (ArcadeDB sends one) counts as none.
    db: string(db),
  });
};

/** By name; the other entries are strings. */
const READERS: Readonly<Record<string, Reader>> = {
  hints,
  patchBolt: strings,
  credentialsExpired: boolean,
  fields: strings,
  qid: integer,
  tFirst: integer,
  tLast: integer,
  hasMore: boolean,
  stats: counters,
  plan: dictionary,
  profile: dictionary,
  notifications: list(notificationFromWire),
  statuses: list(statusFromWire),
  rt: table,
};

/** The name and the reader for each key of the wire. */
const KNOWN: ReadonlyMap<string, { readonly name: string; readonly read: Reader }> = new Map(
  KEYS.map(([name, wire]) => [wire, { name, read: READERS[name] ?? string }]),
);

/** Metadata as the program sees it. A known key is read on every version: some servers send it early. */
export function metadataFromWire(wire: Readonly<Dictionary>): Metadata {
  const metadata: Record<string, unknown> = {};
  for (const key of Object.keys(wire)) {
    const known = KNOWN.get(key);
    // No server sends these: the first would set the prototype, the others would pass for ours unchecked.
    if (!known && (key === "__proto__" || OURS.has(key))) continue;
    const value = known ? known.read(wire[key]) : wire[key];
    if (value !== undefined) metadata[known?.name ?? key] = value;
  }
  return metadata;
}
