// From the command line to an exit code: finds the Node binaries, measures on each, reports. All output goes through
// `Console`.
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { measure } from "./measure.ts";
import { killAll } from "./measure/child.ts";
import { findNode, type NodeBinary, thisNode } from "./nodes.ts";
import { type Options, readOptions } from "./options.ts";
import { BENCHMARKS, type Benchmark } from "./plan/benchmarks.ts";
import { jsonOf } from "./report/json.ts";
import type { Report } from "./report/report.ts";
import { svgOf } from "./report/svg.ts";
import { tableOf } from "./report/table.ts";

export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Does what the arguments say. Resolves with the exit code and never rejects. */
export async function run(args: readonly string[], console: Console): Promise<number> {
  const options = readOptions(args);
  if ("exitCode" in options) {
    (options.exitCode === 0 ? console.out : console.err)(options.text);
    return options.exitCode;
  }
  try {
    await act(options, console);
    return 0;
  } catch (error) {
    console.err(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    killAll();
  }
}

async function act(options: Options, { out, err }: Console): Promise<void> {
  const benchmarks = chosen(options.only);
  if (options.list) return out(benchmarks.map(({ name }) => `${name}\n`).join(""));
  const { json, svg, profiles } = options;
  // A file that cannot be written should fail before minutes of work, not after.
  if (profiles !== undefined) await mkdir(profiles, { recursive: true });
  for (const file of [json, svg]) if (file !== undefined && file !== "-") await appendFile(file, "");
  const nodes: NodeBinary[] = [];
  for (const wanted of options.nodes) nodes.push(await findNode(wanted));
  const reports: Report[] = [];
  for (const node of nodes.length > 0 ? nodes : [thisNode]) {
    const report = await measure(benchmarks, node, options, err);
    reports.push(report);
    if (json !== "-") out(`${options.quick ? summaryOf(report) : tableOf(report)}\n`);
  }
  if (json === "-") out(jsonOf(reports));
  else if (json !== undefined) await writeFile(json, jsonOf(reports));
  if (svg !== undefined) await writeFile(svg, svgOf(reports));
}

function chosen(only: readonly string[]): readonly Benchmark[] {
  for (const part of only) {
    if (!BENCHMARKS.some(({ name }) => name.includes(part))) {
      throw new Error(`no benchmark has "${part}" in its name; --list shows all`);
    }
  }
  return only.length === 0
    ? BENCHMARKS
    : BENCHMARKS.filter(({ name }) => only.some((part) => name.includes(part)));
}

const summaryOf = ({ results, node }: Report): string =>
  `${results.length} benchmarks work on Node ${node.version}, and all their values agree; nothing was measured`;
