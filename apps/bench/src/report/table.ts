// A report as a Markdown table that is also readable in a terminal.
import { type Measurement, ratio } from "../measure/compete.ts";
import { digits, kilobytes, rate, type Result, type Verdict, verdicts } from "../plan/verdict.ts";
import type { Report } from "./report.ts";

const HEAD = ["workload", "per", "contestant", "CPU µs", "wall µs", "± %", "× ours", "goal", ""];

export function tableOf(report: Report): string {
  const rows = report.results.flatMap(rowsOf);
  const widths = HEAD.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (isNumber(i) ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [titleOf(report), "", line(HEAD), rule, ...rows.map(line), "", noiseOf(report), ""].join("\n");
}

const isNumber = (column: number): boolean => column >= 3 && column <= 7;

function titleOf({ node, machine, startedAt, rounds, sliceMs }: Report): string {
  const day = startedAt.toISOString().slice(0, 10);
  return `Node ${node.version}, ${machine.cpus} × ${machine.cpu}, ${machine.platform}, ${day}; ${rounds} rounds of ${sliceMs} ms`;
}

function noiseOf({ noise }: Report): string {
  const percent = (part: number): string => `${digits(part * 100)} %`;
  return (
    `Noise: rounds differ by ±${percent(noise.typical)} typically, ±${percent(noise.worst)} at worst (${noise.worstOf}); ` +
    `the time of a fixed computation by ±${percent(noise.clock)}; other programs used ${digits(noise.others)} CPUs.` +
    (noise.typical > 0.05 || noise.others > 0.5
      ? "\nToo noisy to judge small differences: rely on the ratios, and run it again."
      : "")
  );
}

function rowsOf(result: Result): string[][] {
  const { benchmark, measurements } = result;
  const judged = verdicts(result);
  const ours = measurements[0]!;
  return measurements.map((measurement, i) => {
    const mine = judged.filter(({ of }) => (i === 0 ? of === undefined : of === measurement.contestant));
    const { contestant, cpuUs, wallUs } = measurement;
    return [
      i === 0 ? benchmark.name : "",
      i === 0 ? benchmark.unit : "",
      contestant + extra(measurement, benchmark.by),
      digits(cpuUs),
      digits(wallUs),
      digits(measurement.spread * 100),
      i === 0 ? "" : digits(ratio(measurement, ours, benchmark.by ?? "cpu").times),
      mine.map(({ text }) => text).join(", "),
      mine.map(mark).join(" "),
    ];
  });
}

const mark = ({ met }: Verdict): string => (met ? "met" : "missed");

function extra(measurement: Measurement, by: string | undefined): string {
  if (measurement.bytes === undefined) return "";
  return by === "bytes" ? ` ${kilobytes(measurement.bytes)}` : ` ${digits(rate(measurement))} MB/s`;
}
