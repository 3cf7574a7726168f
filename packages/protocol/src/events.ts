// What the connections tell their callers: facts, as plain objects told apart by `type`.
import type { BoltVersion } from "@bolt/framing";
import type { Pull, Request } from "./requests.ts";
import type { Response } from "./responses.ts";

/** The handshake is done. */
export interface VersionNegotiated {
  readonly type: "VersionNegotiated";
  readonly version: BoltVersion;
}

/** The oldest outstanding request has its summary. */
export interface ResponseReceived {
  readonly type: "ResponseReceived";
  readonly request: Request;
  readonly response: Response;
}

/**
 * All whole RECORDs of one result in what was received: a batch, so that no event is paid for each.
 * A record is what the PULL's row reader made of it, an array of values by default.
 */
export interface RecordReceived {
  readonly type: "RecordReceived";
  readonly request: Pull;
  readonly records: unknown[];
}

/** The peer is gone. The state is DEFUNCT. */
export interface ConnectionLost {
  readonly type: "ConnectionLost";
  /** Requests that will never be answered (client), or the one that is being answered (server). */
  readonly pending: readonly Request[];
  /** Set when it went in the middle of a message. */
  readonly error?: Error;
}

/** The client asks. Answer it with success(), failure() or ignored(); the next one comes after that. */
export interface RequestReceived {
  readonly type: "RequestReceived";
  readonly request: Request;
  /**
   * RUN: the id that its result gets if it succeeds. PULL and DISCARD: the id of the result meant, never -1.
   * Results of auto-commit have id 0.
   */
  readonly qid: number;
}

/** A RESET has come while a request was unanswered: stop what runs and answer that; the RESET is the next request. */
export interface Interrupted {
  readonly type: "Interrupted";
}

/** What `nextEvent()` of a client connection returns. */
export type ClientEvent = VersionNegotiated | ResponseReceived | RecordReceived | ConnectionLost;
/** What `nextEvent()` of a server connection returns. */
export type ServerEvent = VersionNegotiated | RequestReceived | Interrupted | ConnectionLost;
