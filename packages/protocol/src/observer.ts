// The observer of messages: sees each one, in and out, with its bytes and the states around it. In a login
// it sees stars for the secrets, both in the message and in the bytes.
import { type BoltVersion, Packer } from "@bolt/framing";
import { packHeader } from "./request-writer.ts";
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
   * The message's bytes without chunk headers, secrets replaced by stars. Call it only during the observer's call:
   * after that, received bytes may no longer be in the receive buffer.
   */
  readonly bytes: () => Uint8Array;
  /** The state before the message, and after it as far as it is known by then. */
  readonly before: State;
  readonly after: State;
}

/** Called synchronously for each message that could be read, and each that is sent; not for NOOPs. Must not throw. */
export interface MessageObserver {
  sent?(message: ObservedMessage): void;
  received?(message: ObservedMessage): void;
}

/** The bytes of a request as observers may see them; `pack` writes its fields, as the given packer would. */
export function visibleBytes<R extends Request>(
  pack: (packer: Packer, request: R, version: BoltVersion) => void,
  request: R,
  version: BoltVersion,
  { structures, uuid }: Packer,
): Uint8Array {
  const packer = new Packer({ structures, uuid });
  packHeader(packer, request, version);
  pack(packer, withoutSecrets(request) as R, version);
  return packer.writer.take();
}

function withoutSecrets(request: Request): Request {
  if (request.name === "LOGON") return new Logon(request.auth.redacted());
  if (request.name === "HELLO" && request.auth)
    return new Hello({ ...request, auth: request.auth.redacted() });
  return request;
}
