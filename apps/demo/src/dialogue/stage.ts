// What a step works with: the driver, a session, the messages on the wire, and methods to report and to check.
// Knows how to check; the steps know what.
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  type BookmarkManager,
  BoltVersion,
  type Driver,
  type QueryResult,
  type ServerInfo,
  type Session,
} from "@bolt/client";
import { show } from "../print/show.ts";
import type { Report } from "../transcript.ts";
import type { Tap } from "../wire/tap.ts";

/** One step of the dialogue. */
export interface Step {
  readonly title: string;
  /** Why it is worth seeing, in a sentence or two. */
  readonly explanation: string;
  /** Throws StepFailed if a check fails, or whatever a call throws. */
  run(stage: Stage): Promise<void> | void;
}

/** A check of the dialogue that failed. */
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
  /** The value of the property `run` that marks the nodes of this run alone. */
  readonly run: string = randomBytes(4).toString("hex");
  /** Set by the first step. */
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

  /** A session that the steps share. Needs `server`. */
  get session(): Session {
    return (this.#session ??= this.newSession());
  }

  /** A separate session in the database of the dialogue, which waits for these bookmarks. Needs `server`. */
  newSession(bookmarks: readonly string[] = []): Session {
    return this.db.session({
      ...(this.#database !== undefined && { database: this.#database }),
      // Neo4j 4.2 to 4.4 hands out bookmarks on Bolt 3 and then refuses them; before 3 only transactions have any.
      ...(this.speaks(4) ? { bookmarks } : { bookmarkManager: FORGETFUL }),
    });
  }

  /** Whether the connection speaks this version of Bolt or a later one. */
  speaks(major: number, minor = 0): boolean {
    return BoltVersion.parse(this.server.protocolVersion).atLeast(major, minor);
  }

  /** Shows a statement, runs it and reads its rows. */
  async query(query: string, parameters?: Record<string, unknown>): Promise<QueryResult> {
    this.tell(query, parameters);
    return this.session.run(query, parameters);
  }

  /** Shows a statement that the step runs by itself. */
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

  /** Checks a value. Throws StepFailed if it is not the expected one. */
  equal(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      throw new StepFailed(`${what}: expected ${show(expected)}, got ${show(actual)}`);
    }
    this.#report({ type: "check", text: `${what}: ${show(actual)}` });
  }

  /** Checks the order of messages. Throws StepFailed if it is not the expected one. */
  sequence(what: string, actual: readonly string[], expected: readonly string[]): void {
    const list = (names: readonly string[]): string => names.join(" ") || "nothing";
    if (list(actual) !== list(expected)) {
      throw new StepFailed(`${what}: expected ${list(expected)}, got ${list(actual)}`);
    }
    this.#report({ type: "check", text: `${what}: ${list(actual)}` });
  }

  /** Checks a condition. Throws StepFailed, with what was there `instead`, if it does not hold. */
  check(what: string, holds: boolean, instead?: unknown): void {
    if (!holds)
      throw new StepFailed(`expected: ${what}${instead === undefined ? "" : `; got ${show(instead)}`}`);
    this.#report({ type: "check", text: what });
  }
}
