// Which Bolt versions the gateway offers to the server behind it: the client's and lower ones, so that both sides speak
// the same one if possible and the server itself adapts its answers to old clients.
import { BoltVersion, HandshakeError } from "@bolt/client";

/**
 * By the client's major version; undefined stands for that major, up to the client's minor. For 3, 4.x is better: it
 * has the same types, and Neo4j 4.2 to 4.4 gives Bolt 3 clients bookmarks that it then refuses.
 */
const OWN: Readonly<Record<number, readonly (string | undefined)[]>> = {
  1: ["1"],
  2: ["2", "1"],
  3: ["4.4-4.0", "3", "2", "1"],
  4: [undefined, "3"],
  5: [undefined, "4.4-4.0", "3"],
  6: [undefined, "5.8-5.0", "4.4-4.0", "3"],
};

/** For clients older than every version that the server speaks; 6 comes last because it has new types. */
const OTHERWISE: readonly (readonly string[])[] = [["5.8-5.0", "4.4-4.0", "3"], ["2", "1"], ["6.1-6.0"]];

/** Lists to offer, one after another, until the server speaks a version on one. Each fits into one handshake. */
export function offersFor(clientVersion: string): (readonly string[])[] {
  const { major, minor } = BoltVersion.parse(clientVersion);
  const newest = `${major}.${minor}-${major}.0`;
  return [OWN[major]!.map((range) => range ?? newest), ...OTHERWISE];
}

/** Whether a driver failed because there is no common version. */
export function isNoCommonVersion(error: unknown): boolean {
  if (error instanceof HandshakeError) return error.reason === "no-common-version";
  if (error instanceof AggregateError) return error.errors.some(isNoCommonVersion);
  return error instanceof Error && isNoCommonVersion(error.cause);
}
