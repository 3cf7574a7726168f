// Checks that decoded values are those that were sent. Knows shapes; the contestants convert their own types to shapes.
import { isDeepStrictEqual } from "node:util";
import type { Dataset } from "./datasets.ts";
import { type Plain, show } from "./values.ts";

/** Compares the rows of a result one by one, as they arrive. */
export class RowCheck {
  #seen = 0;
  readonly #dataset: Dataset;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /** @throws Error if this is not the expected next row */
  row(values: readonly unknown[]): void {
    const { rows } = this.#dataset;
    same(values, rows[this.#seen % rows.length], `row ${this.#seen}`);
    this.#seen++;
  }

  /** @throws Error unless there were `count` rows */
  end(count: number): void {
    same(this.#seen, count, "number of rows");
  }
}

/** @throws Error unless both are the same, types included; a Buffer counts as a Uint8Array */
export function same(got: unknown, expected: Plain | undefined, what: string): void {
  if (isDeepStrictEqual(bare(got), expected)) return;
  throw new Error(`${what}: expected ${show(expected)}, got ${show(got)}`);
}

function bare(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return Array.isArray(value) ? value.map(bare) : value;
}
