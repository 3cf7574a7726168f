// Responses to bytes: a tag and at most one field.
import { type MessageWriter, type Packer, MessageWriter as Writer } from "@bolt/framing";
import { stripChunks } from "./observer.ts";

/** Packs one response; throws PackError for a value that cannot be sent, with nothing queued. */
export function writeResponse(writer: MessageWriter, tag: number, ...fields: readonly unknown[]): void {
  writer.begin();
  try {
    writer.packer.writeStructureHeader(tag, fields.length);
    for (const field of fields) writer.packer.write(field);
  } catch (error) {
    writer.cancel();
    throw error;
  }
  writer.end();
}

/** The bytes of a response as the packer would send it, for observers. */
export function responseBytes(
  { structures, uuid }: Packer,
  tag: number,
  ...fields: readonly unknown[]
): Uint8Array {
  const writer = new Writer({ structures, uuid });
  writeResponse(writer, tag, ...fields);
  return stripChunks(writer.bytesToSend()!);
}
