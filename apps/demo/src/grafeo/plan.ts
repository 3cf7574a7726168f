// Converts Grafeo's plans to Bolt's: the indented text that EXPLAIN prints and the operators that PROFILE measured
// become trees of operatorType, args, identifiers and children. Also derives the one notification that a plan can
// prove: a scan inside a scan that nothing joins is a cartesian product.
import type { Dictionary, GqlStatusObject, Plan } from "@bolt/server";
import type { OperatorProfile, QueryProfile } from "@grafeo-db/js";

/** A plan with all its parts, while it is being built. */
export interface Operator extends Plan {
  readonly args: Dictionary;
  readonly identifiers: readonly string[];
  readonly children: Operator[];
}

/** Parses what EXPLAIN prints: one operator per line, indented by two spaces per level. */
export function parsePlan(text: string): Operator {
  const root = operator("");
  const open: Operator[] = [root];
  for (const line of text.split("\n")) {
    const [, indent, name, , details] = /^((?: {2})*)([A-Z]\w*(?: DISTINCT)?)( (.*))?$/.exec(line) ?? [];
    const depth = (indent ?? "").length / 2;
    const parent = open[depth];
    // A line that is not an operator continues a string in the details above.
    if (name === undefined || parent === undefined) continue;
    const plan = operator(name, details);
    parent.children.push(plan);
    open.length = depth + 1;
    open.push(plan);
  }
  return whole(root.children[0] ?? operator("Empty"));
}

/** A profile with the engine's measurements; Neo4j's dbHits and page cache figures have no counterpart. */
export function profileTree({ root }: QueryProfile): Operator {
  const convert = ({
    operator: name,
    detail,
    rows,
    timeMs,
    selfTimeMs,
    calls,
    children,
  }: OperatorProfile): Operator => ({
    ...operator(name, detail),
    rows,
    time: Math.round(timeMs * 1e6),
    args: { Details: detail, Calls: calls, SelfTimeMs: selfTimeMs, TimeMs: timeMs },
    children: children.map(convert),
  });
  return whole(convert(root));
}

/** Neo4j says these of the whole plan, and libneo4j-client fails without them. */
function whole(plan: Operator): Operator {
  return { ...plan, args: { version: "Cypher", planner: "Grafeo", runtime: "Grafeo", ...plan.args } };
}

function operator(name: string, details?: string): Operator {
  const args: Dictionary = details === undefined ? {} : { Details: details };
  return {
    operatorType: name,
    args,
    identifiers: details === undefined ? [] : identifiers(details),
    children: [],
  };
}

/** Variables that an operator introduces: `(n:Person)`, `(a)->[:KNOWS]->(b)`. */
function identifiers(details: string): string[] {
  const found = details.matchAll(/\((?!_anon_)([A-Za-z_]\w*)(?::[^()]*)?\)/g);
  return [...new Set([...found].map(([, name]) => name!))];
}

/** The columns of a statement that was only explained, from `Return (n, m.name AS name)` at the top of its plan. */
export function columnsOf(plan: Operator): string[] {
  const top = find(plan, ({ operatorType }) => operatorType.startsWith("Return"));
  const details = /^\((.*)\)/s.exec(String(top?.args["Details"] ?? ""))?.[1] ?? "";
  return splitAtCommas(details).map(
    (column) => / AS (\w+|`[^`]*`)$/.exec(column)?.[1]?.replaceAll("`", "") ?? column,
  );
}

function splitAtCommas(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const token of list.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^]/g) ?? []) {
    if ("([{".includes(token)) depth++;
    if (")]}".includes(token)) depth--;
    if (token === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else part += token;
  }
  return part.trim() === "" ? parts : [...parts, part.trim()];
}

/** The notifications that follow from the plan alone, with Neo4j's codes. */
export function notificationsFor(plan: Operator): GqlStatusObject[] {
  const product = findProduct(plan);
  if (!product) return [];
  const description =
    `For each row found so far the plan scans ${product} again, and nothing joins the two: the number of rows is ` +
    "the product of both. A relationship or a condition between the patterns avoids this.";
  return [
    {
      gqlStatus: "03N90",
      statusDescription: `info: cartesian product. ${description}`,
      neo4jCode: "Neo.ClientNotification.Statement.CartesianProduct",
      title: "This query builds a cartesian product between disconnected patterns.",
      description,
      diagnosticRecord: { _severity: "INFORMATION", _classification: "PERFORMANCE" },
    },
  ];
}

const JOINS = new Set(["ShortestPath", "Join"]);
const PATTERNS = new Set(["NodeScan", "Expand", "Join", "Filter"]);

/** The details of a NodeScan that runs once for each row of another pattern, with no join around both. */
function findProduct(plan: Operator, joined = false): string | undefined {
  const details = String(plan.args["Details"] ?? "");
  const [input] = plan.children;
  if (plan.operatorType === "NodeScan" && input && PATTERNS.has(input.operatorType) && !joined)
    return details;
  const joins = JOINS.has(plan.operatorType) || details.includes("[hash join:");
  for (const child of plan.children) {
    const product = findProduct(child, joins);
    if (product !== undefined) return product;
  }
  return undefined;
}

function find(plan: Operator, matches: (plan: Operator) => boolean): Operator | undefined {
  if (matches(plan)) return plan;
  for (const child of plan.children) {
    const found = find(child, matches);
    if (found) return found;
  }
  return undefined;
}
