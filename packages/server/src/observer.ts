// The program's observer of the messages of one connection. It only listens, so that what it throws, now or later, is
// told to the operator and harms no client.
import type { Host } from "./host.ts";
import { attempt, type MessageObserver } from "./types.ts";

/** The protocol's observer for a connection; undefined where there is none. */
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
