// What counts as a buffer, and the one way to grow one. Knows nothing about the contents.

/** A new array of `size` bytes that starts with `bytes`. */
export function grow(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size);
  grown.set(bytes);
  return grown;
}

/**
 * Throws TypeError for anything but a `Uint8Array`. A WebSocket delivers an `ArrayBuffer` in a field of type `any`. Like
 * a `DataView` it has no `length`, so it would count as empty and the connection would wait forever.
 */
export function requireBytes(bytes: Uint8Array): void {
  // By name, because an array of another realm, as in test runners and iframes, is fine too.
  if ((bytes as Uint8Array | undefined)?.[Symbol.toStringTag] !== "Uint8Array") {
    throw new TypeError(`expected a Uint8Array, got ${Object.prototype.toString.call(bytes)}`);
  }
}
