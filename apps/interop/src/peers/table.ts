// Formats reports as text: a line for each client, or the whole matrix as Markdown.
import type { Outcome, Report } from "./peer.ts";

/** One line for a client: its Bolt version, what passed, what failed. */
export function summaryLine({ peer, skipped, outcomes }: Report): string {
  const name = peer.padEnd(27);
  if (skipped !== undefined) return `${name}  skipped: ${skipped}`;
  const passed = outcomes.filter(({ ok }) => ok === true);
  const failed = outcomes.filter(({ ok }) => ok === false);
  const connect = outcomes.find(({ scenario, ok }) => scenario === "connect" && ok)?.detail ?? "";
  const result = `${passed.length} passed, ${failed.length} failed`;
  return [`${name}  ${result.padEnd(22)} ${connect}`, ...failed.map(failureLine)].join("\n");
}

const failureLine = ({ scenario, detail }: Outcome) =>
  `    ${scenario}: ${detail.split("\n")[0]?.slice(0, 160)}`;

/** A table, scenarios down, clients across: + passed, X failed, a dot where client or server lacks the feature. */
export function matrix(reports: readonly Report[]): string {
  const run = reports.filter(({ skipped }) => skipped === undefined);
  const scenarios = [...new Set(run.flatMap(({ outcomes }) => outcomes.map(({ scenario }) => scenario)))];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["", ...run.map(({ peer }) => peer)]),
    row(["---", ...run.map(() => "---")]),
    ...scenarios.map((scenario) =>
      row([scenario, ...run.map(({ outcomes }) => mark(outcomes.find((one) => one.scenario === scenario)))]),
    ),
  ].join("\n");
}

function mark(outcome: Outcome | undefined): string {
  if (!outcome || outcome.ok === null) return "·";
  return outcome.ok ? "+" : "X";
}

export function allPassed(reports: readonly Report[]): boolean {
  return reports.every(({ outcomes }) => outcomes.every(({ ok }) => ok !== false));
}
