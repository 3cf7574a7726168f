// Runs, explains or profiles one statement and returns the outcome in Bolt's terms.
// Knows nothing about connections, and of transactions only the handle that it is given.
import {
  type Counters,
  type Failure,
  failure,
  type QueryResult as Outcome,
  type Summary,
} from "@bolt/server";
import type { QueryResult, WriteCounters } from "@grafeo-db/js";
import { toFailure } from "./errors.ts";
import { prepare } from "./parameters.ts";
import { columnsOf, parsePlan, profileTree, notificationsFor } from "./plan.ts";
import { readStatement, type Statement } from "./statement.ts";
import { recordsOf } from "./values.ts";

/** What runs Cypher: the database itself or one of its transactions. */
export interface Engine {
  executeCypher(query: string, parameters: Record<string, unknown>): Promise<QueryResult>;
}

/** A query's result for the server, with the summary already known. */
export type Answer = Outcome & { readonly summary: Summary };

export interface ExecuteOptions {
  /** The client asked for read access: a statement that changes anything fails. */
  readonly readOnly: boolean;
  /** Lends an engine on which a statement can be tried without consequences; undefined if there is none. */
  readonly rehearse: (<T>(run: (engine: Engine) => Promise<T>) => Promise<T>) | undefined;
}

/** Runs a statement to its end and returns its rows. Throws Failure. */
export async function execute(
  engine: Engine,
  text: string,
  parameters: Readonly<Record<string, unknown>>,
  options: ExecuteOptions,
): Promise<Answer> {
  const statement = readStatement(text);
  const { query, parameters: converted, columnName } = prepare(statement.query, parameters);
  const run = (on: Engine, word = ""): Promise<QueryResult> => on.executeCypher(word + query, converted);
  try {
    if (options.readOnly && statement.schema && !/^\s*SHOW\b/i.test(query)) throw notAllowed();
    if (statement.mode === "explain") return explained(statement, await run(engine, "EXPLAIN "), columnName);
    const extra = statement.mode === "profile" ? await profile(statement, engine, run, options) : {};
    const result = await run(engine);
    const counters = countersOf(result.counters);
    if (options.readOnly && counters) throw notAllowed();
    const keys = result.columns.map(columnName);
    const summary: Summary = { type: typeOf(statement, keys), ...(counters && { counters }), ...extra };
    return { keys, records: recordsOf(result), summary };
  } catch (error) {
    throw toFailure(error);
  }
}

function explained(statement: Statement, result: QueryResult, columnName: (name: string) => string): Answer {
  const plan = parsePlan(String(result.scalar()));
  const keys = columnsOf(plan).map(columnName);
  return {
    keys,
    records: [],
    summary: { type: typeOf(statement, keys), plan, statuses: notificationsFor(plan) },
  };
}

/**
 * The engine's PROFILE returns no rows, so the statement runs twice: once to measure it, once for its rows.
 * A statement that writes is measured in a transaction that is rolled back; inside an explicit transaction that is
 * impossible, and only the plan is returned.
 */
async function profile(
  { writes }: Statement,
  engine: Engine,
  run: (on: Engine, word: string) => Promise<QueryResult>,
  { rehearse }: ExecuteOptions,
): Promise<Summary> {
  if (writes && !rehearse) return { plan: parsePlan(String((await run(engine, "EXPLAIN ")).scalar())) };
  const measure = (on: Engine): Promise<QueryResult> => run(on, "PROFILE ");
  const { profile: measured } = writes && rehearse ? await rehearse(measure) : await measure(engine);
  return measured ? { profile: profileTree(measured) } : {};
}

function typeOf({ writes, schema }: Statement, keys: readonly string[]): "r" | "rw" | "w" | "s" {
  if (schema) return "s";
  if (!writes) return "r";
  return keys.length > 0 ? "rw" : "w";
}

/** The counters by Bolt's names; undefined if nothing changed. */
function countersOf(counted: WriteCounters): Counters | undefined {
  const { edgesCreated, edgesDeleted, ...same } = counted;
  const counters = { ...same, relationshipsCreated: edgesCreated, relationshipsDeleted: edgesDeleted };
  const changed = Object.entries(counters).filter(([, count]) => count > 0);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

const notAllowed = (): Failure => failure("writeInReadMode", "writing is not allowed in a read access mode");
