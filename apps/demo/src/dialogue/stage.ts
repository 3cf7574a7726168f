// What a step has at hand: the driver, a session, what went over the wire, and words to tell and to promise.
// Knows how to check; what is checked is the steps' business.
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { BookmarkManager, Driver, QueryResult, ServerInfo, Session } from "@bolt/client";
import { show } from "../print/show.ts";
import type { Report } from "../transcript.ts";
import type { Tap } from "../wire/tap.ts";

/** One step of the dialogue. */
export interface Step {
  readonly title: string;
  /** Why it is worth a look, in a sentence or two. */
  readonly explanation: string;
  /** Throws StepFailed, or whatever a call throws, when something is not as it should be. */
  run(stage: Stage): Promise<void> | void;
}

/** A promise of the dialogue that the server, or we, did not keep. */
export class StepFailed extends Error {}

/** Marks everything that the dialogue creates, so that it can be deleted again. */
export const LABEL = "BoltDemo";

const FORGETFUL: BookmarkManager = { getBookmarks: () => [], updateBookmarks: () => {} };

export interface StageOptions {
  readonly db: Driver;
  readonly database: string | undefined;
  readonly tap: Tap;
  readonly report: Report;
}

export class Stage {
  readonly db: Driver;
  readonly tap: Tap;
  /** Nobody else's nodes carry this value of `run`. */
  readonly run: string = randomBytes(4).toString("hex");
  /** Known from the first step on. */
  server!: ServerInfo;
  #session: Session | undefined;
  readonly #database: string | undefined;
  readonly #report: Report;

  constructor({ db, database, tap, report }: StageOptions) {
    this.db = db;
    this.tap = tap;
    this.#database = database;
    this.#report = report;
  }

  /** A session that the steps share. The version has to be known by then. */
  get session(): Session {
    return (this.#session ??= this.newSession());
  }

  /** A session of its own, in the database that the dialogue is about, which waits for these bookmarks. */
  newSession(bookmarks: readonly string[] = []): Session {
    return this.db.session({
      ...(this.#database !== undefined && { database: this.#database }),
      // Neo4j 4.2 to 4.4 hand out bookmarks on Bolt 3 and refuse them when they come back; before 3 only
      // transactions have any.
      ...(this.speaks(4) ? { bookmarks } : { bookmarkManager: FORGETFUL }),
    });
  }

  /** Whether the connection speaks this version of Bolt or a later one. */
  speaks(major: number, minor = 0): boolean {
    const [m = 0, n = 0] = this.server.protocolVersion.split(".").map(Number);
    return m > major || (m === major && n >= minor);
  }

  /** Shows a statement, runs it and reads its rows. */
  async query(query: string, parameters?: Record<string, unknown>): Promise<QueryResult> {
    this.tell(query, parameters);
    return this.session.run(query, parameters);
  }

  /** Shows a statement that the step runs itself. */
  tell(query: string, parameters?: Readonly<Record<string, unknown>>): void {
    this.#report({ type: "query", query, ...(parameters && { parameters }) });
  }

  note(text: string): void {
    this.#report({ type: "note", text });
  }

  draw(lines: readonly string[]): void {
    this.#report({ type: "drawing", lines });
  }

  /** Something that this server or version does not have. */
  remark(text: string): void {
    this.#report({ type: "remark", text });
  }

  /** A promise about a value. Throws StepFailed when it is not the expected one. */
  equal(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      throw new StepFailed(`${what}: expected ${show(expected)}, got ${show(actual)}`);
    }
    this.#report({ type: "check", text: `${what}: ${show(actual)}` });
  }

  /** A promise about the order of messages. Throws StepFailed when they came otherwise. */
  sequence(what: string, actual: readonly string[], expected: readonly string[]): void {
    const list = (names: readonly string[]): string => names.join(" ") || "nothing";
    if (list(actual) !== list(expected)) {
      throw new StepFailed(`${what}: expected ${list(expected)}, got ${list(actual)}`);
    }
    this.#report({ type: "check", text: `${what}: ${list(actual)}` });
  }

  /** A promise that is kept or not. Throws StepFailed with what was there instead. */
  promise(what: string, kept: boolean, instead?: unknown): void {
    if (!kept)
      throw new StepFailed(`expected: ${what}${instead === undefined ? "" : `; got ${show(instead)}`}`);
    this.#report({ type: "check", text: what });
  }
}
