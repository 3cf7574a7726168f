// Which Bolt versions the gateway offers to the server behind it: those of the client and below, so that both
// sides speak the same one where they can and the server itself does what has to be done for old clients.
import { BoltVersion, HandshakeError } from "@bolt/client";

/** For clients older than anything that the server speaks; 6 comes last, since it has types of its own. */
const OTHERWISE: readonly (readonly string[])[] = [["5.8-5.0", "4.4-4.0", "3"], ["2", "1"], ["6.1-6.0"]];

/** Lists to offer, the next one when the server speaks nothing of the last. Four words is what a handshake holds. */
export function offersFor(clientVersion: string): (readonly string[])[] {
  const { major, minor } = BoltVersion.parse(clientVersion);
  const own = major < 4 ? ["3", "2", "1"].slice(3 - major) : [`${major}.${minor}-${major}.0`];
  if (major > 5) own.push("5.8-5.0");
  if (major > 4) own.push("4.4-4.0");
  if (major > 3) own.push("3");
  return [own, ...OTHERWISE];
}

/** Whether a driver failed because there is no common version. */
export function isNoCommonVersion(error: unknown): boolean {
  if (error instanceof HandshakeError) return error.reason === "no-common-version";
  if (error instanceof AggregateError) return error.errors.some(isNoCommonVersion);
  return error instanceof Error && isNoCommonVersion(error.cause);
}
