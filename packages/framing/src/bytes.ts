/** What a buffer is, and the one way it grows here. Knows nothing of what is in it. */

/** A new array of `size` bytes that begins with `bytes`. */
export function grow(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size);
  grown.set(bytes);
  return grown;
}

/**
 * Throws TypeError for what is no view of bytes. WebSockets hand over an `ArrayBuffer` in a field of type `any`: it has
 * no `length`, would count as nothing received, and the connection would wait for ever.
 */
export function requireBytes(bytes: Uint8Array): void {
  if (ArrayBuffer.isView(bytes)) return;
  throw new TypeError(`expected a Uint8Array, got ${Object.prototype.toString.call(bytes)}`);
}
