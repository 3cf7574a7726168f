// Decodes a server's answer, so that it can be compared with what was meant. Only for checks: nothing here is fast.
import { MessageReader, Structure } from "@bolt/framing";
import { type Plain, Shape } from "../data/values.ts";

/** The rows in a recorded answer. Throws unless there is a SUCCESS before and after them. */
export function answerOf(bytes: Uint8Array): unknown[][] {
  const reader = new MessageReader();
  reader.receive(bytes);
  const messages: Structure[] = [];
  for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  const first = messages.shift();
  const last = messages.pop();
  if (first?.tag !== 0x70 || last?.tag !== 0x70) throw new Error("an answer without SUCCESS");
  return messages.map(({ tag, fields }) => {
    if (tag !== 0x71) throw new Error(`an answer with 0x${tag.toString(16)} in it`);
    return fields[0] as unknown[];
  });
}

/** A value in the neutral form. */
export function plainValue(value: unknown): unknown {
  if (!(value instanceof Structure)) return value;
  if (value.tag !== 0x4e) throw new Error(`structure 0x${value.tag.toString(16)} is not measured here`);
  return new Shape("Node", ...(value.fields as Plain[]));
}
