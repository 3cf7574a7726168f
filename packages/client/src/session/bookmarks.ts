// Keeps the bookmarks of many sessions, so that each sees what the others wrote. Knows bookmarks as opaque
// strings. A new bookmark replaces those that were sent with its transaction. Spec: Neo4j driver manual, causal
// chaining.
import { ConfigError } from "../errors.ts";
import { type Check, methods, type, validate } from "../validate.ts";

/** One set of bookmarks, shared by all sessions that use this manager. */
export interface BookmarkManager {
  /** The bookmarks that the next transaction waits for. */
  getBookmarks(): readonly string[] | Promise<readonly string[]>;
  /** Called when a transaction that was given `previous` returned `next`. */
  updateBookmarks(previous: readonly string[], next: readonly string[]): void | Promise<void>;
}

export const BOOKMARK_MANAGER: Check = /* @__PURE__ */ methods(["getBookmarks", "updateBookmarks"]);

/** Settings of `bookmarkManager`. */
export interface BookmarkManagerOptions {
  readonly initial?: Iterable<string> | undefined;
  /** Returns bookmarks from elsewhere (another process), which are added to the kept ones each time. */
  readonly supplier?: (() => readonly string[] | Promise<readonly string[]>) | undefined;
  /** Called with all kept bookmarks after each change. */
  readonly consumer?: ((bookmarks: readonly string[]) => void | Promise<void>) | undefined;
}

const NONE: readonly string[] = [];

/** Reads a user's bookmarks. A string is one bookmark, not a list of letters. Throws ConfigError for anything else. */
export function toBookmarks(given: Iterable<string> | undefined): readonly string[] {
  if (given === undefined) return NONE;
  const many = typeof given === "object" && given !== null && Symbol.iterator in given;
  const bookmarks: readonly unknown[] = many ? [...given] : [given];
  if (bookmarks.every((bookmark) => typeof bookmark === "string")) return bookmarks;
  throw new ConfigError("bookmarks are a list of strings, as lastBookmarks() gives them");
}

/** Makes a BookmarkManager in memory. Throws ConfigError for unknown options. */
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
      // Usually no other session has written meanwhile, so what was sent is all there is.
      const others = previous === kept ? [] : kept.filter((bookmark) => !previous.includes(bookmark));
      kept = others.length === 0 && next.length === 1 ? [...next] : [...new Set([...others, ...next])];
      return consumer?.(kept);
    },
  };
}
