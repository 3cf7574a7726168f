// Compares measurements with goals. Knows arithmetic only.
import { type Measurement, ratio } from "../measure/compete.ts";
import type { Benchmark, Goal } from "./benchmarks.ts";

export interface Result {
  readonly benchmark: Benchmark;
  readonly measurements: readonly Measurement[];
}

/** A goal's text and whether it was met. */
export interface Verdict {
  readonly text: string;
  readonly met: boolean;
  /** The contestant that ours is compared with; undefined for an absolute goal. */
  readonly of: string | undefined;
}

/** One verdict for each group of alternatives. */
export function verdicts({ benchmark, measurements }: Result): Verdict[] {
  return benchmark.goals.map((alternatives) => {
    const judged = alternatives.map((goal) => judge(goal, benchmark, measurements));
    return {
      text: judged.map(({ text }) => text).join(" or "),
      met: judged.some(({ met }) => met),
      of: judged.find(({ of }) => of !== undefined)?.of,
    };
  });
}

function judge(goal: Goal, { by = "cpu" }: Benchmark, measurements: readonly Measurement[]): Verdict {
  const ours = measurements[0]!;
  switch (goal.kind) {
    case "ahead": {
      const { times } = ratio(find(measurements, goal.of), ours, by);
      return { text: `≥ ${goal.times}`, met: times >= goal.times, of: goal.of };
    }
    case "within": {
      // Expressed like the other ratios: how many times as much the other contestant needs.
      const least = 1 / goal.times;
      const { times } = ratio(find(measurements, goal.of), ours, by);
      return { text: `≥ ${digits(least)}`, met: times >= least, of: goal.of };
    }
    case "rate":
      return { text: `≥ ${goal.megabytes} MB/s`, met: rate(ours) >= goal.megabytes, of: undefined };
    case "bytes":
      return { text: `≤ ${kilobytes(goal.atMost)}`, met: (ours.bytes ?? 0) <= goal.atMost, of: undefined };
    case "wall":
      return { text: `≤ ${goal.atMostMs} ms`, met: ours.wallUs <= goal.atMostMs * 1000, of: undefined };
  }
}

function find(measurements: readonly Measurement[], contestant: string): Measurement {
  const found = measurements.find((measurement) => measurement.contestant === contestant);
  if (!found) throw new Error(`${contestant} was not measured`);
  return found;
}

/** Megabytes per second of CPU time. */
export const rate = ({ bytes = 0, cpuUs }: Measurement): number => bytes / cpuUs;

export const kilobytes = (bytes: number): string =>
  bytes >= 10 << 20 ? `${digits(bytes / 1024 / 1024)} MB` : `${digits(bytes / 1024)} KB`;

/** A number with three significant digits, but at most four decimal places. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return String(Number(value.toFixed(Math.min(4, places))));
}
