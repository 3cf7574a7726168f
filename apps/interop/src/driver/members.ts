// Three servers of our own that look like a cluster, on sockets, in front of one real Neo4j that stores the data. One
// leads, the others refuse writes. The leader changes, and members stop and come back, as often as wanted.
//
// No database in between: all that the members know about a query is whether it writes.
import { auth, driver, type Driver, type Session, type Transaction } from "@bolt/client";
import {
  type AuthToken,
  type Backend,
  type Context,
  createServer,
  failure,
  type Query,
  type QueryResult,
  type Routes,
  type Server,
  type Transaction as Passed,
  type TransactionOptions,
} from "@bolt/server";
import { freePort } from "../neo4j.ts";
import type { Place } from "./check.ts";

const WRITES = /\b(CREATE|MERGE|SET|DELETE)\b/;

export class Members implements AsyncDisposable {
  readonly #upstream: Driver;
  readonly #members: Member[] = [];
  leader: Member | undefined;

  private constructor({ uri, user, password }: Place) {
    this.#upstream = driver(uri, auth.basic(user, password), { floats: "wrap", retry: { maxTimeMs: 0 } });
  }

  static async start(place: Place): Promise<Members> {
    const all = new Members(place);
    for (let i = 0; i < 3; i++) all.#members.push(await Member.start(all, all.#upstream, place));
    all.leader = all.#members[0];
    return all;
  }

  /** The neo4j:// URI of one member. */
  get uri(): string {
    return `neo4j://${this.#members[1]!.address}`;
  }

  /** The routing table that every member returns. */
  routes(): Routes {
    const up = this.#members.filter((member) => member.up).map(({ address }) => address);
    const writers = this.leader?.up ? [this.leader.address] : [];
    const readers = up.filter((address) => !writers.includes(address));
    return { routers: up, readers: readers.length > 0 ? readers : up, writers, database: "neo4j" };
  }

  /** Makes trouble until told to stop: another leader now and then, members that stop and come back. */
  shake(): () => Promise<string> {
    const enough = new AbortController();
    const done = { leaders: 0, stops: 0 };
    const trouble = async (): Promise<void> => {
      for (let i = 1; !enough.signal.aborted; i++) {
        const member = this.#members[i % 3]!;
        if (i % 4 === 0 && member !== this.leader) {
          done.stops++;
          await member.stop();
        } else if (!member.up) await member.listen();
        else if (member !== this.leader) {
          done.leaders++;
          this.leader = member;
        }
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const troubled = trouble();
    return async () => {
      enough.abort();
      await troubled;
      for (const member of this.#members) if (!member.up) await member.listen();
      return `${done.leaders} times another leader, ${done.stops} members stopped`;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) await member.stop();
    await this.#upstream.close();
  }
}

class Member implements Backend {
  readonly address: string;
  up = false;
  readonly #cluster: Members;
  readonly #upstream: Driver;
  readonly #place: Place;
  readonly #port: number;
  #server: Server | undefined;

  private constructor(cluster: Members, upstream: Driver, place: Place, port: number) {
    this.address = `127.0.0.1:${port}`;
    this.#cluster = cluster;
    this.#upstream = upstream;
    this.#place = place;
    this.#port = port;
  }

  static async start(cluster: Members, upstream: Driver, place: Place): Promise<Member> {
    const member = new Member(cluster, upstream, place, await freePort());
    await member.listen();
    return member;
  }

  async listen(): Promise<void> {
    this.#server = createServer(this, { floats: "wrap", timeouts: "backend", logger: {} });
    await this.#server.listen({ host: "127.0.0.1", port: this.#port });
    this.up = true;
  }

  /** Breaks all connections, like a killed process. */
  async stop(): Promise<void> {
    this.up = false;
    await this.#server?.close({ graceMs: 0 });
  }

  authenticate({ principal, credentials }: AuthToken): unknown {
    return principal === this.#place.user && credentials === this.#place.password && principal;
  }

  route(): Routes {
    return this.#cluster.routes();
  }

  async run({ query, parameters }: Query, context: Context): Promise<QueryResult> {
    this.#refuse(query);
    const session = this.#session(context);
    return await passOn(session.run(query, parameters), () => session.lastBookmarks()[0]);
  }

  async begin(_options: TransactionOptions, context: Context): Promise<Passed> {
    const session = this.#session(context);
    const transaction: Transaction = await session.beginTransaction();
    let wrote = false;
    return {
      run: async ({ query, parameters }) => {
        this.#refuse(query);
        wrote ||= WRITES.test(query);
        return await passOn(transaction.run(query, parameters));
      },
      commit: async () => {
        if (wrote) this.#refuse("CREATE");
        await transaction.commit();
        return { bookmark: session.lastBookmarks()[0] };
      },
      rollback: () => transaction.rollback(),
    };
  }

  #session({ accessMode, bookmarks }: Context): Session {
    return this.#upstream.session({ mode: accessMode, bookmarks });
  }

  #refuse(query: string): void {
    if (this.#cluster.leader === this || !WRITES.test(query)) return;
    throw failure("notALeader", `${this.address} does not lead.`);
  }
}

/** Results have only a few rows here, so they are read whole. */
async function passOn(
  result: ReturnType<Session["run"]>,
  bookmark?: () => string | undefined,
): Promise<QueryResult> {
  const keys = [...(await result.keys())];
  const records = await result.values();
  return { keys, records, ...(bookmark && { summary: { bookmark: bookmark() } }) };
}
