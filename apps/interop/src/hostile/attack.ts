// An attack: what it does, and what must hold for the server meanwhile and afterwards.
import type { Target } from "./target.ts";

export interface Attack {
  readonly name: string;
  /** Runs the attack and returns the figures to print. Throws when the server did not withstand it. */
  run(target: Target): Promise<string>;
}

export function expect(truth: boolean, what: string): void {
  if (!truth) throw new Error(what);
}

/** Milliseconds, with one decimal. */
export const ms = (time: number): string => `${time.toFixed(1)} ms`;

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Median and 99th percentile of some times. */
export function quantiles(times: readonly number[]): { p50: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Runs `task` for 0 to count - 1, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  task: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, count) }, async () => {
      while (next < count) await task(next++);
    }),
  );
}
