// A server's side of the dialogue: its state, the open results, and the RESETs that have overtaken a running request.
// Runs on the state table, as the client's model of it does (server-model.ts); knows no bytes and no answers.
import type { BoltVersion } from "@bolt/framing";
import { type OpenResult, OpenResults } from "./open-results.ts";
import type { Request } from "./requests.ts";
import type { Metadata } from "./responses.ts";
import {
  initialState,
  isBeforeLogin,
  type Reaction,
  type RequestName,
  type State,
  stateTable,
  type Transition,
} from "./server-state.ts";

/** For a request that is answered by a FAILURE, whatever the state. */
const REFUSED: Transition = { success: "FAILED", failure: "FAILED" };

export class ServerProgress {
  state: State = "DISCONNECTED";
  readonly results: OpenResults = new OpenResults();
  #version!: BoltVersion;
  /** RESETs that have arrived and are not answered. */
  #resets = 0;

  /** The handshake is done. */
  begin(version: BoltVersion): void {
    this.#version = version;
    this.state = initialState(version);
  }

  get isBeforeLogin(): boolean {
    return isBeforeLogin(this.state);
  }

  get inTransaction(): boolean {
    return this.state === "TX_READY" || this.state === "TX_STREAMING";
  }

  /** The reaction to a request, which may be unreadable or of unknown name; undefined for a violation. */
  reaction(name: RequestName | undefined, request: Request | undefined): Reaction | undefined {
    if (!name) return this.isBeforeLogin ? undefined : REFUSED;
    return this.#asksForGoneResult(request) ? REFUSED : stateTable(this.#version)[this.state]?.[name];
  }

  /**
   * A PULL or DISCARD in a transaction whose results have all ended: an error about the result, as it would be with
   * others still open, and no violation of the state.
   */
  #asksForGoneResult(request: Request | undefined): boolean {
    if (this.state !== "TX_READY" || (request?.name !== "PULL" && request?.name !== "DISCARD")) return false;
    return this.#version.atLeast(4) && ((request.qid ?? -1) >= 0 || this.results.next > 0);
  }

  /** A RESET overtakes no login, LOGOFF or other RESET: it keeps its place, where it may be a violation. */
  mayInterrupt({ name }: Request): boolean {
    return !this.isBeforeLogin && name !== "LOGOFF" && name !== "RESET";
  }

  /** A RESET has overtaken what runs. Returns whether it is the first. */
  interrupt(): boolean {
    this.state = "INTERRUPTED";
    return this.#resets++ === 0;
  }

  /** A RESET that had overtaken something has its turn. Returns whether another has since: then this one is IGNORED. */
  reachReset(): boolean {
    return --this.#resets > 0;
  }

  /** The state after SUCCESS; `more` if the result goes on. With other results open it stays TX_STREAMING. */
  after({ success, hasMore }: Transition, more: boolean): State {
    return hasMore && (more || this.results.size > 0) ? hasMore : success;
  }

  /** What the SUCCESS of a request opens and closes. */
  succeeded({ name }: Request, result: OpenResult | undefined, { fields, hasMore }: Metadata): void {
    switch (name) {
      case "RUN":
        return this.results.add((fields?.length ?? 0) > 0);
      case "PULL":
      case "DISCARD":
        if (hasMore === true) result!.rows = true;
        else this.results.end(result!);
        return;
      case "BEGIN":
      case "COMMIT":
      case "ROLLBACK":
      case "RESET":
        this.results.clear();
    }
  }

  /** A request was answered. An interrupted one may still have succeeded; the RESET after it decides the state. */
  finish(answered: Request | undefined, next: State): void {
    if (this.#resets === 0 || answered?.name === "RESET") this.state = next;
  }
}
