// Recorded dialogues of real servers, and what is needed to compare our own bytes with them.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { MessageReader, Structure } from "@bolt/framing";

export interface Step {
  readonly name: string;
  readonly conn: string;
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  /** The server closed the connection after this step. */
  readonly closed: boolean;
}

export interface Recording {
  readonly name: string;
  readonly kind: "main" | "types" | "edge" | "misc" | "noop" | "login";
  readonly server: string;
  readonly bolt: string;
  readonly steps: readonly Step[];
}

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const data = (name: string): Buffer => readFileSync(new URL(`data/${name}`, import.meta.url));

/** All recordings, or those of some kinds. */
export function recordings(...kinds: Recording["kind"][]): Recording[] {
  const lines = gunzipSync(data("dialogues.jsonl.gz")).toString().split("\n");
  return lines
    .map(
      (line) =>
        JSON.parse(line) as Omit<Recording, "steps"> & { steps: [string, string, string, string, 1?][] },
    )
    .filter((recording) => kinds.length === 0 || kinds.includes(recording.kind))
    .map((recording) => ({
      ...recording,
      steps: recording.steps.map(([name, conn, client, server, closed]) => ({
        name,
        conn,
        client: hex(client),
        server: hex(server),
        closed: closed === 1,
      })),
    }));
}

/** The steps of a recording by connection, in order. */
export function connections(recording: Recording): Map<string, Step[]> {
  const found = new Map<string, Step[]>();
  for (const step of recording.steps) {
    const steps = found.get(step.conn);
    if (steps) steps.push(step);
    else found.set(step.conn, [step]);
  }
  return found;
}

export interface V1Step {
  readonly title: string;
  readonly clientHex: string;
  readonly serverHex: string;
  readonly client: { readonly message: string; readonly fields: unknown[] }[];
  readonly server: { readonly message: string; readonly fields: unknown[] }[];
}

/** The Bolt 1 dialogue of 2017. */
export const v1Dialogue = (): V1Step[] => JSON.parse(data("bolt-v1-dialogue.json").toString()) as V1Step[];

/** The messages in a byte stream, as plain Structures that keep every float and integer apart. */
export function messages(bytes: Uint8Array): Structure[] {
  const reader = new MessageReader({ floats: "wrap" });
  reader.receive(bytes);
  const found: Structure[] = [];
  for (let message = reader.next(); message; message = reader.next()) found.push(message);
  return found;
}

/** Ways to hand over a byte stream: whole, byte by byte, and cut in two at each of some offsets. */
export function* fragmentations(bytes: Uint8Array, cuts: number = bytes.length): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  const step = Math.max(1, Math.floor(bytes.length / cuts));
  for (let at = 1; at < bytes.length; at += step) yield [bytes.slice(0, at), bytes.slice(at)];
}
