// Explicit transactions for engines that have none. Opt-in, because a rollback that undoes nothing must be
// somebody's decision.
import type { Backend } from "../backend.ts";

/**
 * The same backend with transactions that are a mere sequence of queries: each runs at once, commit confirms
 * what has happened, and **rollback undoes nothing**. Right for engines that only read or compute; drivers'
 * `executeQuery`, `executeRead` and tools such as Neo4j Browser need it to work at all.
 */
export function withPlainTransactions<P>(backend: Backend<P>): Backend<P> {
  return {
    ...(backend.authenticate && { authenticate: (token, client) => backend.authenticate!(token, client) }),
    ...(backend.impersonate && {
      impersonate: (user, principal, client) => backend.impersonate!(user, principal, client),
    }),
    ...(backend.route && { route: (request, context) => backend.route!(request, context) }),
    ...(backend.close && { close: () => backend.close!() }),
    run: (query, context) => backend.run(query, context),
    begin: () => ({
      run: (query, context) => backend.run(query, context),
      commit: () => {},
      rollback: () => {},
    }),
  };
}
