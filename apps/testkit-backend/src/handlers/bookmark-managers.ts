// Bookmark managers whose supplier and consumer are TestKit's.
import { type BookmarkManager, bookmarkManager, type BookmarkManagerOptions } from "@bolt/client";
import { answer, type Handlers, given } from "../context.ts";

/** A manager, stored by id. */
export class KeptBookmarkManager {
  readonly manager: BookmarkManager;

  constructor(manager: BookmarkManager) {
    this.manager = manager;
  }
}

export const bookmarkManagers: Handlers = {
  NewBookmarkManager: (data, context) => {
    const manager = bookmarkManager(
      given<BookmarkManagerOptions>({
        initial: data["initialBookmarks"] as string[] | null,
        supplier: data["bookmarksSupplierRegistered"]
          ? async () => {
              const asked = await context.ask("BookmarksSupplierRequest", { bookmarkManagerId: id });
              return asked["bookmarks"] as string[];
            }
          : undefined,
        consumer: data["bookmarksConsumerRegistered"]
          ? async (bookmarks) => {
              await context.ask("BookmarksConsumerRequest", { bookmarkManagerId: id, bookmarks });
            }
          : undefined,
      }),
    );
    const id = context.keep(new KeptBookmarkManager(manager));
    return answer("BookmarkManager", { id });
  },

  BookmarkManagerClose: ({ id }, context) => {
    context.forget(id);
    return answer("BookmarkManager", { id });
  },
};
