// Keeps the bookmarks of many sessions, so that each sees what the others wrote. Knows bookmarks as
// opaque strings. Spec: facts of causal chaining, a new bookmark replaces those that were sent.
import { ConfigError } from "../errors.ts";
import { type Check, methods, type, validate } from "../validate.ts";

/** Shared by the sessions that are given it; one set of bookmarks for all of them. */
export interface BookmarkManager {
  /** What the next transaction has to wait for. */
  getBookmarks(): readonly string[] | Promise<readonly string[]>;
  /** A transaction that was sent `previous` came back with `next`. */
  updateBookmarks(previous: readonly string[], next: readonly string[]): void | Promise<void>;
}

export const BOOKMARK_MANAGER: Check = /* @__PURE__ */ methods(["getBookmarks", "updateBookmarks"]);

/** Settings of `bookmarkManager`. */
export interface BookmarkManagerOptions {
  readonly initial?: Iterable<string> | undefined;
  /** Bookmarks from elsewhere (another process), added to the kept ones each time. */
  readonly supplier?: (() => readonly string[] | Promise<readonly string[]>) | undefined;
  /** Is told all that are kept, after each change. */
  readonly consumer?: ((bookmarks: readonly string[]) => void | Promise<void>) | undefined;
}

const NONE: readonly string[] = [];

/** Bookmarks as somebody gave them. A string is one bookmark, not a list of letters. Throws ConfigError for what is none. */
export function toBookmarks(given: Iterable<string> | undefined): readonly string[] {
  if (given === undefined) return NONE;
  const many = typeof given === "object" && given !== null && Symbol.iterator in given;
  const bookmarks: readonly unknown[] = many ? [...given] : [given];
  if (bookmarks.every((bookmark) => typeof bookmark === "string")) return bookmarks;
  throw new ConfigError("bookmarks are a list of strings, as lastBookmarks() gives them");
}

/** A BookmarkManager in memory. Throws ConfigError for options that it does not know. */
export function bookmarkManager(options: BookmarkManagerOptions = {}): BookmarkManager {
  validate(options, { initial: () => true, supplier: type("function"), consumer: type("function") });
  const { initial, supplier, consumer } = options;
  let kept: readonly string[] = [...new Set(toBookmarks(initial))];
  return {
    getBookmarks() {
      if (!supplier) return kept;
      const join = (supplied: readonly string[]): readonly string[] => [...new Set([...kept, ...supplied])];
      const supplied = supplier();
      return "then" in supplied ? supplied.then(join) : join(supplied);
    },
    updateBookmarks(previous, next) {
      if (next.length === 0) return undefined;
      // Mostly nobody else has written in between, so that what was sent is all there is.
      const others = previous === kept ? [] : kept.filter((bookmark) => !previous.includes(bookmark));
      kept = others.length === 0 && next.length === 1 ? [...next] : [...new Set([...others, ...next])];
      return consumer?.(kept);
    },
  };
}
