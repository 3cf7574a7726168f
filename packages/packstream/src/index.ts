/**
 * PackStream, the value format of Bolt: `pack` and `unpack`. Spec: https://neo4j.com/docs/bolt/current/packstream/
 *
 * @packageDocumentation
 */
export { ByteWriter } from "./byte-writer.ts";
export { BoltError, PackError, UnpackError, type UnpackReason } from "./errors.ts";
export { type IntegerMode } from "./integer.ts";
export { DEFAULT_MAX_DEPTH } from "./marker.ts";
export { pack, Packer, type PackOptions, type StructureWriter } from "./packer.ts";
export {
  unpack,
  Unpacker,
  type StructureReader,
  type StructureReaders,
  type UnpackOptions,
} from "./unpacker.ts";
export { Float, Structure, UUID, type Dictionary, type Value } from "./value.ts";
