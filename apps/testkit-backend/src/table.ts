// Formats results as text: a table by module, and a list of what did not pass.

/** One output line of the runner. */
export interface Outcome {
  readonly id: string;
  readonly status: "passed" | "skipped" | "failed";
  readonly reason: string;
  readonly seconds: number;
}

/** Path of the test module in TestKit: `stub/retry`, `tls/test_tls_versions`. */
const moduleOf = ({ id }: Outcome): string => id.split(".").slice(1, 3).join("/");

/** Returns Markdown. */
export function table(outcomes: readonly Outcome[]): string {
  const modules = [...new Set(outcomes.map(moduleOf))].toSorted();
  const rows = modules.map((name) =>
    row(
      name,
      outcomes.filter((outcome) => moduleOf(outcome) === name),
    ),
  );
  const missed = outcomes
    .filter(({ status }) => status !== "passed")
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [
    "| module | tests | passed | skipped | failed | seconds |",
    "|---|---|---|---|---|---|",
    ...rows,
    row("**total**", outcomes),
    "",
    ...missed.map(({ status, id, reason }) => `${status} ${id}: ${lastLine(reason)}`),
  ].join("\n");
}

function row(name: string, outcomes: readonly Outcome[]): string {
  const count = (status: Outcome["status"]): number =>
    outcomes.filter((outcome) => outcome.status === status).length;
  const seconds = Math.round(outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0));
  const cells = [outcomes.length, count("passed"), count("skipped"), count("failed"), seconds];
  return `| ${name} | ${cells.join(" | ")} |`;
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1)!.slice(0, 200);
