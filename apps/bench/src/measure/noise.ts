// How quiet the machine was: whether its clock rate held, and who else was working. Tells, and corrects nothing.
import { cpus } from "node:os";
import { median, spread } from "./stats.ts";

export interface Noise {
  /** Spread of a fixed computation that was repeated all through the run. */
  readonly clock: number;
  /** CPUs that were busy with something else, on average. */
  readonly others: number;
  /** The median and the worst spread of the measurements. */
  readonly typical: number;
  readonly worst: number;
  readonly worstOf: string;
}

const SPINS = 2_000_000;

export class Weather {
  readonly #spins: number[] = [];
  readonly #startedAt = Date.now();
  readonly #busyMs = busyMs();
  #oursUs = 0;

  /** A fixed computation, a few milliseconds of it. */
  look(): void {
    const start = process.hrtime.bigint();
    let x = 1;
    for (let i = 0; i < SPINS; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    if (x === 42) throw new Error("nothing that happens: it keeps the loop from being left out");
    this.#spins.push(Number(process.hrtime.bigint() - start));
  }

  /** CPU that belongs to the measurement. */
  own(cpuUs: number): void {
    this.#oursUs += cpuUs;
  }

  report(spreads: ReadonlyMap<string, number>): Noise {
    const own = process.cpuUsage();
    const oursMs = (this.#oursUs + own.user + own.system) / 1000;
    const others = (busyMs() - this.#busyMs - oursMs) / Math.max(1, Date.now() - this.#startedAt);
    const [worstOf = "", worst = 0] = [...spreads].sort(([, a], [, b]) => b - a)[0] ?? [];
    return {
      // The first ones were not compiled yet.
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
