/** The one way a buffer grows here. Knows nothing of what is in it. */

/** A new array of `size` bytes that begins with `bytes`. */
export function grow(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size);
  grown.set(bytes);
  return grown;
}
