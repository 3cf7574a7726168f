// Which Bolt versions the gateway offers to the server behind it: those of the client and below, so that both
// sides speak the same one where they can and the server itself does what has to be done for old clients.
import { BoltVersion, HandshakeError } from "@bolt/client";

/**
 * By the client's major version; undefined stands for what it speaks itself. For 3 there is something better: 4.x
 * has the same types, and Neo4j 4.2 to 4.4 gives clients of 3 bookmarks that it then refuses.
 */
const OWN: Readonly<Record<number, readonly (string | undefined)[]>> = {
  1: ["1"],
  2: ["2", "1"],
  3: ["4.4-4.0", "3", "2", "1"],
  4: [undefined, "3"],
  5: [undefined, "4.4-4.0", "3"],
  6: [undefined, "5.8-5.0", "4.4-4.0", "3"],
};

/** For clients older than anything that the server speaks; 6 comes last, since it has types of its own. */
const OTHERWISE: readonly (readonly string[])[] = [["5.8-5.0", "4.4-4.0", "3"], ["2", "1"], ["6.1-6.0"]];

/** Lists to offer, the next one when the server speaks nothing of the last. Four words is what a handshake holds. */
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
