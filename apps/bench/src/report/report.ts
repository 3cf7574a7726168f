// The results of a run, before they become text.
import type { Noise } from "../measure/noise.ts";
import type { Result } from "../plan/verdict.ts";

export interface Report {
  readonly node: { readonly version: string };
  readonly machine: { readonly cpu: string; readonly cpus: number; readonly platform: string };
  readonly startedAt: Date;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly results: readonly Result[];
  readonly noise: Noise;
}
