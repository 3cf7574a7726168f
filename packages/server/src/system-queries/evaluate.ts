// Evaluates expressions by Cypher's rules for null, comparison and lists, over plain values. An expression without a
// value by these rules is an error that the backend has to report.
import { checkLength } from "./budget.ts";
import { equal, order, same } from "./comparison.ts";
import type { Expression } from "./expressions.ts";
import { AGGREGATES, FUNCTIONS, isAggregate } from "./functions.ts";
import { NotOurs } from "./tokens.ts";

/** Variables and their values. */
export type Scope = Readonly<Record<string, unknown>>;

/** A row that stands for `weight` equal ones, so that counting needs no rows. */
export interface WeightedRow {
  readonly scope: Scope;
  readonly weight: number;
  /** What ORDER BY and WHERE may also name: the variables from before the projection. */
  readonly widerScope?: Scope;
}

export interface Environment {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The rows of the group, where aggregates are computed. */
  readonly group?: readonly WeightedRow[] | undefined;
}

/** Throws NotOurs. */
export function evaluate(expression: Expression, scope: Scope, environment: Environment): unknown {
  const value = (inner: Expression): unknown => evaluate(inner, scope, environment);
  switch (expression.is) {
    case "literal":
      return expression.value;
    case "variable":
      return own(scope, expression.name, "variable");
    case "parameter":
      return own(environment.parameters, expression.name, "parameter");
    case "list":
      return expression.items.map(value);
    case "map":
      return Object.fromEntries(expression.entries.map(([name, entry]) => [name, value(entry)]));
    case "property":
      return property(value(expression.of), expression.name);
    case "index":
      return subscript(value(expression.of), value(expression.at));
    case "slice":
      return slice(
        value(expression.of),
        expression.from && value(expression.from),
        expression.to && value(expression.to),
      );
    case "unary":
      return unary(expression.operator, value(expression.of));
    case "binary":
      return binary(expression.operator, value(expression.left), value(expression.right));
    case "call":
      return isAggregate(expression.name)
        ? aggregate(expression, environment)
        : FUNCTIONS[expression.name]!(expression.args.map(value));
  }
}

function own(of: Readonly<Record<string, unknown>>, name: string, what: string): unknown {
  if (!Object.hasOwn(of, name)) throw new NotOurs(`no ${what} ${name}`);
  return of[name] ?? null;
}

function property(of: unknown, name: string): unknown {
  return of !== null && typeof of === "object" && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : null;
}

function subscript(of: unknown, at: unknown): unknown {
  if (Array.isArray(of)) return typeof at === "number" ? (of.at(at) ?? null) : null;
  return typeof at === "string" ? property(of, at) : null;
}

function slice(of: unknown, from: unknown, to: unknown): unknown {
  if (!Array.isArray(of) || from === null || to === null) return null;
  return of.slice(from === undefined ? 0 : Number(from), to === undefined ? undefined : Number(to));
}

function unary(operator: string, of: unknown): unknown {
  switch (operator) {
    case "NOT":
      return of === null ? null : !of;
    case "IS NULL":
      return of === null;
    case "IS NOT NULL":
      return of !== null;
    default:
      return typeof of === "number" ? -of : null;
  }
}

function binary(operator: string, left: unknown, right: unknown): unknown {
  switch (operator) {
    case "OR":
      return left === true || right === true ? true : left === null || right === null ? null : false;
    case "AND":
      return left === false || right === false ? false : left === null || right === null ? null : true;
    case "IN":
      return isIn(left, right);
  }
  if (left === null || right === null) return null;
  switch (operator) {
    case "XOR":
      return left !== right;
    case "=":
      return equal(left, right);
    case "<>":
      return not(equal(left, right));
    case "<":
      return ordered(left, right, (order) => order < 0);
    case ">":
      return ordered(left, right, (order) => order > 0);
    case "<=":
      return ordered(left, right, (order) => order <= 0);
    case ">=":
      return ordered(left, right, (order) => order >= 0);
    case "+":
      return plus(left, right);
  }
  if (typeof left === "string" && typeof right === "string") return text(operator, left, right);
  if (typeof left === "number" && typeof right === "number") return arithmetic(operator, left, right);
  return null;
}

function text(operator: string, left: string, right: string): unknown {
  switch (operator) {
    case "CONTAINS":
      return left.includes(right);
    case "STARTS WITH":
      return left.startsWith(right);
    case "ENDS WITH":
      return left.endsWith(right);
    default:
      return null;
  }
}

function arithmetic(operator: string, left: number, right: number): number | null {
  switch (operator) {
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? null : Math.trunc(left / right);
    case "%":
      return right === 0 ? null : left % right;
    default:
      return null;
  }
}

function plus(left: unknown, right: unknown): unknown {
  if (Array.isArray(left) || Array.isArray(right)) {
    const [before, behind]: unknown[][] = [left, right].map((side) => (Array.isArray(side) ? side : [side]));
    checkLength(before!, behind!);
    return before!.concat(behind!);
  }
  if (typeof left === "number" && typeof right === "number") return left + right;
  if (typeof left !== "string" && typeof right !== "string") return null;
  const [before, behind] = [String(left), String(right)];
  checkLength(before, behind);
  return before + behind;
}

function ordered(left: unknown, right: unknown, holds: (order: number) => boolean): boolean | null {
  const found = order(left, right);
  return found === undefined ? null : holds(found);
}

const not = (value: boolean | null): boolean | null => (value === null ? null : !value);

function isIn(item: unknown, list: unknown): boolean | null {
  if (!Array.isArray(list)) return null;
  let unknown = false;
  for (const other of list) {
    const found = equal(item, other);
    if (found) return true;
    if (found === null) unknown = true;
  }
  return unknown ? null : false;
}

function aggregate(
  { name, args, distinct }: Extract<Expression, { is: "call" }>,
  environment: Environment,
): unknown {
  const { group } = environment;
  if (!group) throw new NotOurs(`${name} where there is nothing to go through`);
  const [of] = args;
  if (!of) return group.reduce((sum, { weight }) => sum + weight, 0);
  const inner = { ...environment, group: undefined };
  const values = group.map(({ scope }) => evaluate(of, scope, inner)).filter((value) => value !== null);
  const counted = distinct ? [...new Map(values.map((value) => [same(value), value])).values()] : values;
  return AGGREGATES[name]!(counted);
}
