// The observer that the user gave, or makes, for one connection. It only listens: what it throws affects no query.
import type { MessageObserver } from "@bolt/protocol";
import { guarded } from "./guarded.ts";

/**
 * `{ observer }` of a driver: sees the messages of every connection, or is called with the `host:port` of its server to
 * make an observer for each. Called synchronously, which slows everything down. Secrets are replaced by stars.
 */
export type Observer = MessageObserver | ((server: string) => MessageObserver | undefined);

/** The observer for a connection. */
export function observe(observer: Observer, server: string): MessageObserver {
  let own: MessageObserver | undefined;
  guarded(() => (own = typeof observer === "function" ? observer(server) : observer))();
  return {
    sent: guarded((message) => own?.sent?.(message)),
    received: guarded((message) => own?.received?.(message)),
  };
}
