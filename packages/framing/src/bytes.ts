/** What a buffer is, and the one way it grows here. Knows nothing of what is in it. */

/** A new array of `size` bytes that begins with `bytes`. */
export function grow(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size);
  grown.set(bytes);
  return grown;
}

/**
 * Throws TypeError for anything else. WebSockets hand over an `ArrayBuffer` in a field of type `any`: it has no `length`,
 * would count as nothing received, and the connection would wait for ever; a `DataView` as well.
 */
export function requireBytes(bytes: Uint8Array): void {
  // By name: an array of another realm, as in test runners and iframes, is one too.
  if ((bytes as Uint8Array | undefined)?.[Symbol.toStringTag] !== "Uint8Array") {
    throw new TypeError(`expected a Uint8Array, got ${Object.prototype.toString.call(bytes)}`);
  }
}
