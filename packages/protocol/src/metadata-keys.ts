// The keys of SUCCESS metadata: their names in the program and on the wire, and the versions that have them.

/** Versions are major * 10 + minor: the first that has the key, and the first that no longer has it. */
type Key = readonly [name: string, wire: string, since?: number, until?: number];

export const KEYS: readonly Key[] = [
  ["server", "server"],
  ["connectionId", "connection_id", 30],
  ["hints", "hints", 43],
  ["patchBolt", "patch_bolt", 43],
  ["protocolVersion", "protocol_version", 57],
  ["credentialsExpired", "credentials_expired"],
  ["advertisedAddress", "advertised_address", 58],
  ["fields", "fields"],
  ["qid", "qid", 40],
  ["tFirst", "result_available_after", 10, 30],
  ["tLast", "result_consumed_after", 10, 30],
  ["tFirst", "t_first", 30],
  ["tLast", "t_last", 30],
  ["db", "db", 40],
  ["hasMore", "has_more", 40],
  ["bookmark", "bookmark"],
  ["type", "type"],
  ["stats", "stats"],
  ["plan", "plan"],
  ["profile", "profile"],
  ["notifications", "notifications", 10, 56],
  ["statuses", "statuses", 56],
  ["rt", "rt", 43],
];

/** Names that we define; an entry of such a name is never passed through as an unknown key. */
export const OURS: ReadonlySet<string> = new Set(KEYS.map(([name]) => name));
