// Runs a statement: each clause turns the rows before it into new ones. Does not know where the tables of CALL and
// SHOW come from.
import type { MaybePromise } from "../maybe-promise.ts";
import { Budget } from "./budget.ts";
import { compare, same } from "./comparison.ts";
import { type Environment as Evaluation, evaluate, type Scope, type WeightedRow } from "./evaluate.ts";
import type { Expression } from "./expressions.ts";
import type { Clause, Item, Paging, Statement, Yield } from "./statements.ts";
import { NotOurs } from "./tokens.ts";

/** Rows with named columns. */
export interface Table {
  readonly columns: readonly string[];
  /** The columns shown without YIELD. Default: all. */
  readonly usual?: readonly string[] | undefined;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Where the rows of CALL, SHOW and MATCH come from. Each method throws NotOurs for what the backend must answer. */
export interface Sources {
  call(procedure: string, args: readonly unknown[]): MaybePromise<Table>;
  show(what: readonly string[], name: unknown): MaybePromise<Table>;
  count(what: "nodes" | "relationships"): MaybePromise<number>;
}

interface Environment extends Evaluation {
  /** Of the whole statement. */
  readonly budget: Budget;
}

interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly WeightedRow[];
}

const START: Rows = { columns: [], rows: [{ scope: {}, weight: 1 }] };

export async function execute(
  statement: Statement,
  parameters: Readonly<Record<string, unknown>>,
  sources: Sources,
): Promise<{ keys: string[]; records: unknown[][] }> {
  let keys: readonly string[] | undefined;
  let records: unknown[][] = [];
  const environment = { parameters, budget: new Budget() };
  for (const clauses of statement.parts) {
    let rows = START;
    for (const clause of clauses) rows = await apply(clause, rows, environment, sources);
    keys ??= rows.columns;
    if (same(keys) !== same(rows.columns)) throw new NotOurs("the parts of a UNION have different columns");
    for (const { scope } of rows.rows) records.push(rows.columns.map((column) => scope[column] ?? null));
  }
  if (statement.distinct) records = [...new Map(records.map((record) => [same(record), record])).values()];
  return { keys: [...keys!], records };
}

function apply(clause: Clause, rows: Rows, environment: Environment, sources: Sources): Rows | Promise<Rows> {
  switch (clause.is) {
    case "call":
      return call(clause, rows, environment, sources);
    case "show":
      return show(clause, environment, sources);
    case "match":
      return match(clause, rows, sources);
    case "unwind":
      return unwind(clause, rows, environment);
    case "project":
      return project(clause, rows, environment);
  }
}

type Of<K extends Clause["is"]> = Extract<Clause, { is: K }>;

async function call(
  clause: Of<"call">,
  { columns, rows }: Rows,
  environment: Environment,
  sources: Sources,
): Promise<Rows> {
  const yielded: WeightedRow[] = [];
  let names: readonly Yield[] = clause.yields ?? [];
  for (const { scope, weight } of rows) {
    const args = clause.args.map((arg) => evaluate(arg, scope, environment));
    const table = await sources.call(clause.procedure, args);
    names = clause.yields ?? allOf(table.columns);
    for (const row of table.rows) {
      const yieldedScope = { ...scope, ...pick(row, table, names) };
      environment.budget.spendRow(yieldedScope);
      yielded.push({ scope: yieldedScope, weight });
    }
  }
  return {
    columns: [...columns, ...names.map(({ as }) => as)],
    rows: filter(yielded, clause.where, environment),
  };
}

async function show(clause: Of<"show">, environment: Environment, sources: Sources): Promise<Rows> {
  const table = await sources.show(clause.what, clause.name && evaluate(clause.name, {}, environment));
  const names =
    clause.yields === "*" ? allOf(table.columns) : (clause.yields ?? allOf(table.usual ?? table.columns));
  const wider = [...allOf(names.map(({ column }) => column)), ...names];
  const rows = table.rows.map((row) => ({
    scope: pick(row, table, names),
    widerScope: pick(row, table, wider),
    weight: 1,
  }));
  const paged = page(rows, clause.paging, environment);
  return { columns: names.map(({ as }) => as), rows: filter(paged, clause.where, environment) };
}

const allOf = (columns: readonly string[]): Yield[] => columns.map((column) => ({ column, as: column }));

function pick(row: Readonly<Record<string, unknown>>, { columns }: Table, names: readonly Yield[]): Scope {
  return Object.fromEntries(
    names.map(({ column, as }) => {
      // An unknown column is an error that the backend has to report.
      if (!columns.includes(column)) throw new NotOurs(`no column ${column}`);
      return [as, row[column] ?? null];
    }),
  );
}

async function match({ counts }: Of<"match">, { columns, rows }: Rows, sources: Sources): Promise<Rows> {
  const weight = await sources.count(counts);
  return { columns, rows: rows.map((row) => ({ scope: row.scope, weight: row.weight * weight })) };
}

function unwind({ list, as }: Of<"unwind">, { columns, rows }: Rows, environment: Environment): Rows {
  return {
    columns: [...columns, as],
    rows: rows.flatMap(({ scope, weight }) => {
      const value = evaluate(list, scope, environment);
      const items: unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
      return items.map((item) => {
        const unwound = { ...scope, [as]: item };
        environment.budget.spendRow(unwound);
        return { scope: unwound, weight };
      });
    }),
  };
}

function project(clause: Of<"project">, before: Rows, environment: Environment): Rows {
  const { distinct, paging, where } = clause;
  const items: readonly Item[] =
    clause.items === "*"
      ? before.columns.map((name) => ({ value: { is: "variable", name }, as: name, aggregate: false }))
      : clause.items;
  const columns = items.map(({ as }) => as);
  let rows = items.some(({ aggregate }) => aggregate)
    ? aggregated(items, before.rows, environment)
    : before.rows.map(({ scope, weight }): WeightedRow => {
        const projected = scopeOf(items, scope, environment);
        return { scope: projected, weight, widerScope: { ...scope, ...projected } };
      });
  if (distinct)
    rows = [...new Map(rows.map((row) => [same(columns.map((as) => row.scope[as])), row])).values()];
  for (const { scope } of rows) environment.budget.spendRow(scope);
  return { columns, rows: filter(page(rows, paging, environment), where, environment) };
}

function scopeOf(items: readonly Item[], scope: Scope, environment: Environment): Scope {
  return Object.fromEntries(items.map(({ value, as }) => [as, evaluate(value, scope, environment)]));
}

/** Rows are grouped by the items that are not aggregates. */
function aggregated(
  items: readonly Item[],
  rows: readonly WeightedRow[],
  environment: Environment,
): WeightedRow[] {
  const keys = items.filter(({ aggregate }) => !aggregate);
  const groups = new Map<string, WeightedRow[]>();
  // Without keys there is one group, even if it has no rows.
  if (keys.length === 0) groups.set(same([]), []);
  for (const row of rows) {
    const key = same(keys.map(({ value }) => evaluate(value, row.scope, environment)));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].map((group) => ({
    scope: scopeOf(items, group[0]?.scope ?? {}, { ...environment, group }),
    weight: 1,
  }));
}

function filter(
  rows: readonly WeightedRow[],
  where: Expression | undefined,
  environment: Environment,
): readonly WeightedRow[] {
  if (!where) return rows;
  return rows.filter(({ scope, widerScope }) => evaluate(where, widerScope ?? scope, environment) === true);
}

function page(
  rows: readonly WeightedRow[],
  { orderBy, skip, limit }: Paging,
  environment: Environment,
): readonly WeightedRow[] {
  const sorted =
    orderBy.length === 0
      ? rows
      : rows.toSorted((a, b) => {
          for (const { by, descending } of orderBy) {
            const order = compare(
              evaluate(by, a.widerScope ?? a.scope, environment),
              evaluate(by, b.widerScope ?? b.scope, environment),
            );
            if (order !== 0) return descending ? -order : order;
          }
          return 0;
        });
  const from = skip ? rowCount(skip, environment) : 0;
  return sorted.slice(from, limit && from + rowCount(limit, environment));
}

function rowCount(of: Expression, environment: Environment): number {
  const count = evaluate(of, {}, environment);
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0)
    throw new NotOurs("no count of rows");
  return count;
}
