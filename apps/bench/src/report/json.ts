// A report as JSON: every figure of every round, the ratios and the verdicts.
import { ratio } from "../measure/compete.ts";
import { verdicts } from "../plan/verdict.ts";
import type { Report } from "./report.ts";

export function jsonOf(reports: readonly Report[]): string {
  return `${JSON.stringify(reports.map(plain), undefined, 2)}\n`;
}

function plain({ results, ...about }: Report): object {
  return {
    ...about,
    results: results.map((result) => {
      const { benchmark, measurements } = result;
      const { name, unit, by = "cpu" } = benchmark;
      const ours = measurements[0]!;
      const contestants = measurements.map((measurement) => ({
        ...measurement,
        timesOurs: ratio(measurement, ours, by),
      }));
      return { name, unit, by, contestants, goals: verdicts(result) };
    }),
  };
}
