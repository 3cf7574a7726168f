// What the connections report to their callers: facts, as plain objects distinguished by `type`.
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
 * All complete RECORDs of one result in what was received: a batch, so that not every record costs an event.
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
  /** Set when the peer went in the middle of a message. */
  readonly error?: Error;
}

/** The client's next request. Answer it with success(), failure() or ignored(); only then does the next one come. */
export interface RequestReceived {
  readonly type: "RequestReceived";
  readonly request: Request;
  /**
   * RUN: the id that its result gets if it succeeds. PULL and DISCARD: the id of the result, never -1.
   * Results of auto-commit have id 0.
   */
  readonly qid: number;
}

/** A RESET has come while a request is unanswered: stop the work and answer that request; the RESET comes next. */
export interface Interrupted {
  readonly type: "Interrupted";
}

/** What `nextEvent()` of a client connection returns. */
export type ClientEvent = VersionNegotiated | ResponseReceived | RecordReceived | ConnectionLost;
/** What `nextEvent()` of a server connection returns. */
export type ServerEvent = VersionNegotiated | RequestReceived | Interrupted | ConnectionLost;
