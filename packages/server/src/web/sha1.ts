// SHA-1, which RFC 6455 requires in its opening handshake (where it protects nothing). WebCrypto's is asynchronous,
// and node:crypto does not exist everywhere; a handshake hashes 60 bytes.

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** The hash of a short ASCII text, in base64. Spec: FIPS 180-4. */
export function sha1Base64(text: string): string {
  const blocks = Math.ceil((text.length + 9) / 64);
  const input = new DataView(new ArrayBuffer(blocks * 64));
  for (let i = 0; i < text.length; i++) input.setUint8(i, text.charCodeAt(i));
  input.setUint8(text.length, 0x80);
  input.setUint32(input.byteLength - 4, text.length * 8);

  const hash = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const words = new Int32Array(80);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 16; i++) words[i] = input.getInt32(block * 64 + i * 4);
    for (let i = 16; i < 80; i++) {
      words[i] = rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
    }
    let [a, b, c, d, e] = hash as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const f =
        i < 20
          ? ((b & c) | (~b & d)) + 0x5a827999
          : i < 40
            ? (b ^ c ^ d) + 0x6ed9eba1
            : i < 60
              ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
              : (b ^ c ^ d) + 0xca62c1d6;
      const next = (rotate(a, 5) + f + e + words[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((word, i) => (hash[i] = (hash[i]! + word) | 0));
  }
  const bytes = hash.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return btoa(String.fromCharCode(...bytes));
}
