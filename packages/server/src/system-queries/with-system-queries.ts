// A backend whose system queries are answered here, and all others by the backend that it wraps.
import type { Backend, Context, Query, QueryResult, Transaction } from "../backend.ts";
import { failure } from "../failures.ts";
import type { MaybePromise } from "../maybe-promise.ts";
import { besidesWork, noTransactions } from "../session/stateless.ts";
import { execute } from "./pipeline.ts";
import { sourcesFor } from "./sources.ts";
import { parseStatement, type Statement } from "./statements.ts";
import type { SystemAnswers } from "./system-answers.ts";
import { NotOurs } from "./tokens.ts";

/**
 * Wraps a backend, so that the queries which tools send when they connect are answered from `answers`: labels,
 * counts, databases, procedures … Queries that are not understood, or whose answer is missing, reach the backend
 * unchanged. Queries on the database `system` never reach it.
 */
export function withSystemQueries<P>(backend: Backend<P>, answers: SystemAnswers<P> = {}): Backend<P> {
  const told = answers as SystemAnswers;
  const run = (query: Query, context: Context<P>, otherwise: () => MaybePromise<QueryResult>) =>
    answer(query, context, told, otherwise);
  return {
    ...besidesWork(backend),
    run: (query, context) => run(query, context, () => backend.run(query, context)),
    begin: async (options, context) => {
      if (isSystem(context)) return systemTransaction(run);
      if (!backend.begin) return withoutTransactions(run);
      const transaction = await backend.begin(options, context);
      const { database } = transaction;
      return {
        ...(database !== undefined && { database }),
        run: (query, inner) => run(query, inner, () => transaction.run(query, inner)),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
      };
    },
  };
}

type Runner<P> = (
  query: Query,
  context: Context<P>,
  otherwise: () => MaybePromise<QueryResult>,
) => MaybePromise<QueryResult>;

const isSystem = ({ database }: Pick<Context, "database">): boolean => database?.toLowerCase() === "system";

function answer(
  query: Query,
  context: Context,
  answers: SystemAnswers,
  otherwise: () => MaybePromise<QueryResult>,
): MaybePromise<QueryResult> {
  const onSystem = isSystem(context);
  const next = onSystem ? (): never => refuse(query) : otherwise;
  const statement = parsed(query.query);
  if (!statement) return next();
  return execute(statement, query.parameters, sourcesFor({ answers, context }, onSystem)).then(
    ({ keys, records }) => ({
      keys,
      records,
      summary: { type: "r", ...(onSystem && { database: "system" }) },
    }),
    (error) => {
      if (error instanceof NotOurs) return next();
      throw error;
    },
  );
}

/** Tests the first word, after any comments: that costs less than parsing, and most queries are not ours. */
const MAY_BE_OURS =
  /^(?:\s|\/\/[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:CYPHER\s[^]*?)?(?:CALL|SHOW|MATCH\s*\(\s*\))/i;
/** Tools send short queries. */
const MAX_LENGTH = 4000;

function parsed(query: string): Statement | undefined {
  if (query.length > MAX_LENGTH || !MAY_BE_OURS.test(query)) return undefined;
  try {
    return parseStatement(query);
  } catch (error) {
    if (error instanceof NotOurs) return undefined;
    throw error;
  }
}

function refuse({ query }: Query): never {
  const start = query.trim().slice(0, 60);
  throw failure("unsupported", `This is not supported on the system database: ${start}`);
}

const nothing = (): void => {};

function systemTransaction<P>(run: Runner<P>): Transaction<P> {
  return {
    run: (query, context) => run(query, context, () => refuse(query)),
    commit: nothing,
    rollback: nothing,
  };
}

/** Tools ask inside transactions, so there are some that take system queries, and nothing else. */
function withoutTransactions<P>(run: Runner<P>): Transaction<P> {
  const none = (): never => {
    throw noTransactions();
  };
  return { run: (query, context) => run(query, context, none), commit: nothing, rollback: nothing };
}
