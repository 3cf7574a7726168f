// One run on one Node: the replay server, then each benchmark with its contestants. Prints its progress.
import { cpus } from "node:os";
import { Child, type Runtime, spentUs } from "./measure/child.ts";
import { compete, type Runner } from "./measure/compete.ts";
import { NoiseMeter } from "./measure/noise.ts";
import type { NodeBinary } from "./nodes.ts";
import type { Options } from "./options.ts";
import type { Benchmark } from "./plan/benchmarks.ts";
import type { Bench } from "./plan/runners.ts";
import type { Result } from "./plan/verdict.ts";
import type { Report } from "./report/report.ts";

export async function measure(
  benchmarks: readonly Benchmark[],
  node: NodeBinary,
  { quick, rounds, sliceMs, profiles }: Options,
  say: (text: string) => void,
): Promise<Report> {
  const runtime: Runtime = { node: node.path, version: node.version, profiles };
  const noise = new NoiseMeter();
  const replay = new Child(runtime, "replay/replay.js", "replay");
  const port = await replay.call<number>("listen");
  const results: Result[] = [];
  const shared = new Map<string, Child>();
  const startedAt = new Date();
  const before = spentUs();
  try {
    for (const [i, benchmark] of benchmarks.entries()) {
      if (!quick) say(`${i + 1}/${benchmarks.length} ${benchmark.name}\n`);
      const bench: Bench = { runtime, port, quick, name: benchmark.name, shared };
      results.push(
        await one(benchmark, bench, quick ? { rounds: 1, sliceMs: 0 } : { rounds, sliceMs }, noise),
      );
    }
  } finally {
    for (const child of [replay, ...shared.values()]) await child.close();
  }
  noise.own(spentUs() - before);
  const spreads = results.flatMap(({ benchmark, measurements }) =>
    measurements.map(({ contestant, spread }) => [`${benchmark.name} ${contestant}`, spread] as const),
  );
  return {
    node: { version: node.version },
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cpus: cpus().length,
      platform: `${process.platform} ${process.arch}`,
    },
    startedAt,
    rounds,
    sliceMs,
    results,
    noise: noise.report(new Map(spreads)),
  };
}

async function one(
  benchmark: Benchmark,
  bench: Bench,
  effort: { readonly rounds: number; readonly sliceMs: number },
  noise: NoiseMeter,
): Promise<Result> {
  const runners = new Map<string, Runner>();
  try {
    for (const [name, make] of Object.entries(benchmark.contestants)) {
      const runner = await make(bench);
      runners.set(name, { ...runner, slice: (ops) => (noise.sample(), runner.slice(ops)) });
    }
    const rounds = Math.min(effort.rounds, benchmark.rounds ?? effort.rounds);
    return { benchmark, measurements: await compete(runners, { ...effort, rounds }, benchmark.single) };
  } catch (error) {
    throw new Error(`${benchmark.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    for (const runner of runners.values()) await runner.close();
  }
}
