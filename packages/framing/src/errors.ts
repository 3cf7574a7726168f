// What can go wrong between raw bytes and whole messages. Knows no socket, state or message:
// a higher layer decides whether a connection survives an error.
import { BoltError } from "@bolt/packstream";

/**
 * Why a handshake ended without a version.
 *
 * | reason | on the client | on the server |
 * |---|---|---|
 * | `no-common-version` | the server has none of the versions offered | the client wants none of the versions served |
 * | `not-offered` | the answer is a version that was not offered | the choice from the manifest is not in it |
 * | `http` | an HTTP server answered | an HTTP request arrived: `GET `, `OPTIONS`, `HEAD`, `POST` or `PUT ` |
 * | `tls` | a TLS alert or record arrived | a TLS record arrived: the client wants encryption |
 * | `magic` | the answer is not Bolt | the first four bytes are not `60 60 B0 17` |
 * | `manifest` | the manifest cannot be read, or has an unknown version | the client wants capabilities that were not offered |
 * | `closed` | the server closed before the handshake was over | the client closed before it was over |
 */
export type HandshakeReason =
  | "no-common-version"
  | "http"
  | "tls"
  | "magic"
  | "not-offered"
  | "manifest"
  | "closed";

/** What is known about a failed handshake: see the fields of {@link HandshakeError}. */
export interface HandshakeFacts {
  readonly offered: readonly string[];
  readonly received: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * No Bolt version was agreed on. Send what `bytesToSend()` still holds, then close. `code` is `"HANDSHAKE_ERROR"`.
 * Spec: bolt handshake.
 */
export class HandshakeError extends BoltError {
  /** Why the handshake failed. */
  readonly reason: HandshakeReason;
  /** Our own versions, as ranges: `["6.1-6.0", "5.8-5.0", "4.4-4.0", "3"]`. */
  readonly offered: readonly string[];
  /** What the peer sent: its versions as ranges if they could be read, else its first bytes in hex; may be empty. */
  readonly received: string;
  /** `host:port` of the server, when a driver reports it. */
  declare readonly server?: string | undefined;

  constructor(reason: HandshakeReason, message: string, facts: HandshakeFacts) {
    super("HANDSHAKE_ERROR", message, facts);
    this.name = "HandshakeError";
    this.reason = reason;
    this.offered = facts.offered;
    this.received = facts.received;
  }
}

/**
 * A message is longer than `maxMessageBytes`. Thrown before the message is complete, once per message.
 * `code` is `"MESSAGE_TOO_LARGE"`.
 */
export class MessageTooLargeError extends BoltError {
  /** Bytes announced so far, without chunk headers; the message may turn out to be longer. */
  readonly bytes: number;
  /** The limit, in bytes. */
  readonly limit: number;
  /** `host:port` of the server, when a driver reports it. */
  declare readonly server?: string | undefined;

  constructor(bytes: number, limit: number) {
    super("MESSAGE_TOO_LARGE", `a message of ${bytes} or more bytes; the limit is ${limit}`);
    this.name = "MessageTooLargeError";
    this.bytes = bytes;
    this.limit = limit;
  }
}
