// What a query would do: the plan of EXPLAIN as a tree, and the notification about a costly query.
import type { Plan } from "@bolt/client";
import { drawTree, show } from "../print/show.ts";
import { LABEL, type Step } from "./stage.ts";

export const explain: Step = {
  title: "A plan",
  explanation:
    "EXPLAIN runs nothing and returns no rows. The summary contains the plan, a tree of operators.",
  async run(stage) {
    const query = `EXPLAIN MATCH (a:${LABEL})-[:NEXT]->(b) WHERE a.number > 2 RETURN b.number AS number ORDER BY number`;
    const { records, summary } = await stage.query(query);
    stage.equal("rows", records, []);
    const { plan } = summary;
    stage.check("a plan", plan !== undefined && plan.operatorType !== "");
    stage.draw(drawTree(plan!, label, (operator) => operator.children));
  },
};

/** Operators are `Name@database` on Neo4j 4.2 and later. Which argument is the most useful depends on the release. */
function label({ operatorType, arguments: args, identifiers }: Plan): string {
  const details = args["Details"] ?? args["LegacyExpression"] ?? args["ExpandExpression"] ?? args["KeyNames"];
  return `${operatorType.replace(/@.*/, "")}  ${details === undefined ? identifiers.join(", ") : show(details).replace(/^"|"$/g, "")}`.trimEnd();
}

export const notification: Step = {
  title: "A notification about a query",
  explanation:
    "Two patterns that nothing connects multiply: every n with every m. Servers warn about it in a notification, " +
    "from Bolt 5.6 on in a GQL status object.",
  async run(stage) {
    const { summary } = await stage.query("EXPLAIN MATCH (n), (m) RETURN n, m");
    stage.check("a plan", summary.plan !== undefined);
    const found = summary.notifications.find(({ code }) => code.includes("CartesianProduct"));
    if (!found) return stage.remark("this server sends no notification about it");
    stage.check(`notification ${found.code}`, found.title !== "");
    stage.note(`${found.severity}: ${found.title}`);
    if (!stage.speaks(5, 6)) return;
    const status = summary.gqlStatusObjects.find(({ neo4jCode }) => neo4jCode === found.code);
    stage.check(`GQL status ${status?.gqlStatus}`, status !== undefined);
  },
};
