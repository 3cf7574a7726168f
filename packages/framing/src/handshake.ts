/**
 * What both sides of the handshake share: bytes in, bytes out and the outcome; words, the manifest marker, varints, and
 * how other protocols look. Knows no role. Spec: bolt handshake, handshake manifest v1.
 */
import { grow, requireBytes } from "./bytes.ts";
import { HandshakeError, type HandshakeReason } from "./errors.ts";
import { type BoltVersion, toRanges, VersionRange } from "./version.ts";

/** First bytes of every Bolt connection. */
export const MAGIC: readonly number[] = [0x60, 0x60, 0xb0, 0x17];

/** The proposal `00 00 01 FF`: "tell me your versions". It has the form of a version, 255.1. */
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

/** One handshake, once, in the same words as everywhere. The two roles add what they read and write. */
export abstract class Handshake {
  /** Whether the versions were exchanged in a manifest; HELLO's SUCCESS then has `protocol_version`. */
  manifest = false;

  /** Received and not used yet. */
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

  /** Looks at the whole input: the version, or undefined = needs more bytes. Throws HandshakeError. */
  protected abstract read(): BoltVersion | undefined;

  /** What has to be written now, once, in one piece; undefined when nothing. After an error too: write it, then close. */
  bytesToSend(): Uint8Array | undefined {
    if (!this.output.length) return undefined;
    const bytes = Uint8Array.from(this.output);
    this.output = [];
    return bytes;
  }

  /** Takes bytes in any pieces; they are copied, and dropped after an error. Throws TypeError for anything else. */
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

  /** The peer is done: without a version so far that is an error, thrown by `nextEvent()`. */
  receiveEof(): void {
    this.#outcome ??= this.error("closed", `the ${this.#peer} closed the connection`);
  }

  /**
   * The negotiated version, once; undefined = needs more bytes.
   * @throws HandshakeError, the same at every call
   */
  nextEvent(): BoltVersion | undefined {
    if (this.#outcome instanceof HandshakeError) throw this.#outcome;
    if (this.#told) return undefined;
    this.#told = this.#outcome !== undefined;
    return this.#outcome;
  }

  /**
   * Bytes behind the handshake, once: the first messages. After a HandshakeError all bytes that were not understood, for
   * whoever speaks that protocol. Undefined when there are none, and during the handshake.
   */
  takeTrailing(): Uint8Array | undefined {
    const { input } = this;
    if (!this.#outcome || !input.length) return undefined;
    this.input = EMPTY;
    return input;
  }

  /** The word at `at`. The reserved byte has no meaning. */
  protected wordAt(at: number): VersionRange {
    const { input } = this;
    return new VersionRange(input[at + 3]!, input[at + 2]!, input[at + 1]);
  }

  /**
   * An unsigned varint: seven bits per byte, the lowest first, bit 7 = more follow; 64 bits at most. Its value (the nearest
   * double above 2^53) and the offset behind it; undefined when bytes are missing. Spec: handshake manifest v1.
   */
  protected varintAt(at: number, limit: number): [value: number, next: number] | undefined {
    let value = 0;
    for (let i = 0; at + i < this.input.length; i++) {
      const byte = this.input[at + i]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (value > limit || (i > 8 && byte > 1))
        throw this.error("manifest", "a manifest with a length or capabilities too large");
      if (byte < 0x80) return [value, at + i + 1];
    }
    return undefined;
  }

  /** The handshake is over with this version, after so many bytes. */
  protected agree(version: BoltVersion, used: number): BoltVersion {
    this.input = this.input.slice(used);
    return version;
  }

  /** Bytes of HTTP and TLS are called so, whatever they were read as. */
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
