// The attacked server, in a separate process, so that its memory can be measured and a crash is seen. It tells its
// parent over IPC: its port once, then figures when asked.
import { type Backend, createServer, type QueryResult } from "@bolt/server";

/** The figures sent to the parent. */
export interface Figures {
  /** Heap and buffers in use after a garbage collection. */
  readonly usedBytes: number;
  readonly residentBytes: number;
  readonly connections: number;
  readonly loggedIn: number;
  readonly openResults: number;
  readonly transactions: number;
  readonly queriesTotal: number;
  /** Number of messages logged as errors: the server's own faults. */
  readonly errors: number;
}

/** A backend whose queries are a number of rows. */
class Rows implements Backend {
  authenticate({ credentials }: { credentials?: string | undefined }): boolean {
    return credentials === "secret";
  }

  run({ query }: { query: string }): QueryResult {
    return { keys: ["i", "text"], records: rows(Number(query)) };
  }

  begin() {
    return { run: this.run.bind(this), commit: () => {}, rollback: () => {} };
  }
}

function* rows(count: number): Generator<unknown[]> {
  for (let i = 0; i < count; i++) yield [i, `row number ${i} of a result that nobody reads`];
}

let errors = 0;
const logger = { error: (message: string, facts: unknown) => console.error(++errors, message, facts) };
const server = createServer(new Rows(), { logger });
const { port } = await server.listen({ port: 0, backlog: 20_000 });
const collect = (globalThis as { gc?: () => void }).gc;

process.on("message", () => {
  collect?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { connections, loggedIn, openResults, transactions, queriesTotal } = server.metrics;
  const figures: Figures = {
    usedBytes: heapUsed + external,
    residentBytes: rss,
    connections,
    loggedIn,
    openResults,
    transactions,
    queriesTotal,
    errors,
  };
  // The parent may have exited meanwhile.
  process.send?.(figures, undefined, undefined, () => {});
});
process.on("disconnect", () => process.exit());
process.send!(port);
