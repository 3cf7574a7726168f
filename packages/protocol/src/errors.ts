// The two ways in which the rules of the protocol are broken: by this side, or by the other.
import { BoltError } from "@bolt/framing";
import type { State } from "./server-state.ts";

/**
 * You broke the rules: the verb is not allowed in this state or version, or its argument has no form on
 * the wire. Nothing was sent and nothing has changed; fix the call.
 */
export class LocalProtocolError extends BoltError {
  /** The state in which the verb was called. */
  readonly state: State;
  /** The message that was refused, by its name in the specification. */
  readonly request: string;

  constructor(message: string, state: State, request: string, options?: { cause?: unknown }) {
    super("LOCAL_PROTOCOL_ERROR", message, options);
    this.name = "LocalProtocolError";
    this.state = state;
    this.request = request;
  }
}

/** The peer broke the rules. The connection is DEFUNCT: send what is queued, then close it. */
export class RemoteProtocolError extends BoltError {
  /** The state in which the peer's bytes were read. */
  readonly state: State;
  /** What came, in words. */
  readonly received: string;
  /** `host:port` of the server, when a driver reports it. */
  declare readonly server?: string | undefined;

  constructor(message: string, state: State, received: string, options?: { cause?: unknown }) {
    super("REMOTE_PROTOCOL_ERROR", message, options);
    this.name = "RemoteProtocolError";
    this.state = state;
    this.received = received;
  }
}
