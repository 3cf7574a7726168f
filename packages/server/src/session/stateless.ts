// Explicit transactions for engines that have none, and the failure without them. Opt-in, because a rollback that
// undoes nothing must be a decision.
import type { Failure } from "@bolt/protocol";
import type { Backend } from "../backend.ts";
import { failure } from "../failures.ts";

/**
 * The same backend with transactions that are a mere sequence of queries: each runs at once, commit confirms
 * what has happened, and **rollback undoes nothing**. Right for engines that only read or compute; drivers'
 * `executeQuery`, `executeRead` and tools such as Neo4j Browser need it to work at all.
 */
export function withPlainTransactions<P>(backend: Backend<P>): Backend<P> {
  return {
    ...besidesWork(backend),
    run: (query, context) => backend.run(query, context),
    begin: () => ({
      run: (query, context) => backend.run(query, context),
      commit: () => {},
      rollback: () => {},
    }),
  };
}

/** The failure for explicit transactions where there are none. */
export const noTransactions = (): Failure =>
  failure("unsupported", "This server has no explicit transactions: run the query in auto-commit mode.");

/** The methods of a backend that run no queries, for a backend that wraps it. */
export function besidesWork<P>(backend: Backend<P>): Omit<Backend<P>, "run" | "begin"> {
  return {
    ...(backend.authenticate && { authenticate: backend.authenticate.bind(backend) }),
    ...(backend.impersonate && { impersonate: backend.impersonate.bind(backend) }),
    ...(backend.route && { route: backend.route.bind(backend) }),
    ...(backend.close && { close: backend.close.bind(backend) }),
  };
}
