// The rows of each workload, the same in every process: up to a thousand different ones, which the replay server repeats
// until a query has as many as it asks for. Knows shapes and sizes, but nothing about time.
import { type Plain, Shape } from "./values.ts";

export interface Dataset {
  readonly keys: readonly string[];
  /** Row `i` of a result is `rows[i % rows.length]`. */
  readonly rows: readonly (readonly Plain[])[];
  /** Rows per timed query: enough to make the cost of the query itself negligible. */
  readonly perQuery: number;
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

const FIRST = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gwen", "Hugo"];
const CITIES = ["Malmö", "London", "Porto", "Oslo", "Graz", "Lyon"];
const pick = (from: readonly string[], i: number): string => from[i % from.length]!;

/** Never whole, so that no codec can write it as an integer. */
const fraction = (i: number): number => i * 1.37 + 0.125 + (i % 7) / 1024;

const person = (i: number): { readonly [key: string]: Plain } => ({
  name: `${pick(FIRST, i)} ${i % 500}`,
  age: 18 + (i % 60),
  score: fraction(i),
  active: i % 3 !== 0,
  city: pick(CITIES, i),
  born: 1950 + (i % 60),
});

const node = (i: number): Shape =>
  new Shape("Node", 1000 + i, ["Person", i % 4 === 0 ? "Admin" : "User"], person(i), `4:c0ffee:${1000 + i}`);

const relationship = (i: number): Shape =>
  new Shape("UnboundRelationship", 5000 + i, "KNOWS", { since: 1990 + (i % 30) }, `5:c0ffee:${5000 + i}`);

const sentence = (i: number): string =>
  i % 4 === 0
    ? `Smörgåsbord på Ängsvägen ${i}, ögonblick då.`
    : `The quick brown fox jumps over fence ${1000 + i}`;

const mapOf = (i: number): Plain => ({
  id: i,
  ...person(i),
  address: { street: `Main ${i % 90}`, zip: 10_000 + i },
});

const value = (i: number, column: number): Plain =>
  column % 4 === 3 ? column % 8 === 3 : column % 4 === 2 ? fraction(i + column) : i * 41 + column * column;

const DATASETS = {
  one: { keys: ["x"], perQuery: 1, rows: () => [[1]] },
  ints: { keys: ["x"], perQuery: 100_000, rows: () => times(1000, (i) => [i * 37 - 500]) },
  mixed: {
    keys: ["id", "score", "name", "ok", "none", "list"],
    perQuery: 50_000,
    rows: () => times(1000, (i) => [i * 11, fraction(i), `name ${i}`, i % 2 === 0, null, [i, i + 1, i + 2]]),
  },
  nodes: { keys: ["n"], perQuery: 20_000, rows: () => times(500, (i) => [node(i)]) },
  maps: { keys: ["m"], perQuery: 20_000, rows: () => times(500, (i) => [mapOf(i)]) },
  strings: {
    keys: ["a", "b", "c"],
    perQuery: 20_000,
    rows: () => times(500, (i) => [sentence(i), sentence(i + 1), sentence(i + 2)]),
  },
  wide: {
    keys: times(40, (i) => `column${i}`),
    perQuery: 10_000,
    rows: () => times(200, (i) => times(40, (column) => value(i, column))),
  },
  floats: {
    keys: ["v"],
    perQuery: 2000,
    rows: () => times(50, (i) => [times(384, (j) => fraction(i * 384 + j) / 997)]),
  },
  bytes: {
    keys: ["b"],
    perQuery: 500,
    rows: () => times(8, (i) => [Uint8Array.from({ length: 65_536 }, (_, j) => (j * 7 + i) & 255)]),
  },
  temporal: {
    keys: ["d", "t", "p"],
    perQuery: 20_000,
    rows: () =>
      times(500, (i) => [
        new Shape("Date", 12_000 + i * 3),
        new Shape("DateTime", 1_600_000_000 + i * 86_399, 123_456_789 + i, 3600 * (i % 3)),
        new Shape("Duration", i % 24, i % 28, i * 61, 1000 * i),
      ]),
  },
  paths: {
    keys: ["p"],
    perQuery: 5000,
    rows: () =>
      times(200, (i) => [
        new Shape(
          "Path",
          [node(i), node(i + 1), node(i + 2)],
          [relationship(i), relationship(i + 1)],
          [1, 1, 2, 2],
        ),
      ]),
  },
} satisfies Record<
  string,
  { keys: readonly string[]; perQuery: number; rows: () => readonly (readonly Plain[])[] }
>;

export type DatasetName = keyof typeof DATASETS;

const made = new Map<string, Dataset>();

export function dataset(name: DatasetName): Dataset {
  let found = made.get(name);
  if (!found) made.set(name, (found = { ...DATASETS[name], rows: DATASETS[name].rows() }));
  return found;
}

export const isDataset = (name: string): name is DatasetName => Object.hasOwn(DATASETS, name);

/** How many maps one writing query sends. */
export const WRITTEN = 10_000;
export const writtenMaps = (): { readonly [key: string]: Plain }[] =>
  times(WRITTEN, (i) => ({ id: i, ...person(i) }));

/** A query that the replay server, and our own server under test, answer with this many rows of a dataset. */
export const queryText = (name: DatasetName, rows: number): string => `${name} ${rows}`;
