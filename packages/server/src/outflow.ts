// The way out of one connection: when bytes are written, when rows have to wait because the client does not
// read, and when they have to wait because others want their turn. Knows no messages.
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
 * Records are written in pieces of this size, and each piece is a turn: `write()` may never say that it is
 * enough. Larger ones gain nothing on a socket; with four times as much the neighbours of four full-speed
 * streams wait four times as long (3.5 against 0.8 ms at the median).
 */
const WRITE_BYTES = 64 * 1024;
/** The same for rows that are few but slow. */
const SLICE_MS = 5;
/** Looking at the clock costs more than a small row. */
const ROWS_PER_CLOCK = 16;

export class Outflow {
  bytesSent = 0;
  /** More waits for the client than it should; nothing is added until it has read. */
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

  /** `enter` goes on in a new turn of the event loop; `stalled`: the client does not read at all. */
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
    this.#stall = new Alarm(host.clock, () => this.#isStalled() && stalled());
  }

  /** A new turn of the event loop, so a new slice of it. */
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

  /** Writes what is queued. With `more` to follow, memory that was written is used again; at rest it would be kept. */
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

  /** Some bytes have left since the last look: that is enough to go on waiting. */
  #isStalled(): boolean {
    const { bufferedBytes } = this.#duplex;
    if (bufferedBytes >= this.#stalledAt) return true;
    this.#stalledAt = bufferedBytes;
    this.#stall.set(this.#host.limits.writeTimeoutMs);
    return false;
  }
}
