// The output of one connection: when bytes are written, when rows have to wait because the client does not
// read, and when they have to wait because others need their turn. Knows no messages.
import { Alarm } from "./clock.ts";
import type { Host } from "./host.ts";
import type { ByteDuplex } from "./transport/transport.ts";

/** Where the bytes come from. */
export interface ByteSource {
  readonly queuedBytes: number;
  bytesToSend(): Uint8Array | undefined;
  reuse(sent: Uint8Array): void;
}

/**
 * Records are written in pieces of this size, and each piece ends a turn, since `write()` may never report a
 * backlog. Larger pieces gain nothing on a socket; at four times the size, clients beside four full-speed
 * streams wait four times as long (3.5 instead of 0.8 ms at the median).
 */
const WRITE_BYTES = 64 * 1024;
/** A turn also ends after this time, for rows that are few but slow. */
const SLICE_MS = 5;
/** How many rows pass between looks at the clock: a look costs more than a small row. */
const ROWS_PER_CLOCK = 16;

export class Outflow {
  bytesSent = 0;
  /** Too much waits for the client; nothing is added until it has read. */
  full = false;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  readonly #source: ByteSource;
  readonly #enter: (resume?: () => void) => void;
  readonly #stall: Alarm;
  #stalledAt = 0;
  #waiting: (() => void) | undefined;
  #deferred = false;
  #closed = false;
  #sliceEnd = 0;
  #rows = 0;

  /** `enter` resumes in a new turn of the event loop; `stalled` is called when the client does not read at all. */
  constructor(
    host: Host,
    duplex: ByteDuplex,
    source: ByteSource,
    enter: (resume?: () => void) => void,
    stalled: () => void,
  ) {
    this.#host = host;
    this.#duplex = duplex;
    this.#source = source;
    this.#enter = enter;
    this.#stall = new Alarm(host.clock, () => this.#checkStall() && stalled());
  }

  /** Starts the time slice of a new turn of the event loop. */
  startSlice(): void {
    this.#sliceEnd = this.#host.clock.now() + SLICE_MS;
  }

  /** Whether one more row may be added; if not, `resume` is called later, in a new turn. */
  ready(resume?: () => void): boolean {
    const { clock } = this.#host;
    let over = ++this.#rows % ROWS_PER_CLOCK === 0 && clock.now() > this.#sliceEnd;
    if (this.#source.queuedBytes >= WRITE_BYTES) {
      this.flush(resume !== undefined);
      over = true;
    }
    if (this.full) this.#waiting = resume;
    else if (over) clock.defer(() => this.#enter(resume));
    else return true;
    return false;
  }

  /** Writes what is queued. Only if `more` follows is the memory used again: an idle connection is to hold none. */
  flush(more = false): void {
    if (this.#closed) return;
    const bytes = this.#source.bytesToSend();
    if (bytes) {
      this.bytesSent += bytes.length;
      this.#host.metrics.bytesSent += bytes.length;
      this.#duplex.write(bytes);
      if (more && this.#duplex.copies && this.#duplex.bufferedBytes === 0) this.#source.reuse(bytes);
    }
    const { writeHighWaterBytes, writeTimeoutMs } = this.#host.limits;
    if (this.full || this.#duplex.bufferedBytes <= writeHighWaterBytes) return;
    this.full = true;
    this.#host.metrics.blocked++;
    this.#stalledAt = this.#duplex.bufferedBytes;
    this.#stall.set(writeTimeoutMs);
  }

  /** Writes soon: more may follow within the same turn, and one write for all of it is cheaper. */
  flushSoon(): void {
    if (this.#deferred || this.#source.queuedBytes === 0) return;
    this.#deferred = true;
    this.#host.clock.defer(() => {
      this.#deferred = false;
      this.flush();
    });
  }

  /** The client has read. */
  drained(): void {
    if (!this.full) return;
    this.#release();
    const resume = this.#waiting;
    this.#waiting = undefined;
    this.#enter(resume);
  }

  /** Nothing can be written any more. */
  close(): void {
    this.#closed = true;
    this.#release();
    this.#stall.dispose();
  }

  #release(): void {
    if (this.full) this.#host.metrics.blocked--;
    this.full = false;
    this.#stall.cancel();
  }

  /** Returns whether no byte has left since the last check. If any has, waits again. */
  #checkStall(): boolean {
    const { bufferedBytes } = this.#duplex;
    if (bufferedBytes >= this.#stalledAt) return true;
    this.#stalledAt = bufferedBytes;
    this.#stall.set(this.#host.limits.writeTimeoutMs);
    return false;
  }
}
