// The only way to the network: what `dial` receives and what it returns. Knows bytes and how to hold them
// back; knows no runtime and no protocol.
import type { Address } from "./address.ts";
import type { TlsSettings } from "./tls.ts";

/**
 * A byte stream in both directions, as a connection uses it. Nothing arrives before `onData` is set, and no
 * callback is called after `close()`.
 */
export interface Duplex {
  /** Takes ownership of the bytes. Never throws: failures go to `onClose`. */
  write(bytes: Uint8Array): void;
  /** Sends everything written, then closes. Returns at once. */
  close(): void;
  /** Stops reading from the network, so that the sender is slowed down. */
  pause(): void;
  resume(): void;
  /** The bytes are borrowed: they are only valid during the call. */
  onData?: ((bytes: Uint8Array) => void) | undefined;
  /** The other side closed (no error) or the stream broke. Called once. */
  onClose?: ((error?: unknown) => void) | undefined;
}

/** What `dial` receives besides the address. */
export interface DialOptions {
  /** The encryption to use; undefined is plain text. */
  readonly tls: TlsSettings | undefined;
  /** The scheme of the URI is `ws` or `wss`. */
  readonly webSocket: boolean;
  /** Fires when the connection is no longer wanted: give up and reject. */
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

/** The part of a Node `stream.Duplex` that is used. */
export interface NodeStreamLike {
  on(event: string, listener: (argument?: never) => void): unknown;
  write(bytes: Uint8Array): unknown;
  end(): unknown;
  destroy(): unknown;
  destroySoon?(): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The part of a WebSocket that is used. It may still be connecting. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  // Uint8Array<ArrayBuffer>, spelled so that TypeScript before 5.7 reads it too.
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

/** The byte stream that a Channel wraps. */
export interface Source {
  write(bytes: Uint8Array): void;
  close(): void;
  pause?(): void;
  resume?(): void;
}

/**
 * The part that all duplexes share: it holds back what arrives while paused or before a listener is set, keeps
 * data and end in order, and is silent after `close()`.
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
    // Not at once: the caller sets its other callbacks in the same step.
    queueMicrotask(() => this.#flush());
  }

  write(bytes: Uint8Array): void {
    if (this.#done || this.#end) return;
    try {
      this.#source.write(bytes);
    } catch (error) {
      // A source may throw before it has noticed its own end.
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
      // Not slice(): on a Buffer that returns a view of the same bytes.
      this.#held.push(new Uint8Array(bytes));
    } else this.#onData(bytes);
  }

  /** For the source: the other side closed, or the stream broke. Later calls are ignored. */
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
    // A broken stream is reported even while paused: nothing more can come, and the listener may be waiting.
    if (this.#done || !this.#end || (this.#held.length > 0 && this.#end.error === undefined)) return;
    this.#done = true;
    this.#source.close();
    this.onClose?.(this.#end.error);
  }
}
