/**
 * The scenarios that every client plays, in this order. The names are the contract with the programs in
 * `clients/`, each of which implements them for one driver; the texts are printed for readers.
 */
export const SCENARIOS: Readonly<Record<string, string>> = {
  connect: "a bolt:// URI: handshake, login, version and agent",
  "connect-routing": "a neo4j:// URI: routing table, a write and a read over it",
  "auto-commit": "RETURN 1, parameters, a second query on the same session",
  "explicit-commit": "two queries in a transaction, committed, seen by the next",
  "explicit-rollback": "rolled back, not seen by the next; so is a transaction that is only closed",
  managed: "executeWrite and executeRead, or what the client calls them",
  "managed-retry": "the work fails once with a transient error and is run again; only the second is kept",
  "execute-query": "the one-call API",
  "stream-100k": "100,000 rows, each checked",
  "nested-results": "a result of 3,000 rows stays open while the same transaction runs another query",
  values: "null, booleans, integers to 64 bits, floats, strings, bytes, lists, maps: sent and returned",
  "values-temporal": "date, time, local time, date time with offset and with zone, local date time, duration",
  "values-spatial": "points in two and three dimensions, geographic and Cartesian",
  "values-graph": "node, relationship and path come back with labels, types and properties",
  "values-vector": "vectors of each element type (Bolt 6.0)",
  "values-uuid": "UUIDs (Bolt 6.1)",
  failure: "syntax error: right code and class; the session works again at once",
  "failure-in-stream": "row 1501 of 3001 fails: those before arrive, then the error, then recovery",
  "failure-in-tx": "a failed query ends its transaction; nothing of it is kept",
  bookmarks: "three writes chained by bookmarks, a read after the last sees all",
  cancel: "five times a result of 100,000 rows left after ten of them; the connection is reused",
  summary: "query type, counters of a write, plan of an EXPLAIN",
  parallel: "20 sessions at the same time",
  "wrong-password": "refused with the right code and class; the right password still works",
};

/** Number of rows in the long stream; the programs get it as BOLT_ROWS. */
export const STREAM_ROWS = 100_000;
