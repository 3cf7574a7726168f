/**
 * What a check needs is not on this machine: no JDK, no Maven, no Python, no network. That is no failure
 * of the project, so it has a type of its own, and its message is the one line that a skipped check prints.
 */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}
