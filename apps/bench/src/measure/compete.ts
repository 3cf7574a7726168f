// The measurement: contestants take turns, round by round, so that any change in conditions affects all of them. Knows
// time and repetition, but not what the contestants do.
import { median, spread } from "./stats.ts";
import type { Cost } from "./worker.ts";

/** A contestant with its workload. */
export interface Runner {
  /** Called before anything is timed. Throws if decoded values are not those that were sent. */
  check(): Promise<void>;
  /** Does about `ops` operations. */
  slice(ops: number): Promise<Cost>;
  close(): Promise<void>;
}

export interface Effort {
  readonly rounds: number;
  /** How long a slice should take. 0 means one operation and no warm-up. */
  readonly sliceMs: number;
}

/** The measurements of one contestant. */
export interface Measurement {
  readonly contestant: string;
  /** Per operation: medians over the rounds. */
  readonly cpuUs: number;
  readonly wallUs: number;
  readonly bytes?: number | undefined;
  /** See `spread` in stats.ts; of CPU time, or of bytes where no time is measured. */
  readonly spread: number;
  /** Operations per slice. */
  readonly ops: number;
  /** The cost of each round; round i ran at the same time for all contestants. */
  readonly rounds: readonly Cost[];
}

// Compilers keep improving hot code for seconds, on threads whose time counts. A contestant is warm once it has not
// become 3 % faster for STEADY slices; after MOST_WARM_UP slices it is measured in any case.
const STEADY = 4;
const MOST_WARM_UP = 30;
const FASTER = 0.97;
const MOST_GROWTH = 16;

/** @param single each slice is one operation that cannot be repeated in the same process */
export async function compete(
  runners: ReadonlyMap<string, Runner>,
  { rounds, sliceMs }: Effort,
  single = false,
): Promise<Measurement[]> {
  const names = [...runners.keys()];
  const ops = new Map<string, number>();
  const costs = new Map<string, Cost[]>(names.map((name) => [name, []]));
  for (const [name, runner] of runners) {
    await runner.check();
    ops.set(name, single || sliceMs === 0 ? 1 : await warmUp(runner, sliceMs * 1000));
  }
  for (let round = 0; round < rounds; round++) {
    // A different contestant begins each round.
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!;
      costs.get(name)!.push(await runners.get(name)!.slice(ops.get(name)!));
    }
  }
  return names.map((name) => measurement(name, costs.get(name)!));
}

async function warmUp(runner: Runner, sliceUs: number): Promise<number> {
  let ops = 1;
  let best = Infinity;
  let steady = 0;
  for (let slices = 0; steady < STEADY && slices < MOST_WARM_UP;) {
    const cost = await runner.slice(ops);
    const tookUs = Math.max(cost.wallUs, cost.cpuUs, 1);
    ops = Math.max(1, Math.round(cost.ops * Math.min(MOST_GROWTH, sliceUs / tookUs)));
    if (tookUs < sliceUs / 2) continue;
    slices++;
    const each = cost.cpuUs / cost.ops;
    steady = each < best * FASTER ? 0 : steady + 1;
    best = Math.min(best, each);
  }
  return ops;
}

function measurement(contestant: string, rounds: readonly Cost[]): Measurement {
  const per = (of: (cost: Cost) => number): number[] => rounds.map((cost) => of(cost) / cost.ops);
  const cpu = per((cost) => cost.cpuUs);
  const bytes = rounds[0]?.bytes === undefined ? undefined : per((cost) => cost.bytes!);
  return {
    contestant,
    cpuUs: median(cpu),
    wallUs: median(per((cost) => cost.wallUs)),
    bytes: bytes && median(bytes),
    spread: spread(median(cpu) > 0 ? cpu : (bytes ?? cpu)),
    ops: rounds[0]?.ops ?? 0,
    rounds,
  };
}

/**
 * How many times as much `a` needs as `b`, per operation: the median of the rounds' ratios, because within a round both
 * were measured under the same conditions; and their spread.
 */
export function ratio(
  a: Measurement,
  b: Measurement,
  of: Quantity,
): { readonly times: number; readonly spread: number } {
  const rounds = a.rounds.map((cost, i) => amount(cost, of) / amount(b.rounds[i]!, of));
  return { times: median(rounds), spread: spread(rounds) };
}

export type Quantity = "cpu" | "wall" | "bytes";

function amount(cost: Cost, of: Quantity): number {
  return (of === "cpu" ? cost.cpuUs : of === "wall" ? cost.wallUs : (cost.bytes ?? Number.NaN)) / cost.ops;
}
