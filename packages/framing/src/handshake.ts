// What both sides of the handshake share: bytes in, bytes out and the outcome; words, the manifest marker, varints, and
// recognising other protocols. Knows no role. Spec: bolt handshake, handshake manifest v1.
import { grow, requireBytes } from "./bytes.ts";
import { HandshakeError, type HandshakeReason } from "./errors.ts";
import { type BoltVersion, toRanges, VersionRange } from "./version.ts";

/** The first bytes of every Bolt connection. */
export const MAGIC: readonly number[] = [0x60, 0x60, 0xb0, 0x17];

/** The proposal `00 00 01 FF`, "tell me your versions". It looks like version 255.1. */
export const MANIFEST: VersionRange = /* @__PURE__ */ new VersionRange(0xff, 1);

/** The word `00 00 00 00`: no version. */
export const NONE: VersionRange = /* @__PURE__ */ new VersionRange(0, 0);

const EMPTY = new Uint8Array(0);

/** The bytes of a word: `[reserved] [range] [minor] [major]`. */
export function word({
  range = 0,
  minor,
  major,
}: {
  range?: number;
  minor: number;
  major: number;
}): number[] {
  return [0, range, minor, major];
}

/** One handshake; not reusable. The two roles add what they read and write. */
export abstract class Handshake {
  /** Whether the versions were exchanged in a manifest; HELLO's SUCCESS then has `protocol_version`. */
  manifest = false;

  /** Bytes received and not used yet. */
  protected input: Uint8Array = EMPTY;
  protected output: number[] = [];
  /** Our own versions. */
  protected readonly offered: readonly BoltVersion[];
  readonly #peer: "client" | "server";
  #outcome: BoltVersion | HandshakeError | undefined;
  #told = false;

  constructor(offered: readonly BoltVersion[], peer: "client" | "server") {
    this.offered = offered;
    this.#peer = peer;
  }

  /** Parses the whole input: returns the version, or undefined if it needs more bytes. Throws HandshakeError. */
  protected abstract read(): BoltVersion | undefined;

  /** The bytes to write now, in one piece and only once; undefined if none. After an error, write them, then close. */
  bytesToSend(): Uint8Array | undefined {
    if (!this.output.length) return undefined;
    const bytes = Uint8Array.from(this.output);
    this.output = [];
    return bytes;
  }

  /** Takes bytes in any pieces; copies them, or drops them after an error. Throws TypeError for anything else. */
  receive(bytes: Uint8Array): void {
    requireBytes(bytes);
    if (this.#outcome instanceof HandshakeError) return;
    const { input } = this;
    this.input = grow(input, input.length + bytes.length);
    this.input.set(bytes, input.length);
    try {
      this.#outcome ??= this.read();
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      this.#outcome = error;
    }
  }

  /** The peer has closed. If no version has been agreed on, `nextEvent()` throws an error from now on. */
  receiveEof(): void {
    this.#outcome ??= this.error("closed", `the ${this.#peer} closed the connection`);
  }

  /**
   * Returns the negotiated version once; undefined before (more bytes are needed) and after that.
   * @throws HandshakeError, the same one at every call
   */
  nextEvent(): BoltVersion | undefined {
    if (this.#outcome instanceof HandshakeError) throw this.#outcome;
    if (this.#told) return undefined;
    this.#told = this.#outcome !== undefined;
    return this.#outcome;
  }

  /**
   * Returns the bytes after the handshake, the first messages, and forgets them. After a HandshakeError: all bytes that
   * were not understood, for a reader of that other protocol. Undefined if there are none, and during the handshake.
   */
  takeTrailing(): Uint8Array | undefined {
    const { input } = this;
    if (!this.#outcome || !input.length) return undefined;
    this.input = EMPTY;
    return input;
  }

  /** The word at `at`; ignores its reserved byte. */
  protected wordAt(at: number): VersionRange {
    const { input } = this;
    return new VersionRange(input[at + 3]!, input[at + 2]!, input[at + 1]);
  }

  /**
   * Reads an unsigned varint: seven bits per byte, lowest first, bit 7 set if more follow; at most 64 bits. Returns its
   * value (above 2^53 the nearest double) and the offset after it; undefined if bytes are missing.
   * Spec: handshake manifest v1.
   */
  protected varintAt(at: number, limit: number): [value: number, next: number] | undefined {
    let value = 0;
    for (let i = 0; at + i < this.input.length; i++) {
      const byte = this.input[at + i]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (value > limit || (i > 8 && byte > 1))
        throw this.error("manifest", "a length or the capabilities in the manifest are too large");
      if (byte < 0x80) return [value, at + i + 1];
    }
    return undefined;
  }

  /** Ends the handshake with this version. The first `used` bytes of the input belong to it, the rest is trailing. */
  protected agree(version: BoltVersion, used: number): BoltVersion {
    this.input = this.input.slice(used);
    return version;
  }

  /** Makes the error. If the input looks like HTTP or TLS, the error says so instead of giving `reason`. */
  protected error(reason: HandshakeReason, what: string, received?: string): HandshakeError {
    const head = this.input.subarray(0, 20);
    const offered = toRanges(this.offered).map(String);
    const facts = {
      offered,
      received: received ?? Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
    };
    const other = otherProtocol(head);
    if (other) return new HandshakeError(other, `the ${this.#peer} speaks ${other.toUpperCase()}`, facts);
    const tail = `offered ${offered.join(", ")}; received ${facts.received || "nothing"}`;
    return new HandshakeError(reason, `${what}; ${tail}`, facts);
  }
}

function otherProtocol(head: Uint8Array): "http" | "tls" | undefined {
  if (/^(HTTP|GET |HEAD|OPTI|POST|PUT )/.test(String.fromCharCode(...head))) return "http";
  return (head[0]! | 3) === 0x17 && head[1] === 3 ? "tls" : undefined;
}
