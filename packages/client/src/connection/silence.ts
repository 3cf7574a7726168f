// Notices that a server has fallen silent, by the limit in its hint. One timer at most, whatever the number of
// queries: when it fires, it looks at the time of the last read. Knows no socket.
// Spec: Bolt message specification, HELLO, hints: connection.recv_timeout_seconds.
import { type Clock, detachTimer } from "../clock.ts";

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #expecting: () => boolean;
  readonly #fellSilent: (afterMs: number) => void;
  #limitMs = 0;
  #heardAt = 0;
  #timer: unknown;

  /** @param expecting whether an answer is awaited now and reading is not paused */
  constructor(clock: Clock, expecting: () => boolean, fellSilent: (afterMs: number) => void) {
    this.#clock = clock;
    this.#expecting = expecting;
    this.#fellSilent = fellSilent;
  }

  /** In seconds; undefined or 0 for no limit. */
  set limitSeconds(seconds: number | undefined) {
    this.#limitMs = (seconds ?? 0) * 1000;
  }

  /** Notes that bytes arrived. */
  heard(): void {
    if (this.#limitMs > 0) this.#heardAt = this.#clock.now();
  }

  /** Starts the limit: an answer is awaited from now on. */
  start(): void {
    if (this.#limitMs === 0) return;
    this.#heardAt = this.#clock.now();
    if (this.#timer === undefined) this.#set(this.#limitMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#limitMs = 0;
  }

  #set(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#limitMs === 0 || !this.#expecting()) return;
      const left = this.#limitMs - (this.#clock.now() - this.#heardAt);
      if (left > 0) this.#set(left);
      else this.#fellSilent(this.#limitMs);
    }, delayMs);
    detachTimer(this.#timer);
  }
}
