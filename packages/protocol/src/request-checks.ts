// What a caller may not ask of a version: options that it lacks, numbers that have no form on the wire. Returns what is
// wrong, or undefined. Knows no state and no bytes.
import type { BoltVersion } from "@bolt/framing";
import type { Discard, Pull, Request, TransactionExtra } from "./requests.ts";
import type { RequestName } from "./server-state.ts";

/** What is wrong with the fields of a request. */
export function wrongFields(request: Request, version: BoltVersion): string | undefined {
  switch (request.name) {
    case "RUN":
      return isNamed(request.parameters)
        ? wrongExtra(version, "RUN", request.extra)
        : "RUN takes parameters = a dictionary";
    case "BEGIN":
      return wrongExtra(version, "BEGIN", request.extra);
    case "HELLO":
    case "ROUTE":
      return wrongExtra(version, request.name, request);
    case "PULL":
    case "DISCARD":
      return wrongStream(version, request);
    default:
      return undefined;
  }
}

/** Whether it may be a dictionary: objects and maps are packed as such. */
const isNamed = (value: unknown): boolean => Object(value) === value && !Array.isArray(value);

function wrongExtra(version: BoltVersion, request: RequestName, extra: TransactionExtra): string | undefined {
  // 5.2 added the last ones: most connections skip this.
  if (!version.atLeast(5, 2)) {
    for (const [option, major, minor] of SINCE) {
      if (extra[option] === undefined || version.atLeast(major, minor)) continue;
      // Bolt 1 and 2 can send them with BEGIN.
      if (option === "bookmarks" && (request === "BEGIN" || extra.bookmarks?.length === 0)) continue;
      return tooOld(version, request, option, major > 3 ? `${major}.${minor}` : "3");
    }
  }
  const { txTimeoutMs: timeout } = extra;
  // Rounded up, it must be a safe integer, to be sent as an Integer.
  return timeout === undefined || (typeof timeout === "number" && Number.isSafeInteger(Math.ceil(timeout)))
    ? undefined
    : `${request} takes txTimeoutMs = milliseconds, got ${String(timeout)}`;
}

// `mode` is not among them: it is only advice, and Bolt 1 and 2 do without.
const SINCE: readonly (readonly [keyof TransactionExtra, major: number, minor: number])[] = [
  ["bookmarks", 3, 0],
  ["txTimeoutMs", 3, 0],
  ["txMetadata", 3, 0],
  ["db", 4, 0],
  ["impUser", 4, 4],
  ["notificationsMinimumSeverity", 5, 2],
  ["notificationsDisabledClassifications", 5, 2],
];

function wrongStream(version: BoltVersion, { name, n, qid = -1 }: Pull | Discard): string | undefined {
  if (!Number.isSafeInteger(n) || (n < 1 && n !== -1))
    return `${name} takes n = -1 (all) or from 1 on, got ${n}`;
  if (!Number.isSafeInteger(qid) || qid < -1)
    return `${name} takes qid = -1 (the last result) or from 0 on, got ${qid}`;
  if (version.atLeast(4)) return undefined;
  if (qid !== -1) return tooOld(version, name, "qid", "4.0");
  // PULL_ALL only gives more than was asked for, but DISCARD_ALL would drop it.
  return n !== -1 && name === "DISCARD" ? `DISCARD of ${n} records needs Bolt 4.0 or later` : undefined;
}

function tooOld(version: BoltVersion, request: RequestName, option: string, needs: string): string {
  return `${request} with ${option} needs Bolt ${needs} or later; this connection speaks ${version}`;
}
