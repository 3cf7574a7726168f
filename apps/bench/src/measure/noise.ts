// How quiet the machine was: whether its clock rate was steady, and how much other programs used. Only reports; corrects
// nothing.
import { cpus } from "node:os";
import { median, spread } from "./stats.ts";

export interface Noise {
  /** Spread of a fixed computation that was repeated throughout the run. */
  readonly clock: number;
  /** CPUs that were busy with other programs, on average. */
  readonly others: number;
  /** The median and the worst spread of the measurements. */
  readonly typical: number;
  readonly worst: number;
  readonly worstOf: string;
}

const SPINS = 2_000_000;

export class NoiseMeter {
  readonly #spins: number[] = [];
  readonly #startedAt = Date.now();
  readonly #busyMs = busyMs();
  #oursUs = 0;

  /** Times a fixed computation of a few milliseconds. */
  sample(): void {
    const start = process.hrtime.bigint();
    let x = 1;
    for (let i = 0; i < SPINS; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    if (x === 42) throw new Error("never happens, but keeps the compiler from dropping the loop");
    this.#spins.push(Number(process.hrtime.bigint() - start));
  }

  /** Adds CPU time that belongs to the measurement itself. */
  own(cpuUs: number): void {
    this.#oursUs += cpuUs;
  }

  report(spreads: ReadonlyMap<string, number>): Noise {
    const own = process.cpuUsage();
    const oursMs = (this.#oursUs + own.user + own.system) / 1000;
    const others = (busyMs() - this.#busyMs - oursMs) / Math.max(1, Date.now() - this.#startedAt);
    const [worstOf = "", worst = 0] = [...spreads].sort(([, a], [, b]) => b - a)[0] ?? [];
    return {
      // The first ones ran before the code was compiled.
      clock: spread(this.#spins.slice(3)),
      others: Math.max(0, others),
      typical: spreads.size > 0 ? median([...spreads.values()]) : 0,
      worst,
      worstOf,
    };
  }
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
