// Servers without a network: a dial function that connects to one, and a backend that acts as the database behind a
// gateway.
import type { Dial } from "@bolt/client";
import type {
  AuthToken,
  Backend,
  Client,
  Context,
  MaybePromise,
  Query,
  QueryResult,
  Server,
  Transaction,
  TransactionOptions,
} from "@bolt/server";

/** A dial function whose connections all lead to this server. */
export function dialTo(server: Server): Dial {
  return () => {
    const there = new TransformStream<Uint8Array>();
    const back = new TransformStream<Uint8Array>();
    server.accept({ readable: there.readable, writable: back.writable });
    return { readable: back.readable, writable: there.writable };
  };
}

export type Answer = (query: Query, context: Context) => MaybePromise<QueryResult>;

/** A database with prepared answers by query, which records what it receives. */
export class Database implements Backend {
  /** The calls in order: `run …`, `begin`, `commit`, `rollback`. */
  readonly log: string[] = [];
  /** The context of the last query or BEGIN, not counting the gateway's own queries. */
  last: Context | undefined;
  readonly logins: Client[] = [];
  check: (token: AuthToken) => unknown = (token) => token.principal ?? "nobody";
  readonly #answers: Readonly<Record<string, Answer>>;

  constructor(answers: Readonly<Record<string, Answer>> = {}) {
    this.#answers = {
      "RETURN 1": () => ({ keys: ["1"], records: [[1]], summary: { database: "movies" } }),
      "RETURN $x AS x": ({ parameters }) => ({ keys: ["x"], records: [[parameters["x"]]] }),
      ...answers,
    };
  }

  authenticate(token: AuthToken, client: Client): unknown {
    this.logins.push(client);
    return this.check(token);
  }

  impersonate(_user: string, principal: unknown): unknown {
    return principal;
  }

  run(query: Query, context: Context): MaybePromise<QueryResult> {
    if (query.query !== "RETURN 1") {
      this.last = context;
      this.log.push(`run ${query.query}`);
    }
    const answer = this.#answers[query.query];
    if (!answer) throw new Error(`no answer to ${query.query}`);
    return answer(query, context);
  }

  begin(_: TransactionOptions, context: Context): Transaction {
    this.last = context;
    this.log.push("begin");
    return {
      run: (query, inner) => this.run(query, inner),
      commit: () => {
        this.log.push("commit");
        return { bookmark: `after ${context.bookmarks.join("+")}` };
      },
      rollback: () => void this.log.push("rollback"),
    };
  }
}
