// Requests about sessions, managed transactions included: TestKit is the work function, played over several
// requests. RetryableTry calls it, RetryablePositive and RetryableNegative are its return and its throw.
import type { ManagedTransaction, Session, SessionConfig, TransactionConfig } from "@bolt/client";
import { answer, type Context, type Data, type Handler, type Handlers, given } from "../context.ts";
import { notificationsOf } from "../driver-config.ts";
import { FrontendFailure, KeptError } from "../errors.ts";
import { readToken } from "../tokens.ts";
import { toParameters } from "../values.ts";
import { KeptBookmarkManager } from "./bookmark-managers.ts";
import { KeptDriver } from "./drivers.ts";
import { started } from "./results.ts";
import { KeptTransaction } from "./transactions.ts";

/** A session, stored by id. */
export class KeptSession {
  readonly session: Session;
  /** Settles the work function that TestKit is playing. */
  work: { done(): void; threw(error: unknown): void } | undefined;

  constructor(session: Session) {
    this.session = session;
  }
}

const sessionOf = ({ sessionId }: Data, context: Context): KeptSession => context.get(sessionId, KeptSession);

function transactionConfig({ txMeta, timeout }: Data): TransactionConfig {
  return given<TransactionConfig>({
    metadata: txMeta ? toParameters(txMeta) : undefined,
    timeoutMs: timeout as number | null,
  });
}

const managed =
  (mode: "executeRead" | "executeWrite"): Handler =>
  async (data, context) => {
    const kept = sessionOf(data, context);
    const play = async (tx: ManagedTransaction): Promise<void> => {
      const id = context.keep(new KeptTransaction(tx));
      const played = new Promise<void>((done, threw) => (kept.work = { done, threw }));
      context.send(answer("RetryableTry", { id }));
      await played;
    };
    await kept.session[mode](play, transactionConfig(data));
    return answer("RetryableDone");
  };

export const sessions: Handlers = {
  NewSession: (data, context) => {
    const { driver } = context.get(data["driverId"], KeptDriver);
    const { bookmarkManagerId, authorizationToken } = data;
    const config = given<SessionConfig>({
      mode: data["accessMode"] === "r" ? "read" : "write",
      bookmarks: data["bookmarks"] as string[] | null,
      database: data["database"] as string | null,
      fetchSize: data["fetchSize"] as number | null,
      impersonatedUser: data["impersonatedUser"] as string | null,
      bookmarkManager: bookmarkManagerId
        ? context.get(bookmarkManagerId, KeptBookmarkManager).manager
        : undefined,
      auth: authorizationToken ? readToken(authorizationToken) : undefined,
      notifications: notificationsOf(data),
      eagerBegin: true,
    });
    return answer("Session", { id: context.keep(new KeptSession(driver.session(config))) });
  },

  SessionClose: async (data, context) => {
    await sessionOf(data, context).session.close();
    return answer("Session", { id: data["sessionId"] });
  },

  SessionRun: (data, context) => {
    const { session } = sessionOf(data, context);
    const { cypher, params } = data;
    const result = session.run(cypher as string, toParameters(params), transactionConfig(data));
    return started(result, context);
  },

  SessionBeginTransaction: async (data, context) => {
    const tx = await sessionOf(data, context).session.beginTransaction(transactionConfig(data));
    return answer("Transaction", { id: context.keep(new KeptTransaction(tx)) });
  },

  SessionReadTransaction: managed("executeRead"),

  SessionWriteTransaction: managed("executeWrite"),

  RetryablePositive: (data, context) => {
    sessionOf(data, context).work?.done();
    return undefined;
  },

  RetryableNegative: (data, context) => {
    const { errorId } = data;
    const error = errorId
      ? context.get(errorId, KeptError).error
      : new FrontendFailure("the test's work function threw");
    sessionOf(data, context).work?.threw(error);
    return undefined;
  },

  SessionLastBookmarks: (data, context) =>
    answer("Bookmarks", { bookmarks: sessionOf(data, context).session.lastBookmarks() }),
};
