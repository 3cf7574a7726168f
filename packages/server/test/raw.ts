// Messages made by hand, for clients that break the rules; and replies read without checking them.
import { pack, Structure, unpack } from "@bolt/protocol";

/** One message in one chunk. */
export function message(tag: number, ...fields: unknown[]): Uint8Array {
  return chunked(pack(new Structure(tag, fields)));
}

export function chunked(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  return Uint8Array.from([length >> 8, length & 255, ...bytes, 0, 0]);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The handshake for one version, in the old form. */
export function handshake(version: string): Uint8Array {
  const [major, minor = "0"] = version.split(".");
  return Uint8Array.of(
    0x60,
    0x60,
    0xb0,
    0x17,
    0,
    0,
    Number(minor),
    Number(major),
    ...Array<number>(12).fill(0),
  );
}

const NAMES: Readonly<Record<number, string>> = {
  0x70: "SUCCESS",
  0x71: "RECORD",
  0x7e: "IGNORED",
  0x7f: "FAILURE",
};

/** The names of the replies in bytes that start after the handshake's answer. */
export function replies(bytes: readonly number[]): string[] {
  const found: string[] = [];
  let message: number[] = [];
  for (let at = 4; at + 2 <= bytes.length;) {
    const size = (bytes[at]! << 8) | bytes[at + 1]!;
    at += 2;
    if (size > 0) message.push(...bytes.slice(at, at + size));
    else if (message.length > 0) {
      const { tag } = unpack(Uint8Array.from(message)) as Structure;
      found.push(NAMES[tag] ?? `0x${tag.toString(16)}`);
      message = [];
    }
    at += size;
  }
  return found;
}

/** The messages of a login on the version. */
export function login(version: string): Uint8Array[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const auth = { scheme: "none" };
  const agent = { user_agent: "raw/1", bolt_agent: { product: "raw/1" } };
  if (major < 3) return [message(0x01, "raw/1", auth)];
  if (major < 5 || (major === 5 && minor < 1)) return [message(0x01, { ...agent, ...auth })];
  return [message(0x01, agent), message(0x6a, auth)];
}

/** Every request of the version, well-formed. */
export function requests(version: string): Record<string, Uint8Array> {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const at = major * 10 + minor;
  const stream = at >= 40 ? [{ n: 1 }] : [];
  return {
    HELLO: login(version)[0]!,
    RESET: message(0x0f),
    RUN: message(0x10, "q", {}, ...(at >= 30 ? [{}] : [])),
    PULL: message(0x3f, ...stream),
    DISCARD: message(0x2f, ...stream),
    ...(at < 30 && { ACK_FAILURE: message(0x0e) }),
    ...(at >= 30 && {
      GOODBYE: message(0x02),
      BEGIN: message(0x11, {}),
      COMMIT: message(0x12),
      ROLLBACK: message(0x13),
    }),
    ...(at >= 43 && { ROUTE: message(0x66, {}, [], at >= 44 ? {} : null) }),
    ...(at >= 51 && { LOGON: login(version)[1]!, LOGOFF: message(0x6b) }),
    ...(at >= 54 && { TELEMETRY: message(0x54, 0) }),
  };
}
