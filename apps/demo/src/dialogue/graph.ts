// Writing and reading a graph: counters, nodes, relationships, a path.
import { Node, Path, Relationship } from "@bolt/client";
import { LABEL, type Step } from "./stage.ts";

export const create: Step = {
  title: "A node and its counters",
  explanation:
    "The summary of a query counts what it changed. This one runs in a transaction that is rolled back, because " +
    "a node without labels and properties could not be found again to delete it.",
  async run(stage) {
    const tx = await stage.session.beginTransaction();
    try {
      stage.tell("CREATE ()");
      const { records, summary } = await tx.run("CREATE ()");
      stage.equal("rows", records, []);
      stage.equal("type of the query", summary.type, "w");
      stage.equal("nodes created", summary.counters.nodesCreated, 1);
    } finally {
      await tx.rollback();
    }
  },
};

const MINE = `${LABEL} {run: $run}`;

export const nodes: Step = {
  title: "Five nodes, read back",
  explanation:
    "On the wire, nodes, relationships and paths are structures with their own tags, not just maps.",
  async run(stage) {
    const parameters = { run: stage.run };
    const query = `UNWIND range(1, 5) AS number CREATE (:${LABEL} {run: $run, number: number})`;
    const created = await stage.query(query, parameters);
    stage.equal("nodes created", created.summary.counters.nodesCreated, 5);

    const { records } = await stage.query(`MATCH (n:${MINE}) RETURN n ORDER BY n.number`, parameters);
    const found = records.map(({ n }) => n);
    stage.check("five Nodes", found.length === 5 && found.every((node) => node instanceof Node), found);
    for (const node of found) stage.note(String(node));
    const numbers = found.map((node) => (node as Node).properties["number"]);
    stage.equal("their numbers", numbers, [1, 2, 3, 4, 5]);
    stage.equal("labels of the first", (found[0] as Node).labels, [LABEL]);
  },
};

export const path: Step = {
  title: "A relationship and a path",
  explanation:
    "A path contains each of its nodes and relationships once, and a list of the steps from one to the next.",
  async run(stage) {
    const parameters = { run: stage.run };
    const link = `MATCH (a:${MINE}), (b:${MINE}) WHERE b.number = a.number + 1 CREATE (a)-[r:NEXT {since: a.number}]->(b) RETURN r`;
    const { records, summary } = await stage.query(link, parameters);
    stage.equal("relationships created", summary.counters.relationshipsCreated, 4);
    const relationship = records[0]?.["r"];
    stage.check("a Relationship", relationship instanceof Relationship, relationship);
    stage.note(String(relationship));

    // Against the direction of the relationships, which the steps of a path must show.
    const walk = `MATCH p = (:${LABEL} {run: $run, number: 3})<-[:NEXT*2]-() RETURN p`;
    const [row] = (await stage.query(walk, parameters)).records;
    const found = row?.["p"];
    stage.check("a Path of two relationships", found instanceof Path && found.length === 2, found);
    stage.note(String(found));
    stage.equal(
      "the numbers along it",
      (found as Path).nodes.map(({ properties }) => properties["number"]),
      [3, 2, 1],
    );
  },
};
