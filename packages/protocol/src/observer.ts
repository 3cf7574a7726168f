// The observer of messages: every one in and out, with its bytes and the states around it. What it sees of
// a login has stars for the secrets, in the message as well as in the bytes.
import { type BoltVersion, MessageWriter } from "@bolt/framing";
import { writeRequest } from "./request-writer.ts";
import { Hello, Logon, type Request } from "./requests.ts";
import type { Response } from "./responses.ts";
import type { State } from "./server-state.ts";

/** A RECORD as observers see it; elsewhere it is a bare array. */
export interface RecordMessage {
  readonly name: "RECORD";
  /** What the row reader made of the values on the receiving side. */
  readonly values: unknown;
}

/** A message on its way, with its bytes and the states around it. */
export interface ObservedMessage {
  readonly message: Request | Response | RecordMessage;
  /**
   * The message's bytes without chunk headers, secrets replaced by stars. Call it in the observer or not at all:
   * what was received is in the receive buffer only until then.
   */
  readonly bytes: () => Uint8Array;
  /** The state before the message, and after it as far as it is known by then. */
  readonly before: State;
  readonly after: State;
}

/** Called synchronously for each message that could be read, and for each that is sent; not for NOOPs. Must not throw. */
export interface MessageObserver {
  sent?(message: ObservedMessage): void;
  received?(message: ObservedMessage): void;
}

/** The bytes of a request as its observers may see them. */
export function visibleBytes(
  request: Request,
  version: BoltVersion,
  pack: MessageWriter["packer"],
): Uint8Array {
  const writer = new MessageWriter({ structures: pack.structures, uuid: pack.uuid });
  writeRequest(writer, withoutSecrets(request), version);
  return stripChunks(writer.bytesToSend()!);
}

function withoutSecrets(request: Request): Request {
  if (request.name === "LOGON") return new Logon(request.auth.redacted());
  if (request.name === "HELLO" && request.auth)
    return new Hello({ ...request, auth: request.auth.redacted() });
  return request;
}

/** The bytes of one message without chunk headers and the final zero chunk. */
export function stripChunks(chunks: Uint8Array): Uint8Array {
  const message = new Uint8Array(chunks.length);
  let length = 0;
  for (let at = 0; at < chunks.length;) {
    const size = (chunks[at]! << 8) | chunks[at + 1]!;
    message.set(chunks.subarray(at + 2, at + 2 + size), length);
    length += size;
    at += 2 + size;
  }
  return message.subarray(0, length);
}
