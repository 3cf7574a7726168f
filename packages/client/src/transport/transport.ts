// The one door to the network: what `dial` is given and what it returns. Knows that there are bytes and
// that they can be held back; knows no runtime and no protocol.
import type { Address } from "./address.ts";
import type { TlsSettings } from "./tls.ts";

/**
 * A byte stream in both directions, as a connection uses it. Nothing arrives before `onData` is set, and
 * after `close()` none of the callbacks is called any more.
 */
export interface Duplex {
  /** Takes the bytes over; never throws: what goes wrong is told by `onClose`. */
  write(bytes: Uint8Array): void;
  /** Sends what is written, then closes. Returns at once. */
  close(): void;
  /** Stops reading from the network, so that the sender is slowed down. */
  pause(): void;
  resume(): void;
  /** The bytes are borrowed: they are only good during the call. */
  onData?: ((bytes: Uint8Array) => void) | undefined;
  /** The other side closed (no error) or the stream broke. Called once. */
  onClose?: ((error?: unknown) => void) | undefined;
}

/** What `dial` needs to know besides the address. */
export interface DialOptions {
  /** Wanted encryption; undefined is plain text. */
  readonly tls: TlsSettings | undefined;
  /** The URI said `ws` or `wss`. */
  readonly webSocket: boolean;
  /** Fires when nobody waits for the connection any more: give up and reject. */
  readonly signal: AbortSignal;
  /** The user's DNS: IP addresses of a host name, best first. */
  readonly lookup: ((host: string) => Promise<readonly string[]>) | undefined;
}

/** What a `dial` may return; see `toDuplex`. */
export type DuplexLike = Duplex | NodeStreamLike | WebSocketLike | StreamPair;

/**
 * Opens a byte stream to a server. May return a Duplex, a Node `stream.Duplex` (any socket), a WebSocket, or
 * `{ readable, writable }` of WHATWG streams (Cloudflare sockets, Deno connections, transform pairs).
 */
export type Dial = (address: Address, options: DialOptions) => Promise<DuplexLike> | DuplexLike;

/** As much of a Node `stream.Duplex` as is used. */
export interface NodeStreamLike {
  on(event: string, listener: (argument?: never) => void): unknown;
  write(bytes: Uint8Array): unknown;
  end(): unknown;
  destroy(): unknown;
  destroySoon?(): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** As much of a WebSocket as is used. It may still be connecting. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  // A Uint8Array<ArrayBuffer>, in words that TypeScript before 5.7 has too.
  send(bytes: ReturnType<Uint8ArrayConstructor["of"]>): void;
  close(): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}

/** A pair of WHATWG streams of `Uint8Array`. */
export interface StreamPair {
  readonly readable: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(reason?: unknown): Promise<unknown>;
    };
  };
  readonly writable: {
    getWriter(): { write(bytes: Uint8Array): Promise<unknown>; close(): Promise<unknown> };
  };
}

/** What a Channel does its work with. */
export interface Source {
  write(bytes: Uint8Array): void;
  close(): void;
  pause?(): void;
  resume?(): void;
}

/**
 * The half that all duplexes share: it holds back what arrives before somebody listens or while paused, keeps
 * the order of data and end, and is silent after `close()`.
 */
export class Channel implements Duplex {
  onClose: ((error?: unknown) => void) | undefined;
  readonly #source: Source;
  readonly #held: Uint8Array[] = [];
  #onData: ((bytes: Uint8Array) => void) | undefined;
  #end: { readonly error: unknown } | undefined;
  #paused = false;
  #done = false;

  constructor(source: Source) {
    this.#source = source;
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(callback: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = callback;
    // Not at once: whoever listens sets the other callbacks in the same breath.
    queueMicrotask(() => this.#flush());
  }

  write(bytes: Uint8Array): void {
    if (this.#done || this.#end) return;
    try {
      this.#source.write(bytes);
    } catch (error) {
      // Sources that throw do so before they know of their own end.
      queueMicrotask(() => this.ended(error));
    }
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#held.length = 0;
    this.#source.close();
  }

  pause(): void {
    this.#paused = true;
    this.#source.pause?.();
  }

  resume(): void {
    this.#paused = false;
    this.#flush();
    if (!this.#paused && !this.#done) this.#source.resume?.();
  }

  /** For the source: bytes came in; they may be reused after the call. */
  received(bytes: Uint8Array): void {
    if (this.#done || this.#end) return;
    if (this.#paused || this.#onData === undefined || this.#held.length > 0) {
      // Not slice(): of a Buffer that is a view of the same bytes.
      this.#held.push(new Uint8Array(bytes));
    } else this.#onData(bytes);
  }

  /** For the source: the other side closed, or the stream broke. Later calls count for nothing. */
  ended(error?: unknown): void {
    this.#end ??= { error };
    this.#flush();
  }

  #flush(): void {
    const listener = this.#onData;
    if (listener === undefined) return;
    while (!this.#paused && !this.#done) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      listener(bytes);
    }
    // A broken stream is told even to those who paused: nothing more can come, and they may be waiting.
    if (this.#done || !this.#end || (this.#held.length > 0 && this.#end.error === undefined)) return;
    this.#done = true;
    this.#source.close();
    this.onClose?.(this.#end.error);
  }
}
