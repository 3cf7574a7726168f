// Lets users watch every message of every connection: adds the connection to what the protocol reports about
// a message. The protocol has already replaced secrets by asterisks.
import type { MessageObserver, ObservedMessage } from "@bolt/protocol";
import { guarded } from "./guarded.ts";

/** Which connection a message belongs to. */
export interface ObservedConnection {
  /** Counts connections in this process, from 1. */
  readonly id: number;
  /** `host:port` of the server. */
  readonly server: string;
}

/** A message with its bytes, the states before and after it, and its connection. */
export interface WireMessage extends ObservedMessage {
  readonly connection: ObservedConnection;
}

/** `{ observer }` of a driver. Called synchronously for each message, which slows everything down. */
export interface Observer {
  sent?(message: WireMessage): void;
  received?(message: WireMessage): void;
}

let count = 0;

/** The protocol's observer for one connection. */
export function observe(observer: Observer, server: string): MessageObserver {
  const connection: ObservedConnection = { id: ++count, server };
  return {
    sent: guarded((message: ObservedMessage) => observer.sent?.({ ...message, connection })),
    received: guarded((message: ObservedMessage) => observer.received?.({ ...message, connection })),
  };
}
