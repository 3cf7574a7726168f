// Our own certificate authority and server certificates signed by it, for checks over TLS. Node makes keys
// and signatures but no certificates, so the few lines of DER are written here, which avoids openssl.
// Not for production: no revocation, short serial numbers, certificates valid for one day.
//
// Spec: RFC 5280 section 4.1 (Certificate); X.690 section 8 (DER).
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

/** PEM texts, as `tls.createServer`, `tls.connect` and Neo4j accept them. */
export interface Certificate {
  /** PKCS #8. */
  key: string;
  /** The certificate, followed by its issuer's unless it is self-signed. */
  cert: string;
}

export interface Authority {
  /** The authority's own certificate, for clients to trust. */
  ca: string;
  /** Issues a certificate for these host names and IP addresses. */
  issue(hosts: readonly string[]): Certificate;
}

export function createAuthority(name = "Bolt interop CA"): Authority {
  const keys = generateKeys();
  const extensions = [
    extension([2, 5, 29, 19], tlv(0x30, tlv(0x01, [0xff])), true), // basicConstraints: cA TRUE
    extension([2, 5, 29, 15], tlv(0x03, [1, 0x06]), true), // keyUsage: keyCertSign, cRLSign
  ];
  const ca = certificate(name, keys.publicKey, name, keys.privateKey, extensions);
  return {
    ca,
    issue(hosts) {
      const own = generateKeys();
      const names = hosts.map((host) =>
        isIP(host) ? tlv(0x87, addressBytes(host)) : tlv(0x82, Buffer.from(host)),
      );
      const cert = certificate(hosts[0] ?? "localhost", own.publicKey, name, keys.privateKey, [
        extension([2, 5, 29, 17], tlv(0x30, ...names)), // subjectAltName
      ]);
      return { key: own.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: cert + ca };
    },
  };
}

/** RSA, because Neo4j 4 reads no other keys. */
function generateKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

const HOUR_MS = 3_600_000;

function certificate(
  subject: string,
  subjectKey: KeyObject,
  issuer: string,
  issuerKey: KeyObject,
  extensions: Buffer[],
): string {
  const sha256WithRsa = tlv(0x30, oid(1, 2, 840, 113549, 1, 1, 11), tlv(0x05));
  const now = Date.now();
  const unsigned = tlv(
    0x30,
    tlv(0xa0, tlv(0x02, [2])), // version 3
    tlv(0x02, [0x01, ...randomBytes(8)]), // serial number, positive
    sha256WithRsa,
    commonName(issuer),
    tlv(0x30, time(now - HOUR_MS), time(now + 24 * HOUR_MS)),
    commonName(subject),
    subjectKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, tlv(0x30, ...extensions)),
  );
  const signature = sign("sha256", unsigned, issuerKey);
  const whole = tlv(0x30, unsigned, sha256WithRsa, tlv(0x03, [0], signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** Tag, length, value: all that DER consists of. */
function tlv(tag: number, ...parts: (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Uint8Array.of(tag, 0x81, length), content]);
  return Buffer.concat([Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part & 0x7f]; // base 128, most significant digit first, high bit set on all but the last
    for (let high = part >> 7; high > 0; high >>= 7) digits.unshift((high & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tlv(0x06, bytes);
}

function commonName(text: string): Buffer {
  return tlv(0x30, tlv(0x31, tlv(0x30, oid(2, 5, 4, 3), tlv(0x0c, Buffer.from(text)))));
}

/** UTCTime, YYMMDDhhmmssZ. */
function time(ms: number): Buffer {
  return tlv(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14)}Z`));
}

function extension(id: [number, number, ...number[]], value: Buffer, critical = false): Buffer {
  return tlv(0x30, oid(...id), critical ? tlv(0x01, [0xff]) : [], tlv(0x04, value));
}

function addressBytes(address: string): number[] {
  if (isIP(address) === 4) return address.split(".").map(Number);
  if (address !== "::1") throw new TypeError(`the only IPv6 address known here is ::1, got ${address}`);
  return [...Array<number>(15).fill(0), 1];
}
