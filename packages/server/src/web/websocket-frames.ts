// Frames of RFC 6455 as a server reads and writes them. Frame and message boundaries mean nothing to Bolt, so
// payload is handed on as it comes: a frame of any size needs no memory here. Knows no I/O.

// Kinds of frames. Spec: RFC 6455, section 5.2.
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

// Why a WebSocket closes. Spec: RFC 6455, section 7.4.1.
export const NORMAL = 1000;
export const PROTOCOL_ERROR = 1002;
export const NO_TEXT = 1003;

/** Receives what the frames of a client contain. */
export interface FrameHandlers {
  /** Unmasked payload, a part of the receive buffer. */
  data(bytes: Uint8Array): void;
  ping(payload: Uint8Array): void;
  /** The client closes, or has broken the rules: answer with this code, read nothing more. */
  close(code: number): void;
}

const MAX_CONTROL_BYTES = 125;
/** The longest header: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER_BYTES = 14;

/** Reads the frames of a client, in any fragmentation. Spec: RFC 6455, section 5. */
export class FrameReader {
  readonly #handlers: FrameHandlers;
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerBytes = 0;
  #opcode = 0;
  /** Payload bytes of the open frame that are still to come. */
  #left = 0;
  #maskAt = 0;
  #masked = 0;
  /** Payload of the open control frame. */
  #control: number[] = [];
  #inMessage = false;
  #closed = false;

  constructor(handlers: FrameHandlers) {
    this.#handlers = handlers;
  }

  /** The bytes are unmasked in place. */
  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#closed) {
      if (this.#left > 0) at = this.#payload(bytes, at);
      else {
        this.#header[this.#headerBytes++] = bytes[at++]!;
        if (this.#headerBytes === this.#headerSize()) this.#open();
      }
    }
  }

  #headerSize(): number {
    const length = this.#header[1]! & 0x7f;
    const size = 2 + (length === 126 ? 2 : length === 127 ? 8 : 0);
    return this.#header[1]! & 0x80 ? size + 4 : size;
  }

  /** The header is complete. */
  #open(): void {
    const [first, second] = this.#header as unknown as [number, number];
    const view = new DataView(this.#header.buffer);
    const short = second & 0x7f;
    const length = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
    this.#opcode = first & 0x0f;
    this.#maskAt = this.#headerBytes - 4;
    this.#masked = 0;
    this.#headerBytes = 0;
    const code = this.#judge(first, second, length);
    if (code !== undefined) return this.#close(code);
    this.#left = length;
    if (length === 0) this.#end();
  }

  /** The code to close with when the frame breaks the rules. */
  #judge(first: number, second: number, length: number): number | undefined {
    const final = (first & 0x80) !== 0;
    // Reserved bits belong to extensions, and none was agreed on. A client must mask.
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return PROTOCOL_ERROR;
    switch (this.#opcode) {
      case CLOSE:
      case PING:
      case PONG:
        return final && length <= MAX_CONTROL_BYTES ? undefined : PROTOCOL_ERROR;
      case TEXT:
        return NO_TEXT;
      case BINARY:
      case CONTINUATION:
        if (this.#inMessage !== (this.#opcode === CONTINUATION)) return PROTOCOL_ERROR;
        this.#inMessage = !final;
        return Number.isSafeInteger(length) ? undefined : PROTOCOL_ERROR;
      default:
        return PROTOCOL_ERROR;
    }
  }

  #payload(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.#left);
    const mask = this.#header.subarray(this.#maskAt, this.#maskAt + 4);
    let turn = this.#masked;
    for (let at = start; at < end; at++) bytes[at]! ^= mask[turn++ & 3]!;
    this.#masked = turn & 3;
    this.#left -= end - start;
    const part = bytes.subarray(start, end);
    if (this.#opcode <= BINARY) this.#handlers.data(part);
    else this.#control.push(...part);
    if (this.#left === 0) this.#end();
    return end;
  }

  #end(): void {
    if (this.#opcode <= BINARY) return;
    const payload = Uint8Array.from(this.#control);
    this.#control = [];
    if (this.#opcode === PING) this.#handlers.ping(payload);
    else if (this.#opcode === CLOSE) this.#close(closeCode(payload));
  }

  #close(code: number): void {
    this.#closed = true;
    this.#handlers.close(code);
  }
}

/** The code to answer a close frame with: its own, if that may be sent. */
function closeCode(payload: Uint8Array): number {
  if (payload.length === 0) return NORMAL;
  const code = payload.length === 1 ? 0 : (payload[0]! << 8) | payload[1]!;
  const valid =
    (code >= 1000 && code < 1015 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code < 5000);
  return valid ? code : PROTOCOL_ERROR;
}

/** One unmasked frame. */
export function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  // Storing a number as a byte drops its higher bits.
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length]
        : [127, 0, 0, 0, 0, length >> 24, length >> 16, length >> 8, length];
  const bytes = new Uint8Array(1 + size.length + length);
  bytes.set([0x80 | opcode, ...size]);
  bytes.set(payload, 1 + size.length);
  return bytes;
}

/** A close frame with a code and no reason. */
export const closeFrame = (code: number): Uint8Array => frame(CLOSE, Uint8Array.of(code >> 8, code));
