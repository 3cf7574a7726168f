// Finds messages in a stream of chunks at the least possible cost: reads no values, and keeps payload only as far as the
// caller asks. Knows chunk headers.

/** Called with the bytes of one message, from its marker on; they are valid only during the call. */
export type OnMessage = (bytes: Uint8Array, start: number, end: number) => void;

export class Scanner {
  readonly #onMessage: OnMessage;
  readonly #keep: number;
  #own: Uint8Array;
  #length = 0;
  #left = 0;
  #high = -1;
  #open = false;

  /** @param keep how many bytes of each message `onMessage` needs; Infinity for all */
  constructor(keep: number, onMessage: OnMessage) {
    this.#keep = keep;
    this.#onMessage = onMessage;
    this.#own = new Uint8Array(Math.min(keep, 4096));
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    const end = bytes.length;
    while (at < end) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, end - at);
        this.#collect(bytes, at, count);
        at += count;
        this.#left -= count;
        continue;
      }
      if (!this.#open && this.#high < 0) {
        // Most messages are here completely, in one chunk.
        at = this.#whole(bytes, at, end);
        if (at >= end) return;
      }
      if (this.#high < 0) {
        this.#high = bytes[at++]!;
        continue;
      }
      const size = (this.#high << 8) | bytes[at++]!;
      this.#high = -1;
      if (size > 0) {
        this.#open = true;
        this.#left = size;
      } else if (this.#open) {
        const length = this.#length;
        this.#open = false;
        this.#length = 0;
        this.#onMessage(this.#own, 0, length);
      }
    }
  }

  #whole(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at + 4 <= end) {
      const size = (bytes[at]! << 8) | bytes[at + 1]!;
      const next = at + 2 + size;
      if (size === 0 || next + 2 > end || bytes[next] !== 0 || bytes[next + 1] !== 0) break;
      this.#onMessage(bytes, at + 2, next);
      at = next + 2;
    }
    return at;
  }

  #collect(bytes: Uint8Array, at: number, count: number): void {
    const wanted = Math.min(count, this.#keep - this.#length);
    if (wanted <= 0) return;
    const need = this.#length + wanted;
    if (need > this.#own.length) {
      const grown = new Uint8Array(2 * need);
      grown.set(this.#own.subarray(0, this.#length));
      this.#own = grown;
    }
    if (wanted <= 4) for (let i = 0; i < wanted; i++) this.#own[this.#length + i] = bytes[at + i]!;
    else this.#own.set(bytes.subarray(at, at + wanted), this.#length);
    this.#length = need;
  }
}
