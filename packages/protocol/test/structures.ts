// What the tests of structures share: codecs for both roles of a version, and hex.
import { BoltVersion, Packer, Unpacker, type UnpackOptions } from "@bolt/framing";
import {
  type ReaderOverrides,
  structureReaders,
  structureWriters,
  type WriterOverrides,
} from "../src/structures/index.ts";

export const version = (text: string): BoltVersion => BoltVersion.parse(text);

export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(/\s/g, "").match(/../g) ?? [], (byte) => parseInt(byte, 16));

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export interface CodecOptions {
  readonly bolt?: string;
  readonly utc?: boolean;
  readonly role?: "client" | "server";
  readonly readers?: ReaderOverrides;
  readonly writers?: WriterOverrides;
  readonly unpack?: UnpackOptions;
}

/** A reader and a writer over hex, as a connection of that version and role has them. */
export function codec({
  bolt = "5.4",
  utc = false,
  role = "client",
  readers,
  writers,
  unpack,
}: CodecOptions = {}) {
  const unpacker = new Unpacker(unpack);
  unpacker.structures = structureReaders(version(bolt), { utc, role, overrides: readers });
  const packer = new Packer({
    structures: structureWriters(version(bolt), { utc, role, overrides: writers }),
  });
  return {
    read: (hex: string): unknown => unpacker.unpack(bytesOf(hex)),
    write: (value: unknown): string => hexOf(packer.pack(value)),
    unpacker,
    packer,
  };
}
