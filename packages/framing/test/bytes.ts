// Hex in and out, and every way that the tests cut a byte stream.

export function fromHex(hex: string): Uint8Array {
  const digits = hex.replaceAll(/\s+/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

export function toHex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Cuts at each of the given offsets. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const ends = [...offsets.filter((at) => at <= bytes.length), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, i) => bytes.slice(ends[i - 1] ?? 0, end));
}

/** Whole, byte by byte, and in two pieces at each offset (an empty piece included). */
export function cuts(bytes: Uint8Array): { name: string; pieces: Uint8Array[] }[] {
  const single = Array.from(bytes, (_, i) => i);
  return [
    { name: "whole", pieces: [bytes.slice()] },
    { name: "byte by byte", pieces: cutAt(bytes, single) },
    ...single.map((at) => ({ name: `cut at ${at}`, pieces: cutAt(bytes, [at]) })),
  ];
}

/** Hands out pieces as a socket with one receive buffer does: every piece overwrites the one before. */
export function* throughOneBuffer(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)));
  for (const piece of pieces) {
    buffer.fill(0xee);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
  buffer.fill(0xee);
}

/** The payload in chunks of at most `size` bytes, with chunk headers and the end marker. */
export function chunked(payload: Uint8Array, size = 0xffff): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < payload.length; from += size) {
    const part = payload.subarray(from, from + size);
    parts.push(Uint8Array.of(part.length >> 8, part.length & 0xff), part);
  }
  return concat(...parts, Uint8Array.of(0, 0));
}

/** A small random number generator with a seed (mulberry32): the same numbers on every machine. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
