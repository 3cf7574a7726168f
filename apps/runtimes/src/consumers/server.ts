// A program that makes an engine speak Bolt: as an object, and as a class.
import {
  type Backend,
  type Context,
  createServer,
  failure,
  Failure,
  type Query,
  type QueryResult,
  type ServerOptions,
  type Transaction,
  withPlainTransactions,
} from "@bolt/server";
import { type SystemAnswers, withSystemQueries } from "@bolt/server/system-queries";

interface User {
  readonly name: string;
}

class Engine implements Backend<User> {
  authenticate(token: { readonly principal?: unknown }): User | undefined {
    return typeof token.principal === "string" ? { name: token.principal } : undefined;
  }
  async run({ query, parameters }: Query, { principal, signal }: Context<User>): Promise<QueryResult> {
    if (query === "") throw failure("syntaxError", `Say something, ${principal.name}.`);
    if (signal.aborted) throw new Failure("Neo.TransientError.General.X", "no", { gqlStatus: "50N00" });
    return { keys: ["x"], records: this.rows(parameters["to"]), summary: () => ({ type: "r" }) };
  }
  begin(): Transaction<User> {
    return {
      run: (query, context) => this.run(query, context),
      commit: () => ({ bookmark: "b:1" }),
      rollback: () => {},
    };
  }
  async *rows(to: unknown): AsyncGenerator<unknown[]> {
    for (let i = 0; i < Number(to); i++) yield [i];
  }
}

const options: ServerOptions = {
  versions: ["5.8-5.0"],
  limits: { maxConnections: 10 },
  webSocket: { origins: ["https://browser.neo4j.io"] },
  tls: { cert: "PEM", key: "PEM" },
};
const answers: SystemAnswers<User> = { labels: ({ principal }) => [principal.name] };

export async function main(): Promise<void> {
  const server = createServer(withSystemQueries(new Engine(), answers), options);
  const { port, address } = await server.listen({ port: 0, host: "::1" });
  port satisfies number;
  address satisfies string;
  const off = server.on("query", ({ query }) => void (query satisfies string));
  off();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  server.accept({ readable, writable });
  await server.close({ graceMs: 0 });

  // The smallest server; its parameters need no type annotations.
  await using least = createServer({
    run: ({ query }, { database }) => ({ keys: ["q"], records: [[query, database]] }),
  });
  least.metrics.connections satisfies number;
  createServer(withPlainTransactions(new Engine()));

  // @ts-expect-error rows are arrays
  createServer({ run: () => ({ keys: ["x"], records: [{ x: 1 }] }) });
}
