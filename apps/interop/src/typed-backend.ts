// An engine in memory that keeps every value unchanged, so that clients can be tested against our server with types
// that no engine behind it supports. It parses nothing: it recognizes the queries that the programs in `clients/`
// send by their text.
import {
  type Backend,
  failure,
  Node,
  Path,
  type Plan,
  type Query,
  type QueryResult,
  Relationship,
  type Row,
  type Transaction,
  UnboundRelationship,
} from "@bolt/server";

type Undo = (() => void)[];

/** Answers one query text. `undo` collects what must be done if the transaction is rolled back. */
type Answer = (parameters: Query["parameters"], undo: Undo) => QueryResult;

const PLAN: Plan = {
  operatorType: "ProduceResults@memory",
  identifiers: ["n"],
  args: { EstimatedRows: 1 },
  children: [{ operatorType: "NodeByLabelScan@memory", identifiers: ["n"] }],
};

export class TypedBackend implements Backend {
  readonly #password: string;
  #nodes: Node[] = [];
  #relationships: Relationship[] = [];
  #ids = 0;
  #commits = 0;

  /** Accepts user `neo4j` with this password. */
  constructor(password: string) {
    this.#password = password;
  }

  authenticate({
    principal,
    credentials,
  }: {
    principal?: string | undefined;
    credentials?: string | undefined;
  }) {
    return principal === "neo4j" && credentials === this.#password && principal;
  }

  run({ query, parameters }: Query): QueryResult {
    const result = this.#answer(query)(parameters, []);
    return {
      ...result,
      summary: () => ({ ...(result.summary as object), bookmark: this.#bookmark() }),
    };
  }

  begin(): Transaction {
    const undo: Undo = [];
    return {
      run: ({ query, parameters }) => this.#answer(query)(parameters, undo),
      commit: () => ({ bookmark: this.#bookmark() }),
      rollback: () => {
        for (const step of undo.toReversed()) step();
      },
    };
  }

  #bookmark(): string {
    return `memory:${++this.#commits}`;
  }

  #answer(text: string): Answer {
    const answer = this.#answers[text.replace(/\s+/g, " ").replace(/;? *$/, "").trim()];
    if (!answer) throw failure("syntaxError", `Not one of the texts that are known here: ${text}`);
    return answer;
  }

  readonly #answers: Readonly<Record<string, Answer>> = {
    "RETURN 1": () => ({ keys: ["1"], records: [[1]] }),
    "RETURN 1 AS n": () => ({ keys: ["n"], records: [[1]] }),
    // Sent by the Python driver 4.4 itself.
    "RETURN 1 AS x": () => ({ keys: ["x"], records: [[1]] }),
    "RETURN $x AS x": ({ x }) => ({ keys: ["x"], records: [[x]] }),
    "UNWIND range(1, $n) AS n RETURN n": ({ n }) => ({ keys: ["n"], records: range(1, Number(n)) }),
    "UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x": () => ({ keys: ["x"], records: quotients() }),
    "EXPLAIN MATCH (n:Interop) RETURN n": () => ({ keys: ["n"], summary: { type: "r", plan: PLAN } }),

    "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name": ({ run, name }, undo) => {
      this.#create(run, name, undo);
      const counters = { nodesCreated: 1, labelsAdded: 1, propertiesSet: 2 };
      return { keys: ["name"], records: [[name]], summary: { type: "rw", counters } };
    },

    "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n": ({ run, name }) => {
      const found = this.#nodes.filter((node) => isOf(node, run) && node.properties["name"] === name);
      return { keys: ["n"], records: [[found.length]] };
    },

    "MATCH (n:Interop {run: $run}) DETACH DELETE n": ({ run }) => {
      this.#nodes = this.#nodes.filter((node) => !isOf(node, run));
      return { keys: [], summary: { type: "w" } };
    },

    "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(b:Interop {run: $run, name: 'b'}) RETURN a, r, b":
      ({ run }, undo) => {
        const [a, b] = [this.#create(run, "a", undo), this.#create(run, "b", undo)];
        const id = ++this.#ids;
        const ends = [a.elementId, b.elementId] as const;
        const r = new Relationship(id, a.id, b.id, "KNOWS", { since: 2020 }, `r:${id}`, ...ends);
        this.#relationships.push(r);
        undo.push(() => (this.#relationships = this.#relationships.filter((one) => one !== r)));
        return { keys: ["a", "r", "b"], records: [[a, r, b]], summary: { type: "rw" } };
      },

    "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-(:Interop {run: $run, name: 'a'}) RETURN p": ({
      run,
    }) => {
      const node = (id: unknown): Node | undefined => this.#nodes.find((one) => one.id === id);
      const paths = this.#relationships.flatMap((r) => {
        const [a, b] = [node(r.startNodeId), node(r.endNodeId)];
        if (!a || !b || !isOf(a, run)) return [];
        const step = new UnboundRelationship(r.id, r.type, r.properties, r.elementId);
        return [[new Path([b, a], [step], [-1, 1])]];
      });
      return { keys: ["p"], records: paths };
    },
  };

  #create(run: unknown, name: unknown, undo: Undo): Node {
    const id = ++this.#ids;
    const node = new Node(id, ["Interop"], { run, name } as Record<string, string>, `n:${id}`);
    this.#nodes.push(node);
    undo.push(() => (this.#nodes = this.#nodes.filter((one) => one !== node)));
    return node;
  }
}

const isOf = (node: Node, run: unknown): boolean => node.properties["run"] === run;

function* range(from: number, to: number): Generator<Row> {
  for (let n = from; n <= to; n++) yield [n];
}

function* quotients(): Generator<Row> {
  for (const [n] of range(-1500, 1500) as Generator<[number]>) {
    if (n === 0) throw failure("arithmeticError", "/ by zero");
    yield [Math.trunc(1 / n) || 0];
  }
}
