// What a client asks of the replay server. Reads no more of a message than necessary, and each distinct small message
// only once: clients under test keep sending the same few.
import { Structure, Unpacker } from "@bolt/framing";
import { same } from "../data/check.ts";
import { dataset, type DatasetName, isDataset, WRITTEN, writtenMaps } from "../data/datasets.ts";
import { toWire } from "../data/values.ts";

export type Asked =
  | { readonly name: "RUN"; readonly dataset: DatasetName | undefined; readonly rows: number }
  | { readonly name: "PULL" | "DISCARD"; readonly n: number }
  | { readonly name: "BEGIN" | "COMMIT" | "ROLLBACK" | "HELLO" | "GOODBYE" | "other" };

/** A message of more bytes has large parameters: it is not cached, and only its query is read. */
const SMALL = 256;

const known = new Map<string, Asked>();

/** @throws Error for a request that this server cannot answer; the caller then closes the connection */
export function requestOf(bytes: Uint8Array, start: number, end: number): Asked {
  if (end - start > SMALL) return read(bytes, start, end);
  const key = Buffer.prototype.latin1Slice.call(bytes, start, end);
  let asked = known.get(key);
  if (!asked) {
    asked = read(bytes, start, end);
    if (known.size < 1000) known.set(key, asked);
  }
  return asked;
}

const unpacker = new Unpacker();

function read(bytes: Uint8Array, start: number, end: number): Asked {
  unpacker.load(bytes);
  unpacker.open(start, end);
  const tag = unpacker.readStructureHeader();
  switch (tag) {
    case 0x10:
      return query(String(unpacker.read()));
    case 0x3f:
    case 0x2f: {
      const { n } = unpacker.read() as { n: number };
      return { name: tag === 0x3f ? "PULL" : "DISCARD", n };
    }
    case 0x11:
      return { name: "BEGIN" };
    case 0x12:
      return { name: "COMMIT" };
    case 0x13:
      return { name: "ROLLBACK" };
    case 0x01:
      return { name: "HELLO" };
    case 0x02:
      return { name: "GOODBYE" };
    default:
      return { name: "other" };
  }
}

/** Understands `<dataset> <rows>`, `write`, and `check-write`, which checks the parameters. */
function query(text: string): Asked {
  const [name = "", rows = "0"] = text.split(" ");
  if (name === "check-write") checkWritten(unpacker.read());
  if (name === "write" || name === "check-write") return { name: "RUN", dataset: undefined, rows: 0 };
  if (!isDataset(name)) throw new Error(`unknown query: ${text}`);
  dataset(name);
  return { name: "RUN", dataset: name, rows: Number(rows) };
}

function checkWritten(parameters: unknown): void {
  const { rows } = parameters as { rows: unknown[] };
  const expected = writtenMaps();
  same(rows.length, WRITTEN, "maps received");
  for (const [i, row] of rows.entries()) {
    if (row instanceof Structure) throw new Error("a structure where a map was expected");
    same(row, toWire(expected[i]!) as never, `map ${i} received`);
  }
}
