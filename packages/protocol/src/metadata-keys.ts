// The keys of SUCCESS metadata: their names in the program and on the wire, and the versions that have them.

type Version = readonly [major: number, minor?: number];

/** `since` is the first version that has the key, `until` the first that no longer has it. */
type Key = readonly [name: string, wire: string, since?: Version | undefined, until?: Version];

export const KEYS: readonly Key[] = [
  ["server", "server"],
  ["connectionId", "connection_id", [3]],
  ["hints", "hints", [4, 3]],
  ["patchBolt", "patch_bolt", [4, 3]],
  ["protocolVersion", "protocol_version", [5, 7]],
  ["credentialsExpired", "credentials_expired"],
  ["advertisedAddress", "advertised_address", [5, 8]],
  ["fields", "fields"],
  ["qid", "qid", [4]],
  ["tFirst", "result_available_after", undefined, [3]],
  ["tLast", "result_consumed_after", undefined, [3]],
  ["tFirst", "t_first", [3]],
  ["tLast", "t_last", [3]],
  ["db", "db", [4]],
  ["hasMore", "has_more", [4]],
  ["bookmark", "bookmark"],
  ["type", "type"],
  ["stats", "stats"],
  ["plan", "plan"],
  ["profile", "profile"],
  ["notifications", "notifications", undefined, [5, 6]],
  ["statuses", "statuses", [5, 6]],
  ["rt", "rt", [4, 3]],
];

/** Names that we define; an entry of such a name is never passed through as an unknown key. */
export const OURS: ReadonlySet<string> = new Set(KEYS.map(([name]) => name));
