// What a client knows about its server: the state that the replies have confirmed, and the states in which the
// server may be once everything on the way has succeeded. Runs on the state table; knows no bytes.
import type { BoltVersion } from "@bolt/framing";
import { Fifo } from "./fifo.ts";
import type { Request } from "./requests.ts";
import {
  initialState,
  isBeforeLogin,
  type Reaction,
  type RequestName,
  type State,
  type StateTable,
  stateTable,
  type Transition,
} from "./server-state.ts";

/** How a request ended. */
export type Ending = "success" | "hasMore" | "failure" | "ignored";

/** Open results: `sure` ones, and ones of which a batch was asked for, so that they may have ended. */
interface Open {
  sure: number;
  maybe: number;
}

const streams = (request: Request): request is Extract<Request, { name: "PULL" | "DISCARD" }> =>
  request.name === "PULL" || request.name === "DISCARD";

export class ServerModel {
  /** Confirmed by the replies read so far. */
  state: State = "DISCONNECTED";
  /** Requests whose reply is awaited, in order. */
  readonly outstanding: Fifo<Request> = new Fifo();
  #table!: StateTable;
  #open: Open = { sure: 0, maybe: 0 };
  // Where the outstanding requests lead if they succeed: mostly one state, two after a PULL of a batch.
  #ahead: State[] = [];
  #openAhead: Open = { sure: 0, maybe: 0 };
  /** A reply has changed where they lead. Recomputed only when needed: thousands may be on the way. */
  #stale = false;
  #resets = 0;

  /** The handshake is done. */
  begin(version: BoltVersion): void {
    this.state = initialState(version);
    this.#table = stateTable(version);
    this.#ahead = [this.state];
  }

  /** The first of the states ahead in which the request would break the rules; undefined when it may be sent. */
  forbiddenIn(request: RequestName): State | undefined {
    if (this.#stale) this.#lookAhead();
    for (const state of this.#ahead) {
      const reaction = this.#table[state]?.[request];
      if (reaction === undefined || reaction === "TOLERATED") return state;
    }
    return undefined;
  }

  /** The request is on its way. */
  sent(request: Request): void {
    if (this.#stale) this.#lookAhead();
    this.outstanding.push(request);
    if (request.name === "RESET") this.#resets++;
    this.#advance(request);
  }

  /** GOODBYE was sent: nothing more may be. */
  close(): void {
    this.state = "DEFUNCT";
    this.#ahead = ["DEFUNCT"];
    this.#stale = false;
  }

  /** The summary of the oldest outstanding request has come. */
  ended(request: Request, ending: Ending): void {
    if (request.name === "RESET") this.#resets--;
    const before = this.state;
    const reaction = this.#table[before]?.[request.name];
    this.state = this.#confirm(request, reaction, ending);
    // Most summaries only confirm what was expected. These change where the rest leads.
    const batch = streams(request) && (request.n !== -1 || ending === "hasMore");
    const decides = request.name === "RESET" || batch || ending === "failure";
    if (decides || (ending === "ignored" && this.state !== before)) this.#stale = true;
  }

  #lookAhead(): void {
    this.#stale = false;
    this.#ahead = [this.state];
    this.#openAhead = { ...this.#open };
    if (this.outstanding.length > 0) for (const waiting of this.outstanding.toArray()) this.#advance(waiting);
  }

  #confirm(request: Request, reaction: Reaction | undefined, ending: Ending): State {
    if (ending === "ignored") {
      // Without a failure before it, only a RESET on its way explains this answer.
      const known = this.state === "FAILED" || isBeforeLogin(this.state) || this.#resets === 0;
      return known ? this.state : "INTERRUPTED";
    }
    if (ending === "failure") {
      this.#open = { sure: 0, maybe: 0 };
      if (typeof reaction === "object") return reaction.failure;
      return this.state === "INTERRUPTED" ? this.state : "FAILED";
    }
    if (typeof reaction !== "object") return this.state;
    if (ending === "hasMore") return reaction.hasMore ?? this.state;
    count(this.#open, request, true);
    return reaction.hasMore && this.#open.sure > 0 ? reaction.hasMore : reaction.success;
  }

  /** Advances the states ahead by one more request, assuming that it succeeds. */
  #advance(request: Request): void {
    const [only] = this.#ahead;
    if (this.#ahead.length === 1) {
      const reaction = this.#table[only!]?.[request.name];
      if (typeof reaction !== "object") return;
      count(this.#openAhead, request, false);
      this.#ahead = ends(reaction, this.#openAhead);
      return;
    }
    const next: State[] = [];
    let counted = false;
    for (const state of this.#ahead) {
      const reaction = this.#table[state]?.[request.name];
      if (typeof reaction !== "object") {
        if (!next.includes(state)) next.push(state);
        continue;
      }
      if (!counted) count(this.#openAhead, request, false);
      counted = true;
      for (const end of ends(reaction, this.#openAhead)) if (!next.includes(end)) next.push(end);
    }
    this.#ahead = next;
  }
}

/** Counts the results that are open after a request. A batch that was only asked for may or may not end one. */
function count(open: Open, request: Request, ended: boolean): void {
  if (request.name === "RUN") open.sure++;
  else if (!streams(request)) open.sure = open.maybe = 0;
  else {
    if (open.sure > 0) open.sure--;
    else if (open.maybe > 0) open.maybe--;
    if (request.n !== -1 && !ended) open.maybe++;
  }
}

/** Where a transition may lead: a result that may still be open keeps the streaming state possible. */
function ends({ success, hasMore }: Transition, open: Open): State[] {
  if (!hasMore || open.sure + open.maybe === 0) return [success];
  return open.sure > 0 ? [hasMore] : [hasMore, success];
}
