// Parses system queries into clauses: `CALL … YIELD … WHERE … RETURN`, `SHOW … YIELD … WHERE … RETURN`, what
// tools put between these, and several of them joined by UNION.
import { aggregatesIn, type Expression, parseExpression } from "./expressions.ts";
import { NotOurs, TokenReader } from "./tokens.ts";

/** A column that is kept, under the name `as`. */
export interface Yield {
  readonly column: string;
  readonly as: string;
}

/** ORDER BY, SKIP and LIMIT. */
export interface Paging {
  readonly orderBy: readonly { readonly by: Expression; readonly descending: boolean }[];
  readonly skip: Expression | undefined;
  readonly limit: Expression | undefined;
}

export interface Item {
  readonly value: Expression;
  readonly as: string;
  readonly aggregate: boolean;
}

export type Clause =
  | {
      readonly is: "call";
      readonly procedure: string;
      readonly args: readonly Expression[];
      /** Undefined for all. */
      readonly yields: readonly Yield[] | undefined;
      readonly where: Expression | undefined;
    }
  | {
      readonly is: "show";
      /** Words up to YIELD or WHERE, in upper case and in the plural: `["VECTOR", "INDEXES"]`. */
      readonly what: readonly string[];
      /** The name in `SHOW DATABASE name`. */
      readonly name: Expression | undefined;
      /** Undefined: the usual columns. `"*"`: all. */
      readonly yields: readonly Yield[] | "*" | undefined;
      readonly paging: Paging;
      readonly where: Expression | undefined;
    }
  /** `MATCH ()` or `MATCH ()-[]->()`, whose rows can only be counted. */
  | { readonly is: "match"; readonly counts: "nodes" | "relationships" }
  | { readonly is: "unwind"; readonly list: Expression; readonly as: string }
  | {
      /** WITH and RETURN. */
      readonly is: "project";
      readonly distinct: boolean;
      /** `"*"` keeps every column. */
      readonly items: readonly Item[] | "*";
      readonly paging: Paging;
      readonly where: Expression | undefined;
    };

/** The parts of a UNION, whose rows are concatenated; one part without UNION. */
export interface Statement {
  readonly parts: readonly (readonly Clause[])[];
  /** UNION without ALL. */
  readonly distinct: boolean;
}

/** Throws NotOurs. */
export function parseStatement(query: string): Statement {
  const tokens = new TokenReader(query);
  skipOptions(tokens);
  const parts = [parsePart(tokens)];
  let distinct = false;
  while (tokens.takeWords("UNION")) {
    if (!tokens.takeWords("ALL")) distinct = true;
    parts.push(parsePart(tokens));
  }
  while (tokens.takeSymbol(";"));
  if (tokens.next.kind !== "end") throw tokens.unexpected("the end");
  return { parts, distinct };
}

/** `CYPHER 5`, `CYPHER runtime=slotted`: the dialect makes no difference here. */
function skipOptions(tokens: TokenReader): void {
  if (!tokens.takeWords("CYPHER")) return;
  if (tokens.next.kind === "number") tokens.take();
  while (tokens.next.kind === "word" && !startsClause(tokens)) {
    tokens.take();
    tokens.expectSymbol("=");
    tokens.take();
  }
}

const CLAUSES = ["CALL", "SHOW", "MATCH", "UNWIND", "WITH", "RETURN"];
const startsClause = (tokens: TokenReader): boolean => CLAUSES.some((word) => tokens.isWord(word));

function parsePart(tokens: TokenReader): Clause[] {
  const clauses: Clause[] = [];
  for (;;) {
    if (tokens.takeWords("RETURN")) {
      clauses.push(parseProjection(tokens, false));
      checkCounts(clauses);
      return clauses;
    }
    if (tokens.takeWords("CALL")) clauses.push(parseCall(tokens));
    else if (tokens.takeWords("SHOW")) clauses.push(parseShow(tokens));
    else if (tokens.takeWords("MATCH")) clauses.push(parseMatch(tokens));
    else if (tokens.takeWords("UNWIND")) clauses.push(parseUnwind(tokens));
    else if (tokens.takeWords("WITH")) clauses.push(parseProjection(tokens, true));
    else if (clauses.length > 0) {
      checkCounts(clauses);
      return clauses;
    } else throw tokens.unexpected("a clause");
  }
}

/** MATCH yields no rows, only their number: the next clause must be a projection of nothing but `count(*)`. */
function checkCounts(clauses: readonly Clause[]): void {
  for (const [i, { is }] of clauses.entries()) {
    if (is !== "match") continue;
    const next = clauses[i + 1];
    const counted =
      next?.is === "project" &&
      next.items !== "*" &&
      next.items.every(
        ({ value, aggregate }) => aggregate && aggregatesIn(value).every(({ args }) => args.length === 0),
      );
    if (!counted) throw new NotOurs("MATCH is for counting only");
  }
}

function parseCall(tokens: TokenReader): Clause {
  let procedure = tokens.expectName();
  while (tokens.takeSymbol(".")) procedure += `.${tokens.expectName()}`;
  const args = tokens.takeSymbol("(") ? tokens.listUntil(")", () => parseExpression(tokens)) : [];
  const yields = tokens.takeWords("YIELD") ? parseYields(tokens) : "*";
  const where = parseWhere(tokens);
  return { is: "call", procedure, args, yields: yields === "*" ? undefined : yields, where };
}

function parseYields(tokens: TokenReader): Yield[] | "*" {
  if (tokens.takeSymbol("*")) return "*";
  return tokens.list(() => {
    const column = tokens.expectName();
    return { column, as: tokens.takeWords("AS") ? tokens.expectName() : column };
  });
}

const PLURALS: Readonly<Record<string, string>> = {
  INDEX: "INDEXES",
  CONSTRAINT: "CONSTRAINTS",
  DATABASE: "DATABASES",
  PROCEDURE: "PROCEDURES",
  FUNCTION: "FUNCTIONS",
  USER: "USERS",
};
const THINGS: ReadonlySet<string> = new Set(Object.values(PLURALS));

function parseShow(tokens: TokenReader): Clause {
  const what: string[] = [];
  while (tokens.next.kind === "word" && !THINGS.has(what.at(-1) ?? "")) {
    const word = tokens.take().text.toUpperCase();
    what.push(PLURALS[word] ?? word);
  }
  const name = parseShownName(tokens, what.at(-1));
  // Only engines with roles restrict who may execute what; here every user may execute everything.
  if (tokens.takeWords("EXECUTABLE")) {
    tokens.takeWords("BY", "CURRENT", "USER");
    what.push("EXECUTABLE");
  }
  const yields = tokens.takeWords("YIELD") ? parseYields(tokens) : undefined;
  const paging = parsePaging(tokens);
  return { is: "show", what, name, yields, paging, where: parseWhere(tokens) };
}

function parseShownName(tokens: TokenReader, thing: string | undefined): Expression | undefined {
  const { next } = tokens;
  if (thing !== "DATABASES") return undefined;
  if (next.kind === "parameter") return { is: "parameter", name: tokens.take().text };
  const isName = next.kind === "name" || (next.kind === "word" && !startsClause(tokens));
  if (!isName || tokens.isWord("YIELD") || tokens.isWord("WHERE")) return undefined;
  return { is: "literal", value: tokens.take().text };
}

function parseMatch(tokens: TokenReader): Clause {
  const node = (): void => ["(", ")"].forEach((symbol) => tokens.expectSymbol(symbol));
  node();
  if (!tokens.takeSymbol("-")) return { is: "match", counts: "nodes" };
  if (tokens.takeSymbol("[")) tokens.expectSymbol("]");
  // `-->` is a minus and an arrow, as `-[]->` is.
  tokens.expectSymbol("->");
  node();
  return { is: "match", counts: "relationships" };
}

function parseUnwind(tokens: TokenReader): Clause {
  const list = parseExpression(tokens);
  tokens.expectWord("AS");
  return { is: "unwind", list, as: tokens.expectName() };
}

function parseProjection(tokens: TokenReader, mayFilter: boolean): Clause {
  const distinct = tokens.takeWords("DISTINCT");
  const items = tokens.takeSymbol("*") ? "*" : tokens.list(() => parseItem(tokens));
  const paging = parsePaging(tokens);
  return { is: "project", distinct, items, paging, where: mayFilter ? parseWhere(tokens) : undefined };
}

/** A column without an alias is named by its text: `RETURN versions[0]`. */
function parseItem(tokens: TokenReader): Item {
  const { start } = tokens.next;
  const value = parseExpression(tokens);
  const text = tokens.textFrom(start);
  const as = tokens.takeWords("AS") ? tokens.expectName() : value.is === "variable" ? value.name : text;
  return { value, as, aggregate: aggregatesIn(value).length > 0 };
}

function parseWhere(tokens: TokenReader): Expression | undefined {
  return tokens.takeWords("WHERE") ? parseExpression(tokens) : undefined;
}

function parsePaging(tokens: TokenReader): Paging {
  const orderBy = tokens.takeWords("ORDER", "BY")
    ? tokens.list(() => {
        const by = parseExpression(tokens);
        const descending = tokens.takeWords("DESC") || tokens.takeWords("DESCENDING");
        if (!descending && !tokens.takeWords("ASC")) tokens.takeWords("ASCENDING");
        return { by, descending };
      })
    : [];
  const skip = tokens.takeWords("SKIP") ? parseExpression(tokens) : undefined;
  const limit = tokens.takeWords("LIMIT") ? parseExpression(tokens) : undefined;
  return { orderBy, skip, limit };
}
