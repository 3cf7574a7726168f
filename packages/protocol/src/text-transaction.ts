// Bolt 1 and 2 express BEGIN, COMMIT and ROLLBACK as queries. Both directions of that translation.
import type { BoltVersion } from "@bolt/framing";
import { Begin, Commit, Discard, type Request, Rollback, Run } from "./requests.ts";
import type { Metadata } from "./responses.ts";
import type { State } from "./server-state.ts";

/** Whether the version expresses the request as a query. */
export function isText(request: Request, version: BoltVersion): request is Begin | Commit | Rollback {
  const { name } = request;
  return !version.atLeast(3) && (name === "BEGIN" || name === "COMMIT" || name === "ROLLBACK");
}

/** The messages that express the request in the version, in order. */
export function messagesOf(request: Request, version: BoltVersion): readonly Request[] {
  if (!isText(request, version)) return [request];
  const parameters = request.name === "BEGIN" ? bookmarkParameters(request.extra.bookmarks ?? []) : {};
  return [new Run(request.name, parameters, {}), new Discard(-1)];
}

/** One bookmark for the servers that know only one, all of them for those that know a list. */
function bookmarkParameters(bookmarks: readonly string[]): Record<string, unknown> {
  if (bookmarks.length === 0) return {};
  const number = (bookmark: string): number => Number(/:tx(\d+)$/.exec(bookmark)?.[1] ?? -1);
  const bookmark = bookmarks.reduce((best, next) => (number(next) > number(best) ? next : best));
  return bookmarks.length === 1 ? { bookmark } : { bookmark, bookmarks };
}

// No two runs of blanks may be adjacent in the pattern: matching a megabyte of blanks would take minutes.
const TEXT = /^\s*(BEGIN|COMMIT|ROLLBACK)(?:\s*;)?\s*$/i;

/** The request that a RUN of Bolt 1 or 2 stands for in this state; undefined when it is just a query. */
export function requestOfText(
  { query, parameters }: Run,
  state: State,
): Begin | Commit | Rollback | undefined {
  const word = TEXT.exec(query)?.[1]?.toUpperCase();
  const open = state === "TX_READY" || state === "TX_STREAMING";
  if (word === "BEGIN") return open ? undefined : new Begin({ bookmarks: bookmarksOf(parameters) });
  if (!word || !open) return undefined;
  return word === "COMMIT" ? new Commit() : new Rollback();
}

function bookmarksOf({ bookmark, bookmarks }: Readonly<Record<string, unknown>>): string[] | undefined {
  const all = Array.isArray(bookmarks) ? bookmarks : [bookmark];
  const texts = all.filter((item): item is string => typeof item === "string");
  return texts.length > 0 ? texts : undefined;
}

/** The two SUCCESSes for such a request: that of the text, whose result has no columns, and that of its PULL_ALL. */
export function textSuccesses({ tFirst = 0, fields = [], ...rest }: Metadata): readonly [Metadata, Metadata] {
  return [{ tFirst, fields }, rest];
}
