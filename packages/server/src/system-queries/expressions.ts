// Parses expressions into a small tree: the part of Cypher that tools use around system queries.
import { FUNCTIONS, isAggregate } from "./functions.ts";
import { NotOurs, type TokenReader } from "./tokens.ts";

export type Expression =
  | { readonly is: "literal"; readonly value: unknown }
  | { readonly is: "variable"; readonly name: string }
  | { readonly is: "parameter"; readonly name: string }
  | { readonly is: "list"; readonly items: readonly Expression[] }
  | { readonly is: "map"; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly is: "property"; readonly of: Expression; readonly name: string }
  | { readonly is: "index"; readonly of: Expression; readonly at: Expression }
  | {
      readonly is: "slice";
      readonly of: Expression;
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
    }
  | {
      readonly is: "unary";
      readonly operator: "NOT" | "-" | "IS NULL" | "IS NOT NULL";
      readonly of: Expression;
    }
  | {
      readonly is: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly is: "call";
      /** In lower case. */
      readonly name: string;
      readonly distinct: boolean;
      /** `count(*)` has none. */
      readonly args: readonly Expression[];
    };

type Call = Extract<Expression, { is: "call" }>;

/** The calls of aggregates within an expression. */
export function aggregatesIn(expression: Expression): Call[] {
  if (expression.is === "call" && isAggregate(expression.name)) return [expression];
  return partsOf(expression).flatMap(aggregatesIn);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.is) {
    case "call":
      return expression.args;
    case "list":
      return expression.items;
    case "map":
      return expression.entries.map(([, value]) => value);
    case "property":
    case "unary":
      return [expression.of];
    case "index":
      return [expression.of, expression.at];
    case "slice":
      return [expression.of, expression.from, expression.to].filter((part) => part !== undefined);
    case "binary":
      return [expression.left, expression.right];
    default:
      return [];
  }
}

/** Throws NotOurs for anything beyond this part of Cypher. */
export function parseExpression(tokens: TokenReader): Expression {
  return tokens.inside(() => parseOr(tokens));
}

type Level = (tokens: TokenReader) => Expression;

/** A level of left-associative operators that are keywords. */
const words =
  (word: string, operand: Level): Level =>
  (tokens) => {
    let left = operand(tokens);
    while (tokens.takeWords(word)) left = { is: "binary", operator: word, left, right: operand(tokens) };
    return left;
  };

/** A level of left-associative operators that are symbols. */
const symbols =
  (operators: readonly string[], operand: Level): Level =>
  (tokens) => {
    let left = operand(tokens);
    for (;;) {
      const operator = operators.find((symbol) => tokens.takeSymbol(symbol));
      if (!operator) return left;
      left = { is: "binary", operator, left, right: operand(tokens) };
    }
  };

const parseProduct = symbols(["*", "/", "%"], parseUnary);
const parseSum = symbols(["+", "-"], parseProduct);
const parseAnd = words("AND", parseNot);
const parseXor = words("XOR", parseAnd);
const parseOr = words("OR", parseXor);

function parseNot(tokens: TokenReader): Expression {
  if (tokens.takeWords("NOT"))
    return { is: "unary", operator: "NOT", of: tokens.inside(() => parseNot(tokens)) };
  return parseComparison(tokens);
}

// Not `=~`: a client could send a pattern that takes forever.
const COMPARISONS = ["=", "<>", "<=", ">=", "<", ">"];
const WORD_COMPARISONS = [["IN"], ["CONTAINS"], ["STARTS", "WITH"], ["ENDS", "WITH"]];

function parseComparison(tokens: TokenReader): Expression {
  let left = parseSum(tokens);
  let compared = false;
  for (;;) {
    if (tokens.takeWords("IS", "NULL")) left = { is: "unary", operator: "IS NULL", of: left };
    else if (tokens.takeWords("IS", "NOT", "NULL")) left = { is: "unary", operator: "IS NOT NULL", of: left };
    else {
      const symbol = COMPARISONS.find((comparison) => tokens.takeSymbol(comparison));
      const operator =
        symbol ?? WORD_COMPARISONS.find((comparison) => tokens.takeWords(...comparison))?.join(" ");
      if (!operator) return left;
      // `1 < x < 3` would mean both comparisons.
      if (symbol && compared) throw tokens.unexpected("one comparison");
      compared = symbol !== undefined;
      left = { is: "binary", operator, left, right: parseSum(tokens) };
    }
  }
}

function parseUnary(tokens: TokenReader): Expression {
  if (tokens.takeSymbol("-"))
    return { is: "unary", operator: "-", of: tokens.inside(() => parseUnary(tokens)) };
  return parsePostfix(tokens);
}

function parsePostfix(tokens: TokenReader): Expression {
  let of = parseAtom(tokens);
  for (;;) {
    if (tokens.takeSymbol(".")) of = { is: "property", of, name: tokens.expectName() };
    else if (tokens.takeSymbol("[")) of = parseSubscript(tokens, of);
    else return of;
  }
}

function parseSubscript(tokens: TokenReader, of: Expression): Expression {
  const from = tokens.isSymbol("..") ? undefined : parseExpression(tokens);
  if (!tokens.takeSymbol("..")) {
    tokens.expectSymbol("]");
    if (!from) throw tokens.unexpected("an index");
    return { is: "index", of, at: from };
  }
  const to = tokens.isSymbol("]") ? undefined : parseExpression(tokens);
  tokens.expectSymbol("]");
  return { is: "slice", of, from, to };
}

const CONSTANTS: Readonly<Record<string, unknown>> = { TRUE: true, FALSE: false, NULL: null };

function parseAtom(tokens: TokenReader): Expression {
  const token = tokens.take();
  switch (token.kind) {
    case "string":
      return { is: "literal", value: token.text };
    case "number":
      return { is: "literal", value: Number(token.text) };
    case "parameter":
      return { is: "parameter", name: token.text };
    case "name":
      return { is: "variable", name: token.text };
    case "word": {
      const constant = token.text.toUpperCase();
      if (Object.hasOwn(CONSTANTS, constant)) return { is: "literal", value: CONSTANTS[constant] };
      return tokens.isSymbol("(") ? parseCall(tokens, token.text) : { is: "variable", name: token.text };
    }
    case "symbol":
      if (token.text === "(") {
        const inner = parseExpression(tokens);
        tokens.expectSymbol(")");
        return inner;
      }
      if (token.text === "[") return parseList(tokens);
      if (token.text === "{") return parseMap(tokens);
  }
  throw new NotOurs(`expected an expression, got ${token.text || "the end"} at ${token.start}`);
}

function parseList(tokens: TokenReader): Expression {
  return { is: "list", items: tokens.listUntil("]", () => parseExpression(tokens)) };
}

function parseMap(tokens: TokenReader): Expression {
  const entry = (): readonly [string, Expression] => {
    const name = tokens.expectName();
    tokens.expectSymbol(":");
    return [name, parseExpression(tokens)];
  };
  return { is: "map", entries: tokens.listUntil("}", entry) };
}

function parseCall(tokens: TokenReader, text: string): Expression {
  const name = text.toLowerCase();
  if (!isAggregate(name) && !Object.hasOwn(FUNCTIONS, name)) throw new NotOurs(`unknown function ${text}`);
  tokens.expectSymbol("(");
  const distinct = tokens.takeWords("DISTINCT");
  if (name === "count" && tokens.takeSymbol("*")) {
    tokens.expectSymbol(")");
    return { is: "call", name, distinct, args: [] };
  }
  return { is: "call", name, distinct, args: tokens.listUntil(")", () => parseExpression(tokens)) };
}
