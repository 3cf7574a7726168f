// The user's observer of the messages of one connection. It only listens: what it throws, now or later, is logged and
// affects no client.
import type { MessageObserver } from "@bolt/protocol";
import type { Host } from "./host.ts";
import { attempt } from "./maybe-promise.ts";

/** The observer for a connection; undefined when the options have none. */
export function observe({ observer, logger }: Host, connection: string): MessageObserver | undefined {
  const safely = (call: () => unknown): void =>
    void attempt(call, (error) => logger.error("an observer has failed", { connection, error }));
  let own: MessageObserver | undefined;
  safely(() => (own = typeof observer === "function" ? observer(connection) : observer));
  return (
    own && {
      sent: (message) => safely(() => own!.sent?.(message)),
      received: (message) => safely(() => own!.received?.(message)),
    }
  );
}
