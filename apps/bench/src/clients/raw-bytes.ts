// Requests as bytes, for raw sockets that drive servers or show what a socket alone costs. Knows Bolt 5.4.
import { MessageWriter, Structure, type Value } from "@bolt/framing";

const MAGIC = Uint8Array.of(0x60, 0x60, 0xb0, 0x17, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

function chunked(...messages: readonly Structure[]): Uint8Array {
  const writer = new MessageWriter();
  for (const message of messages) writer.write(message);
  return writer.bytesToSend()!;
}

const login: Record<string, Value> = { scheme: "basic", principal: "neo4j", credentials: "secret" };

/** Handshake and login in one piece; the answer is the version and two SUCCESSes. */
export const HELLO: Uint8Array = new Uint8Array([
  ...MAGIC,
  ...chunked(
    new Structure(0x01, [{ user_agent: "raw/1.0", bolt_agent: { product: "raw/1.0" } }]),
    new Structure(0x6a, [login]),
  ),
]);

/** Size of the server's part of the handshake. */
export const VERSION_BYTES = 4;

/** RUN and PULL; the answer is a SUCCESS, the records and a SUCCESS. */
export const query = (text: string, n: number): Uint8Array =>
  chunked(new Structure(0x10, [text, {}, {}]), new Structure(0x3f, [{ n }]));
