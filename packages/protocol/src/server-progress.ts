// Where a client stands with its server: the state, the results that are open, the RESETs that have overtaken what runs.
// Runs on the state table, as the client's picture of the same does (server-model.ts); knows no bytes and no answers.
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

/** Where a request leads that is answered by a FAILURE, whatever the state. */
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

  /** What becomes of a request, which may be unreadable or without a name; undefined for a violation. */
  reaction(name: RequestName | undefined, request: Request | undefined): Reaction | undefined {
    if (!name) return this.isBeforeLogin ? undefined : REFUSED;
    return this.#asksForGoneResult(request) ? REFUSED : stateTable(this.#version)[this.state]?.[name];
  }

  /**
   * In a transaction whose results have all ended: a mistake about a result, as it is where others are still open, and
   * none about the state.
   */
  #asksForGoneResult(request: Request | undefined): boolean {
    if (this.state !== "TX_READY" || (request?.name !== "PULL" && request?.name !== "DISCARD")) return false;
    return this.#version.atLeast(4) && ((request.qid ?? -1) >= 0 || this.results.next > 0);
  }

  /** A login is never jumped over: a RESET behind it keeps its place, and leads nowhere without one. */
  mayInterrupt({ name }: Request): boolean {
    return !this.isBeforeLogin && name !== "LOGOFF" && name !== "RESET";
  }

  /** A RESET has overtaken what runs. Whether it is the first. */
  interrupt(): boolean {
    this.state = "INTERRUPTED";
    return this.#resets++ === 0;
  }

  /** It is the turn of a RESET that had overtaken something. Whether others have done so since: they answer for it. */
  isOvertaken(): boolean {
    return --this.#resets > 0;
  }

  /** After SUCCESS, with `more` to be had: with results still open a transaction stays in TX_STREAMING. */
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

  /** A request was answered. An interrupted one may still have succeeded; the RESET behind it decides the state. */
  finish(answered: Request | undefined, next: State): void {
    if (this.#resets === 0 || answered?.name === "RESET") this.state = next;
  }
}
