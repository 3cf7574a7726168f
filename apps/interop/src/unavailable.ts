/**
 * This machine lacks what a check needs: a JDK, Maven, Python, a network. That is not a failure of the project, so
 * it has its own type; its message is the one line that a skipped check prints.
 */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}
