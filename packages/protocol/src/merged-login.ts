// Before 5.1 the token travels inside HELLO. Callers use HELLO and LOGON on every version: here HELLO waits for LOGON,
// and the one answer to both becomes two.
import type { ResponseReceived } from "./events.ts";
import type { Hello, Logon, Request } from "./requests.ts";
import { Ignored, type Metadata, Success } from "./responses.ts";
import type { RequestName } from "./server-state.ts";

export class MergedLogin {
  /** The HELLO that waits for its token. */
  held: Hello | undefined;
  /** The LOGON that was sent inside HELLO, until that is answered. */
  #logon: Logon | undefined;

  /** LOGONs whose answer is awaited: 0 or 1. */
  get pending(): number {
    return this.#logon ? 1 : 0;
  }

  /** The message that the verb sends now; undefined where it has to wait for LOGON. */
  messageOf(request: RequestName): RequestName | undefined {
    if (!this.held || request === "GOODBYE") return request;
    return request === "LOGON" ? "HELLO" : undefined;
  }

  /** The merged HELLO was sent. */
  sent(logon: Logon): void {
    this.held = undefined;
    this.#logon = logon;
  }

  /** HELLO was answered. Returns the answer to the LOGON inside it, if there is one. */
  answered(metadata: Metadata | undefined): ResponseReceived | undefined {
    const request = this.#logon;
    if (!request) return undefined;
    this.#logon = undefined;
    const expired = metadata?.credentialsExpired ? { credentialsExpired: true } : {};
    return { type: "ResponseReceived", request, response: metadata ? new Success(expired) : new Ignored() };
  }

  /** The requests that await an answer, with LOGON after its HELLO, which is the first of all. */
  insertInto(pending: readonly Request[]): Request[] {
    return this.#logon ? pending.toSpliced(1, 0, this.#logon) : [...pending];
  }
}
