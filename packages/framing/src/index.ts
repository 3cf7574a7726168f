/**
 * Bolt handshake and chunked messages: bytes in, messages out. Also re-exports what callers need of packstream.
 *
 * @packageDocumentation
 */
export { HandshakeError, MessageTooLargeError, type HandshakeFacts, type HandshakeReason } from "./errors.ts";
export { BoltVersion, SUPPORTED_VERSIONS, VersionRange } from "./version.ts";
export { planProposals, type ProposalPlan } from "./proposals.ts";
export { ClientHandshake, type ClientHandshakeOptions } from "./client-handshake.ts";
export { ServerHandshake, type ServerHandshakeOptions } from "./server-handshake.ts";
export { Dechunker, type DechunkerOptions } from "./dechunker.ts";
export { MessageReader, type MessageReaderOptions } from "./message-reader.ts";
export { MessageWriter } from "./message-writer.ts";
export {
  BoltError,
  ByteWriter,
  DEFAULT_MAX_DEPTH,
  Float,
  PackError,
  Packer,
  Structure,
  UUID,
  UnpackError,
  Unpacker,
  pack,
  unpack,
  type Dictionary,
  type IntegerMode,
  type PackOptions,
  type StructureReader,
  type StructureReaders,
  type StructureWriter,
  type UnpackOptions,
  type UnpackReason,
  type Value,
} from "@bolt/packstream";
