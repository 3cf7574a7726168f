// What a server says about a finished query, in the same form for every version. Knows SUCCESS metadata, and
// translates each part only when it is read.
import {
  type Dictionary,
  Float,
  type GqlStatusObject,
  type Metadata,
  type Notification,
  notificationsFromStatuses,
  statusesFromNotifications,
  type Value,
} from "@bolt/protocol";
import type { ServerInfo } from "../connection/dialogue.ts";

/** What a query changed. Every field is present, 0 or false if there was no such change. */
export interface Counters {
  readonly nodesCreated: number;
  readonly nodesDeleted: number;
  readonly relationshipsCreated: number;
  readonly relationshipsDeleted: number;
  readonly propertiesSet: number;
  readonly labelsAdded: number;
  readonly labelsRemoved: number;
  readonly indexesAdded: number;
  readonly indexesRemoved: number;
  readonly constraintsAdded: number;
  readonly constraintsRemoved: number;
  readonly systemUpdates: number;
  /** Whether any of the above, except systemUpdates, is not 0. */
  readonly containsUpdates: boolean;
  readonly containsSystemUpdates: boolean;
}

/** A step of an execution plan (EXPLAIN). */
export interface Plan {
  readonly operatorType: string;
  readonly identifiers: readonly string[];
  readonly arguments: Readonly<Dictionary>;
  readonly children: readonly Plan[];
}

/** A step of an executed plan (PROFILE). Figures that the server did not measure are undefined. */
export interface Profile extends Plan {
  readonly dbHits: number | undefined;
  readonly rows: number | undefined;
  readonly pageCacheHits: number | undefined;
  readonly pageCacheMisses: number | undefined;
  /** From 0 to 1. */
  readonly pageCacheHitRatio: number | undefined;
  readonly time: number | undefined;
  readonly children: readonly Profile[];
}

/** `r` reads, `rw` reads and writes, `w` writes, `s` changes the schema or the system. */
export type QueryType = "r" | "rw" | "w" | "s";

/** The metadata that the specification defines for the end of a result. */
const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set(
  "type stats plan profile notifications statuses tLast db bookmark hasMore".split(" "),
);

const COUNTED = [
  "nodesCreated",
  "nodesDeleted",
  "relationshipsCreated",
  "relationshipsDeleted",
  "propertiesSet",
  "labelsAdded",
  "labelsRemoved",
  "indexesAdded",
  "indexesRemoved",
  "constraintsAdded",
  "constraintsRemoved",
  "systemUpdates",
] as const satisfies readonly (keyof Counters)[];

const FIGURES = [
  "dbHits",
  "rows",
  "pageCacheHits",
  "pageCacheMisses",
  "pageCacheHitRatio",
  "time",
] as const satisfies readonly (keyof Profile)[];

/** The properties printed besides the query. */
const SHOWN = [
  "type",
  "counters",
  "plan",
  "profile",
  "notifications",
  "gqlStatusObjects",
  "availableAfterMs",
  "consumedAfterMs",
  "server",
  "database",
  "bookmark",
] as const satisfies readonly (keyof Summary)[];

interface Facts {
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly server: ServerInfo;
  readonly started: Metadata;
  readonly ended: Metadata;
  /** Whether the result had rows. */
  readonly rows: boolean;
}

/** What is known at the end of a result. JSON-safe by toJSON(), which leaves the parameters out. */
export class Summary {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** The query as it was sent. */
  get query(): { readonly text: string; readonly parameters: Readonly<Record<string, unknown>> } {
    return { text: this.#facts.query, parameters: this.#facts.parameters };
  }

  /** Undefined if the server does not say. */
  get type(): QueryType | undefined {
    return this.#facts.ended.type as QueryType | undefined;
  }

  get counters(): Counters {
    return countersFrom(this.#facts.ended.stats ?? {});
  }

  /** The plan of an EXPLAIN; after a PROFILE, the profile. */
  get plan(): Plan | undefined {
    const { plan } = this.#facts.ended;
    return plan ? planFrom(plan) : this.profile;
  }

  get profile(): Profile | undefined {
    const { profile } = this.#facts.ended;
    return profile && (planFrom(profile, FIGURES) as Profile);
  }

  /** Notifications of the server; from 5.6 on it sends GQL statuses, from which these are derived. */
  get notifications(): readonly Notification[] {
    const { notifications, statuses } = this.#facts.ended;
    return notifications ?? notificationsFromStatuses(statuses ?? []);
  }

  /** Outcome and notifications as GQL statuses; before 5.6 derived from the notifications. */
  get gqlStatusObjects(): readonly GqlStatusObject[] {
    const { started, ended, rows } = this.#facts;
    if (ended.statuses) return ended.statuses;
    const columns = (started.fields ?? []).length > 0;
    return statusesFromNotifications(ended.notifications ?? [], { columns, rows });
  }

  /** Milliseconds at the server until the first row was available; undefined if it does not say. */
  get availableAfterMs(): number | undefined {
    return numeric(this.#facts.started.tFirst);
  }

  /** Milliseconds at the server until the last row was consumed; undefined if it does not say. */
  get consumedAfterMs(): number | undefined {
    return numeric(this.#facts.ended.tLast);
  }

  get server(): ServerInfo {
    return this.#facts.server;
  }

  /** Where the query ran; undefined before Bolt 4.0. */
  get database(): string | undefined {
    return this.#facts.ended.db ?? this.#facts.started.db;
  }

  /** The bookmark of an auto-commit query, for later work to wait for. */
  get bookmark(): string | undefined {
    return this.#facts.ended.bookmark;
  }

  /** Other metadata that the server sent at the end, under its own names, such as Memgraph's `planning_time`. */
  get extra(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(this.#facts.ended).filter(([name]) => !KNOWN.has(name)));
  }

  toJSON(): Record<string, unknown> {
    const { extra } = this;
    return {
      // Parameters may be large and private.
      query: this.#facts.query,
      ...Object.fromEntries(SHOWN.map((name) => [name, this[name]])),
      ...(Object.keys(extra).length > 0 && { extra }),
    };
  }
}

// console.log uses this. Defined from outside because a declaration file cannot name the symbol.
Object.defineProperty(Summary.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Summary) {
    return this.toJSON();
  },
});

const numeric = (value: unknown): number | undefined =>
  typeof value === "number" || typeof value === "bigint" || value instanceof Float
    ? Number(value)
    : undefined;

/** The name as servers write it: `nodes-created`. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function countersFrom(stats: Readonly<Record<string, Value>>): Counters {
  const counts: Record<string, number | boolean> = {};
  let sum = 0;
  for (const name of COUNTED) {
    const count = numeric(stats[kebab(name)]) ?? 0;
    counts[name] = count;
    if (name !== "systemUpdates") sum += count;
  }
  const say = (name: string, otherwise: boolean): void => {
    const said = stats[kebab(name)];
    counts[name] = typeof said === "boolean" ? said : otherwise;
  };
  say("containsUpdates", sum > 0);
  say("containsSystemUpdates", (counts["systemUpdates"] as number) > 0);
  return counts as unknown as Counters;
}

const listed = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

/** Makes a Profile if figures are named, else a Plan. */
function planFrom(wire: Dictionary, figures: readonly string[] = []): Plan {
  return {
    operatorType: String(wire["operatorType"] ?? ""),
    identifiers: listed(wire["identifiers"]).map(String),
    arguments: (wire["args"] ?? {}) as Dictionary,
    ...Object.fromEntries(figures.map((name) => [name, numeric(wire[name])])),
    children: listed(wire["children"]).map((child) => planFrom(child as Dictionary, figures)),
  };
}
