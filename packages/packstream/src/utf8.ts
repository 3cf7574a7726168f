/**
 * Text <-> UTF-8 bytes, strict both ways: nothing replaced, a leading U+FEFF kept. Knows the platform's coders;
 * must not know markers or cursors. Everything here is feature-detected, nothing is Node's alone.
 */

declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => {
  encodeInto(text: string, target: Uint8Array): { written: number };
};

/** What Node's (Bun's, Deno's) `Buffer.prototype` offers; the methods work on any `Uint8Array`. */
interface NativeText {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, start: number, room: number): number;
}

const character = String.fromCharCode;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const native = detectNative();

/** One character per byte, or `undefined` where the platform has no fast way. */
export const latin1: ((bytes: Uint8Array, start: number, end: number) => string) | undefined =
  native && ((bytes, start, end) => native.latin1Slice.call(bytes, start, end));

/** Text of the bytes from `start` to `end`; `undefined` when they are not UTF-8, or too many for a string. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    if (native !== undefined) {
      const text = native.utf8Slice.call(bytes, start, end);
      // The native decoder replaces what is broken: only text with U+FFFD in it can have been, and is looked at again.
      if (!text.includes("\uFFFD")) return text;
    }
    // A copy, because decoders refuse shared memory.
    return decoder.decode(new Uint8Array(bytes.subarray(start, end)));
  } catch {
    return undefined;
  }
}

/** Characters for up to 15 ASCII bytes, where a call of a decoder costs more than the work. */
export function decodeAscii(bytes: Uint8Array, start: number, count: number): string {
  let text = "";
  let i = start;
  for (const end = start + count; i < end - 3;) {
    text += character(bytes[i++]!, bytes[i++]!, bytes[i++]!, bytes[i++]!);
  }
  if (count & 2) text += character(bytes[i++]!, bytes[i++]!);
  if (count & 1) text += character(bytes[i]!);
  return text;
}

/** Writes `text` at `at` and returns the number of bytes; `room` bytes are free there, three per UTF-16 unit. */
export function encodeUtf8Into(text: string, target: Uint8Array, at: number, room: number): number {
  return native === undefined
    ? encoder.encodeInto(text, target.subarray(at)).written
    : native.utf8Write.call(target, text, at, room);
}

/** Whether `text` has a UTF-8 form: no surrogate without its other half. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function detectNative(): NativeText | undefined {
  const prototype = (globalThis as { Buffer?: { prototype: Partial<NativeText> } }).Buffer?.prototype;
  try {
    // It must work on any Uint8Array, keep U+FEFF, and mark what is broken.
    const text = prototype?.utf8Slice?.call(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff), 0, 4);
    const whole = text === "\uFEFF\uFFFD" && prototype?.latin1Slice && prototype.utf8Write;
    return whole ? (prototype as NativeText) : undefined;
  } catch {
    return undefined;
  }
}
