// The bytes that the replay server sends, built in advance: a block of records for each dataset, to be cut only between
// records, and the few summaries. Knows the wire format, but no socket.
import { MessageWriter, Structure, type Value } from "@bolt/framing";
import { dataset, type DatasetName } from "../data/datasets.ts";
import { toWire } from "../data/values.ts";

const SUCCESS = 0x70;
const RECORD = 0x71;

/** The least size of a block, so that a large result takes few writes. */
const BLOCK_BYTES = 256 * 1024;

export interface Records {
  readonly block: Uint8Array;
  /** Where each record of the block begins, and the end of the last one. */
  readonly offsets: Uint32Array;
  /** The first `count` records of the block are the dataset; the rest are repetitions. */
  readonly count: number;
}

export function messages(...list: readonly Structure[]): Uint8Array {
  const writer = new MessageWriter();
  for (const message of list) writer.write(message);
  return writer.bytesToSend() ?? new Uint8Array(0);
}

export const success = (metadata: Record<string, Value> = {}): Uint8Array =>
  messages(new Structure(SUCCESS, [metadata]));

const built = new Map<DatasetName, Records>();

/** Records of a dataset, repeated until the block is large. */
export function records(name: DatasetName): Records {
  let found = built.get(name);
  if (!found) built.set(name, (found = build(name)));
  return found;
}

function build(name: DatasetName): Records {
  const rows = dataset(name).rows.map((row) => messages(new Structure(RECORD, [row.map(toWire)])));
  const bytes = rows.reduce((sum, row) => sum + row.length, 0);
  const repeat = Math.ceil(BLOCK_BYTES / bytes);
  const block = new Uint8Array(bytes * repeat);
  const offsets = new Uint32Array(rows.length * repeat + 1);
  let at = 0;
  for (let i = 0; i < offsets.length - 1; i++) {
    const row = rows[i % rows.length]!;
    block.set(row, at);
    at += row.length;
    offsets[i + 1] = at;
  }
  return { block, offsets, count: rows.length };
}

/** Size of the first `rows` records, in bytes. */
export function recordBytes({ block, offsets }: Records, rows: number): number {
  const perBlock = offsets.length - 1;
  return Math.floor(rows / perBlock) * block.length + offsets[rows % perBlock]!;
}

/** The answer to RUN, as real servers send it in Bolt 5.4. */
export const runAnswer = (keys: readonly string[], inTransaction: boolean): Uint8Array =>
  success({ t_first: 0, fields: [...keys], ...(inTransaction && { qid: 0 }) });

export const MORE = success({ has_more: true });
export const END = success({
  bookmark: "FB:kcwQ/wTfJf8rS1WY+GiIKXsCXgmQ",
  type: "r",
  t_last: 0,
  db: "neo4j",
});
export const WRITTEN_END = success({
  bookmark: "FB:kcwQ/wTfJf8rS1WY+GiIKXsCXgmQ",
  type: "w",
  t_last: 0,
  db: "neo4j",
  stats: { "nodes-created": 10_000, "contains-updates": true },
});
