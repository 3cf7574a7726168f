// An engine that gives the recorded answers of a real Neo4j: the reply is found by counting what our server has
// answered so far. Knows recorded replies, and no rule of the protocol.
import type { Structure } from "@bolt/protocol";
// @boundaries-ignore the recordings and their reading belong to the protocol's tests; a second copy would drift
import { failureFromWire } from "../../../protocol/src/failure.ts";
// @boundaries-ignore the recordings and their reading belong to the protocol's tests; a second copy would drift
import { metadataFromWire } from "../../../protocol/src/metadata.ts";
import type { Backend, Counters, Plan, QueryResult, Routes, Row, Summary } from "../../src/index.ts";

export const SUCCESS = 0x70;
export const RECORD = 0x71;
export const IGNORED = 0x7e;
export const FAILURE = 0x7f;

/** The answer to a request: RECORDs, then a summary message. */
export interface Answer {
  readonly records: readonly Row[];
  readonly tag: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const NOTHING: Answer = { records: [], tag: IGNORED, metadata: {} };

/** Replies by request. RECORDs without an end are dropped. */
export function answersOf(messages: readonly Structure[]): Answer[] {
  const answers: Answer[] = [];
  let records: Row[] = [];
  for (const { tag, fields } of messages) {
    if (tag === RECORD) {
      records.push(fields[0] as Row);
      continue;
    }
    answers.push({ records, tag, metadata: (fields[0] ?? {}) as Record<string, unknown> });
    records = [];
  }
  return answers;
}

export class ScriptedBackend implements Backend {
  #answer: Answer = NOTHING;
  #next: Answer = NOTHING;
  readonly transaction = {
    run: (): QueryResult => this.run(),
    commit: (): { bookmark?: string } => {
      // Bolt 1 and 2: COMMIT is a RUN, and the bookmark comes with the PULL_ALL after it.
      const bookmark = this.#succeed()["bookmark"] ?? this.#next.metadata["bookmark"];
      return typeof bookmark === "string" ? { bookmark } : {};
    },
    rollback: (): void => {},
  };

  /** The server is about to handle the request that was answered by `answers[index]`. */
  turn(answers: readonly Answer[], index: number): void {
    this.#answer = answers[index] ?? NOTHING;
    this.#next = answers[index + 1] ?? NOTHING;
  }

  authenticate(): unknown {
    return { credentialsExpired: this.#succeed()["credentials_expired"] === true };
  }

  /** Always allowed: the recorded server's answer to this is part of its answer to the work. */
  impersonate(user: string): string {
    return user;
  }

  begin(): ScriptedBackend["transaction"] {
    this.#succeed();
    return this.transaction;
  }

  run(): QueryResult {
    const { fields = [] } = this.#succeed();
    const keys = fields as string[];
    return { keys, records: this.#rows(keys.length), summary: () => this.#summary() };
  }

  route(): Routes {
    const { rt } = this.#succeed() as { rt?: { ttl: number; db?: string; servers: Server[] } };
    // Before 4.3 the table is the row of a procedure.
    const [row] = this.#next.records as [number, Server[]][];
    const { servers, ttl, db } = rt ?? { ttl: row?.[0], servers: row?.[1] ?? [], db: undefined };
    const of = (role: string): string[] =>
      servers.flatMap((server) => (server.role === role ? server.addresses : []));
    return {
      routers: of("ROUTE"),
      readers: of("READ"),
      writers: of("WRITE"),
      ttlSeconds: ttl ?? 300,
      database: db,
    };
  }

  /** The recorded metadata; throws when the request has failed. */
  #succeed(): Readonly<Record<string, unknown>> {
    const { tag, metadata } = this.#answer;
    if (tag === FAILURE) throw failureFromWire(metadata as never);
    return metadata;
  }

  #rows(width: number): Iterable<Row> {
    let answer: Answer | undefined;
    let at = 0;
    const iterator = {
      next: (): IteratorResult<Row> => {
        if (answer !== this.#answer) at = 0;
        answer = this.#answer;
        const row = answer.records[at++];
        if (row) return { value: row, done: false };
        const more = this.#succeed()["has_more"];
        // Discarded rows were not recorded.
        return more
          ? { value: Array<unknown>(width).fill(null), done: false }
          : { value: undefined, done: true };
      },
      hasMore: (): boolean => this.#succeed()["has_more"] === true,
    };
    return { [Symbol.iterator]: () => iterator };
  }

  #summary(): Summary {
    const { type, db, bookmark, stats, plan, profile, notifications, statuses } = metadataFromWire(
      this.#succeed() as never,
    );
    return {
      ...(type !== undefined && { type: type as "r" }),
      ...(typeof db === "string" && { database: db }),
      ...(bookmark !== undefined && { bookmark }),
      ...(stats && { counters: countersOf(stats) }),
      ...(plan && { plan: plan as unknown as Plan }),
      ...(profile && { profile: profile as unknown as Plan }),
      ...(notifications && { notifications }),
      ...(statuses && { statuses }),
    };
  }
}

interface Server {
  readonly role: string;
  readonly addresses: string[];
}

function countersOf(stats: Readonly<Record<string, unknown>>): Counters {
  const counters: Record<string, number> = {};
  for (const [name, count] of Object.entries(stats)) {
    if (name.startsWith("contains")) continue;
    counters[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] = Number(count);
  }
  return counters;
}
